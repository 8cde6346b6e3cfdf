//! Rebuilds views from facts: a view whose version changed, or all of them in shadow tables for a comparison.

use std::collections::HashMap;

use hven_core::Digest;

use crate::{
    facts, kept_traces,
    sql::{Connection, Row, SqlError, SqlResult},
    views::{self, Changes, Place, Seen, Table, View},
};

/// How many facts are read at once.
const FACTS_AT_ONCE: usize = 2000;

/// The progress of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub facts_done: u64,
    pub facts_total: u64,
}

/// A difference between a view and its facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub table: String,
    /// The key of the row, and the column if both tables have the row.
    pub place: String,
    pub present: String,
    pub rebuilt: String,
}

/// The result of a comparison of all views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    pub facts: u64,
    /// The number of rows of each table.
    pub rows: Vec<(String, u64)>,
    /// The first differences of each table.
    pub differences: Vec<Difference>,
}

const DIFFERENCES_PER_TABLE_MAX: usize = 5;

/// Applies all facts to these views, whose tables are empty.
pub(crate) fn replay(chosen: &[&dyn View], sql: &mut Connection, progress: &mut dyn FnMut(Progress)) -> SqlResult<u64> {
    let (facts_total, _) = facts::head(sql)?;
    let mut facts_done = 0;
    let traces = kept_traces::all(sql)?;
    let mut changed_runs = HashMap::new();
    loop {
        let envelopes = facts::after(sql, facts_done, FACTS_AT_ONCE)?;
        let Some(last) = envelopes.last() else { break };
        facts_done = last.header.seq;
        let mut changes = Changes::new(sql);
        changes.pending.changed_runs = changed_runs;
        for envelope in &envelopes {
            let kind = envelope.header.kind.as_str();
            let mut readers = chosen.iter().filter(|view| view.kinds().contains(&kind)).peekable();
            if readers.peek().is_none() {
                continue;
            }
            let fact = envelope.readable_fact()?;
            let seen = match &envelope.payload {
                Some(_) => Seen::new(&envelope.header, fact.as_ref()),
                None => Seen::erased(&envelope.header, traces.get(&envelope.header.seq)),
            };
            readers.try_for_each(|view| view.apply(&seen, &mut changes))?;
        }
        changes.finish()?;
        changed_runs = changes.pending.changed_runs;
        progress(Progress { facts_done, facts_total });
    }
    Ok(facts_done)
}

/// Empties these views and applies all facts to them, within the caller's transaction.
pub(crate) fn refill(chosen: &[&dyn View], sql: &mut Connection) -> SqlResult<()> {
    for table in chosen.iter().flat_map(|view| view.tables()) {
        sql.run(&format!("DELETE FROM {}", table.name))?;
    }
    replay(chosen, sql, &mut |_| ()).map(drop)
}

fn version_name(view: &dyn View) -> String {
    format!("view.{}", view.name())
}

/// Rebuilds every view whose tables were built by another version.
pub(crate) fn bring_up_to_date(sql: &mut Connection, progress: &mut dyn FnMut(Progress)) -> SqlResult<()> {
    let mut outdated: Vec<&dyn View> = Vec::new();
    for view in views::ALL {
        if facts::meta(sql, &version_name(view))? != Some(view.version().to_string()) {
            outdated.push(view);
        }
    }
    if outdated.is_empty() { Ok(()) } else { rebuild(&outdated, sql, progress) }
}

/// Rebuilds these views in one transaction, so that the old ones remain if it fails.
pub(crate) fn rebuild(chosen: &[&dyn View], sql: &mut Connection, progress: &mut dyn FnMut(Progress)) -> SqlResult<()> {
    sql.begin()?;
    let outcome = chosen
        .iter()
        .try_for_each(|view| {
            views::drop_tables(*view, sql)?;
            views::create_tables(*view, sql, Place::Main)?;
            facts::set_meta(sql, &version_name(*view), &view.version().to_string())
        })
        .and_then(|()| replay(chosen, sql, progress))
        .and_then(|_| sql.commit());
    if outcome.is_err() {
        sql.roll_back()?;
    }
    outcome
}

