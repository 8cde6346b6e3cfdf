//! The quantities of many runs: one statement for the runs, and one for each quantity.

use std::collections::{HashMap, HashSet};

use hven_app::ports::{
    StoreResult,
    quantities::{MetricValues, ParamValue, Quantity, QuantityColumn, QuantityNames, QuantityTable},
    views::{RunQuery, RunRow},
};
use hven_core::{AttemptId, RunId, handle::Handle, run::MetricSummary};

use super::{
    conditions::{NO_TASK, Owned, ids},
    labels,
    metric_values::name_bits,
    param_values, params,
    queries::{StoredRow, rows_where, run_conditions, stored_row},
    tag_values,
};
use crate::{
    series::summaries,
    sql::{Connection, Row, SqlResult, keys},
};

/// With fewer runs, the values of these runs are looked up one by one; with more, all values of the name are read.
const FEW_RUNS: usize = 1000;
/// The runs whose names are read at once.
const NAMED_AT_ONCE: usize = 250;
/// The number of metrics in all runs together after which no more runs are read for their names.
const NAMED_METRICS_MAX: usize = 200_000;

/// The runs of a query, whatever it says of order, cursor and limit, newest first.
fn stored_rows(sql: &mut Connection, query: &RunQuery, limit: Option<usize>) -> SqlResult<Vec<StoredRow>> {
    let mut conditions = run_conditions(query);
    if !query.with_tasks {
        conditions.texts.push(NO_TASK.to_owned());
    }
    let limit = limit.map(|limit| format!("LIMIT {limit}")).unwrap_or_default();
    let condition = format!("{} ORDER BY seq DESC {limit}", conditions.text());
    rows_where(&condition, |select| sql.query(select, &conditions.values(), stored_row))
}

/// Runs with their quantities, without the points that are not yet sealed.
pub(crate) fn table(
    sql: &mut Connection,
    query: &RunQuery,
    quantities: &[Quantity],
    with_tags: bool,
) -> StoreResult<QuantityTable> {
    let mut rows = stored_rows(sql, query, None)?;
    let runs = RunPlaces::new(&rows);
    let columns = quantities.iter().map(|quantity| match quantity {
        Quantity::Metric(name) => Ok(QuantityColumn::Metrics(metric_column(sql, name, &rows, &runs)?)),
        Quantity::Param(name) => Ok(QuantityColumn::Params(param_column(sql, name, &rows, &runs)?)),
        Quantity::Tag(name) => Ok(QuantityColumn::Params(tag_column(sql, name, &runs)?)),
    });
    let columns = columns.collect::<SqlResult<_>>()?;
    if with_tags {
        let mut tags = labels::tags_of(sql, &runs.ids)?;
        for (_, _, run) in &mut rows {
            run.tags = tags.remove(&run.id).unwrap_or_default();
        }
    }
    Ok(QuantityTable { runs: rows.into_iter().map(|(seq, _, run)| (seq as u64, run)).collect(), columns })
}

/// The place of each run in a table.
struct RunPlaces {
    ids: Vec<RunId>,
    places: HashMap<RunId, usize>,
}

impl RunPlaces {
    fn new(rows: &[StoredRow]) -> Self {
        let ids: Vec<RunId> = rows.iter().map(|(_, _, run)| run.id).collect();
        let places = ids.iter().enumerate().map(|(place, run)| (*run, place)).collect();
        Self { ids, places }
    }
}