/// Builds all views in tables that only `shadow` sees, and compares every column of every row.
pub(crate) fn compare(
    shadow: &mut Connection,
    present: &mut Connection,
    progress: &mut dyn FnMut(Progress),
) -> SqlResult<Comparison> {
    present.begin_reading()?;
    // Both connections see the same state of the facts; facts that are added meanwhile are in neither.
    let (facts_total, _) = facts::head(present)?;
    shadow.begin_comparing()?;
    for view in views::ALL {
        views::create_tables(view, shadow, Place::Shadow)?;
    }
    let facts = replay(&views::ALL, shadow, progress)?;
    if facts != facts_total {
        shadow.roll_back()?;
        present.roll_back()?;
        return Err(SqlError::Row("facts were added while the views were compared".to_owned()));
    }
    let mut comparison = Comparison { facts, ..Comparison::default() };
    for table in views::ALL.iter().flat_map(|view| view.tables()) {
        compare_table(table, shadow, present, &mut comparison)?;
    }
    shadow.roll_back()?;
    present.roll_back()?;
    Ok(comparison)
}

type Shown = (String, Vec<String>);

/// How many rows are compared at once, in the order of their keys.
const ROWS_AT_ONCE: u64 = 5000;

fn compare_table(
    table: &Table,
    shadow: &mut Connection,
    present: &mut Connection,
    into: &mut Comparison,
) -> SqlResult<()> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let key = names[..table.key_columns].join(", ");
    // The tables are usually equal, and a digest over all rows shows that with one query each.
    let (present_rows, present_digest) = digest(table, &names, &key, present)?;
    into.rows.push((table.name.to_owned(), present_rows));
    if digest(table, &names, &key, shadow)? == (present_rows, present_digest) {
        return Ok(());
    }
    let mut found = 0;
    let mut start = 0;
    loop {
        let statement = format!(
            "SELECT {} FROM {} ORDER BY {key} LIMIT {ROWS_AT_ONCE} OFFSET {start}",
            names.join(", "),
            table.name
        );
        let here = present.query(&statement, &[], |row| shown(row, table))?;
        let there = shadow.query(&statement, &[], |row| shown(row, table))?;
        if here.is_empty() && there.is_empty() || found == DIFFERENCES_PER_TABLE_MAX {
            break;
        }
        for i in 0..here.len().max(there.len()) {
            if found == DIFFERENCES_PER_TABLE_MAX {
                break;
            }
            let difference = match (here.get(i), there.get(i)) {
                (Some((key, a)), Some((other, b))) if key == other => {
                    let column = a.iter().zip(b).position(|(a, b)| a != b);
                    column.map(|c| (format!("{key}, column {}", names[c]), a[c].clone(), b[c].clone()))
                }
                (Some((key, _)), Some((other, _))) => {
                    Some(("the rows at this place".to_owned(), key.clone(), other.clone()))
                }
                (Some((key, _)), None) => Some((key.clone(), "a row".to_owned(), "none".to_owned())),
                (None, Some((key, _))) => Some((key.clone(), "none".to_owned(), "a row".to_owned())),
                (None, None) => None,
            };
            if let Some((place, present, rebuilt)) = difference {
                found += 1;
                into.differences.push(Difference { table: table.name.to_owned(), place, present, rebuilt });
            }
        }
        start += ROWS_AT_ONCE;
    }
    Ok(())
}

fn digest(table: &Table, names: &[&str], key: &str, sql: &mut Connection) -> SqlResult<(u64, Digest)> {
    let mut hasher = blake3::Hasher::new();
    let mut rows = 0;
    let all = format!("SELECT {} FROM {} ORDER BY {key}", names.join(", "), table.name);
    sql.each(&all, &[], &mut |row| {
        rows += 1;
        for cell in shown(row, table)?.1 {
            hasher.update(&(cell.len() as u64).to_le_bytes()).update(cell.as_bytes());
        }
        Ok(())
    })?;
    Ok((rows, hasher.finalize().into()))
}

fn shown(row: &Row<'_>, table: &Table) -> SqlResult<Shown> {
    let cells: Vec<String> =
        table.columns.iter().enumerate().map(|(i, (_, kind))| row.shown(i, *kind)).collect::<SqlResult<_>>()?;
    Ok((cells[..table.key_columns].join(" "), cells))
}