/// The rows of a name in one of the two tables of values: those of some runs, or all.
fn rows_of_name<T>(
    sql: &mut Connection,
    select: &str,
    name: &str,
    runs: &[RunId],
    look: impl FnMut(&Row<'_>) -> SqlResult<T>,
) -> SqlResult<Vec<T>> {
    let bits = name_bits(name);
    if runs.len() < FEW_RUNS {
        let find = format!("{select} WHERE name = ?1 AND run IN ({{keys}})");
        return sql.query_in(&find, &[bits.into()], &keys(&ids(runs)), look);
    }
    sql.query(&format!("{select} WHERE name = ?1"), &[bits.into()], look)
}

/// A metric of the last attempt of each run.
fn metric_column(
    sql: &mut Connection,
    name: &str,
    rows: &[StoredRow],
    runs: &RunPlaces,
) -> SqlResult<Vec<Option<MetricValues>>> {
    let mut column = vec![None; rows.len()];
    let select = "SELECT run, attempt, last, low, high FROM metric_values";
    let found = rows_of_name(sql, select, name, &runs.ids, |row| {
        let Some(place) = runs.places.get(&RunId::from_bytes(row.array(0)?)) else { return Ok(None) };
        let is_last = row.int(1)? == i64::from(rows[*place].2.last_attempt().number);
        let last = row.real_or_null(2)?.unwrap_or(f64::NAN);
        let values = MetricValues { last, low: row.real_or_null(3)?, high: row.real_or_null(4)? };
        Ok(is_last.then_some((*place, values)))
    })?;
    for (place, values) in found.into_iter().flatten() {
        column[place] = Some(values);
    }
    Ok(column)
}

/// A parameter of each run, by the rules of [`params::of_runs`].
fn param_column(
    sql: &mut Connection,
    name: &str,
    rows: &[StoredRow],
    runs: &RunPlaces,
) -> SqlResult<Vec<Option<ParamValue>>> {
    let mut column: Vec<Option<(i64, ParamValue)>> = vec![None; rows.len()];
    let mut late = HashSet::new();
    let select = "SELECT run, attempt, seq, kind, number, text FROM param_values";
    let found = rows_of_name(sql, select, name, &runs.ids, |row| {
        let Some(place) = runs.places.get(&RunId::from_bytes(row.array(0)?)) else { return Ok(None) };
        let origin = params::origin_from_int(row.int(1)?);
        let (_, ended_seq, run) = &rows[*place];
        let seq = row.int(2)?;
        if ended_seq.is_some_and(|ended| seq > ended) {
            late.insert(*place);
        }
        let is_earlier = origin.earlier_attempt(run.last_attempt().number).is_some();
        Ok((!is_earlier).then_some((*place, seq, param_values::value(row, 3)?)))
    })?;
    for (place, seq, value) in found.into_iter().flatten() {
        if column[place].as_ref().is_none_or(|(known, _)| *known < seq) {
            column[place] = Some((seq, value));
        }
    }
    let mut column: Vec<Option<ParamValue>> = column.into_iter().map(|value| value.map(|(_, value)| value)).collect();
    // The first versions recorded parameters that users added after the end in the same way as the run's own.
    let of: Vec<params::RunToLoad> = late.iter().map(|place| run_to_load(&rows[*place])).collect();
    let mut own = params::of_runs(sql, &of)?;
    for place in late {
        let params = own.remove(&rows[place].2.id).unwrap_or_default().own;
        column[place] = params.get(name).map(ParamValue::of);
    }
    Ok(column)
}

/// A tag with a value of each run.
fn tag_column(sql: &mut Connection, name: &str, runs: &RunPlaces) -> SqlResult<Vec<Option<ParamValue>>> {
    let mut column = vec![None; runs.ids.len()];
    let found = rows_of_name(sql, "SELECT run, text FROM run_tag_values", name, &runs.ids, |row| {
        let Some(place) = runs.places.get(&RunId::from_bytes(row.array(0)?)) else { return Ok(None) };
        Ok(Some((*place, row.text(1)?)))
    })?;
    for (place, text) in found.into_iter().flatten() {
        column[place] = Some(ParamValue::Text(text));
    }
    Ok(column)
}

fn run_to_load((_, ended_seq, run): &StoredRow) -> params::RunToLoad {
    params::RunToLoad { run: run.id, last_attempt: run.last_attempt().number, ended_seq: *ended_seq }
}

/// Whether a run of the query has the quantity, without the points that are not yet sealed.
pub(crate) fn has(sql: &mut Connection, query: &RunQuery, quantity: &Quantity) -> SqlResult<bool> {
    let (table, name) = match quantity {
        Quantity::Metric(name) => ("metric_values", name),
        Quantity::Param(name) => ("param_values", name),
        Quantity::Tag(name) => ("run_tag_values", name),
    };
    let mut conditions = run_conditions(query);
    if !query.with_tasks {
        conditions.texts.push(NO_TASK.to_owned());
    }
    // `name` is a column of both tables.
    let bits = conditions.place(Owned::Int(name_bits(name)));
    let find = format!(
        "SELECT 1 FROM (SELECT run FROM {table} WHERE name = {bits}) AS named JOIN runs ON runs.id = named.run {} LIMIT 1",
        conditions.text()
    );
    Ok(sql.first(&find, &conditions.values(), |_| Ok(()))?.is_some())
}

/// The last attempts of the runs of the query that are among these.
pub(crate) fn attempts_among(
    sql: &mut Connection,
    query: &RunQuery,
    runs: &HashSet<RunId>,
) -> SqlResult<Vec<AttemptId>> {
    let mut conditions = run_conditions(query);
    if !query.with_tasks {
        conditions.texts.push(NO_TASK.to_owned());
    }
    let runs: Vec<RunId> = runs.iter().copied().collect();
    conditions.texts.push("id IN ({keys})".to_owned());
    let find = format!("SELECT id, attempts FROM runs {}", conditions.text());
    sql.query_in(&find, &conditions.values(), &keys(&ids(&runs)), |row| {
        Ok(AttemptId { run: RunId::from_bytes(row.array(0)?), number: (row.int(1)? as u32).max(1) })
    })
}

/// The names of the quantities of the newest runs, and the rows that were read.
pub(crate) fn names(
    sql: &mut Connection,
    query: &RunQuery,
    runs_max: usize,
    live: &HashSet<RunId>,
) -> StoreResult<(QuantityNames, Vec<RunRow>)> {
    let mut rows = stored_rows(sql, query, Some(runs_max + 1))?;
    let mut names = QuantityNames { truncated: rows.len() > runs_max, ..QuantityNames::default() };
    rows.truncate(runs_max);
    let mut metrics = 0;
    let mut read = 0;
    for chunk in rows.chunks(NAMED_AT_ONCE) {
        if metrics > NAMED_METRICS_MAX {
            names.truncated = true;
            break;
        }
        read += chunk.len();
        let of: Vec<params::RunToLoad> = chunk.iter().map(run_to_load).collect();
        for params in params::of_runs(sql, &of)?.into_values() {
            for (name, value) in &params.own {
                names.params.entry(name.clone()).or_default().add(&ParamValue::of(value));
            }
        }
        let ids: Vec<RunId> = chunk.iter().map(|(_, _, run)| run.id).collect();
        for (name, text) in tag_values::of_runs(sql, &ids)?.into_values().flatten() {
            names.tags.entry(name).or_default().add(&ParamValue::Text(text));
        }
        // The summaries of live runs are read with their points.
        let sealed = chunk.iter().map(|(_, _, run)| run).filter(|run| !live.contains(&run.id));
        let attempts: Vec<AttemptId> = sealed.map(RunRow::last_attempt).collect();
        for parts in summaries::sealed(sql, &attempts)?.into_values() {
            metrics += parts.lines.len();
            add_metrics(&mut names, parts.lines.into_values());
        }
    }
    rows.truncate(read);
    names.runs = read as u64;
    Ok((names, rows.into_iter().map(|(_, _, run)| run).collect()))
}

/// Adds the metrics of one run to the names.
pub(crate) fn add_metrics(names: &mut QuantityNames, lines: impl IntoIterator<Item = MetricSummary>) {
    for line in lines {
        names.metrics.entry(line.key).or_default().add(&ParamValue::Number(line.last.0));
    }
}

/// The runs with these handles.
pub(crate) fn with_handles(sql: &mut Connection, handles: &[Handle]) -> SqlResult<Vec<(Handle, RunId)>> {
    let keys: Vec<_> = handles.iter().map(|handle| handle.count.into()).collect();
    sql.query_in("SELECT handle, id FROM runs WHERE handle IN ({keys})", &[], &keys, |row| {
        Ok((Handle { count: row.uint(0)? }, RunId::from_bytes(row.array(1)?)))
    })
}
