//! The nodes and edges that runs add to the lineage: from their inputs, and to their outputs.

use std::collections::BTreeSet;

use hven_core::{Fact, RunId, fact::kind, trace::Trace};

use super::{
    Edges, Seen, kinds,
    lineage::{add_edge, add_node, number_of, set_source, source},
};
use crate::sql::{Connection, SqlResult};

pub(super) const EDGES: Edges = Edges { kinds: kinds![RunSubmitted, RunFinished, RunOpened, RunFilesAdded], draw };

fn draw(seen: &Seen<'_>, sql: &mut Connection) -> SqlResult<()> {
    let Some(run) = seen.run() else { return Ok(()) };
    if seen.header.kind == kind::RunSubmitted {
        return run_submitted(sql, run, seen);
    }
    if seen.header.kind == kind::RunOpened {
        return add_node(sql, run.into(), seen.seq(), None).map(drop);
    }
    match seen.trace() {
        Some(trace) => run_finished(sql, run, &trace, seen.seq()),
        None => Ok(()),
    }
}

fn run_submitted(sql: &mut Connection, run: RunId, seen: &Seen<'_>) -> SqlResult<()> {
    let work = match seen.fact {
        Some(Fact::RunSubmitted(submitted)) => submitted.cache_key.as_ref(),
        _ => None,
    };
    let run = add_node(sql, run.into(), seen.seq(), work)?;
    let Some(trace) = seen.trace() else { return Ok(()) };
    if trace.compares {
        let compared = "UPDATE lineage_nodes SET compared = 1 WHERE number = ?1";
        sql.execute(compared, &[run.into()])?;
    }
    let mut sources = BTreeSet::new();
    for named in &trace.rests_on {
        sources.extend(number_of(sql, *named)?);
    }
    // A split names its dataset, so other datasets with the same bytes do not matter.
    let names_dataset = !sources.is_empty();
    for digest in &trace.reads {
        let from = source(sql, digest)?;
        if from.dataset.is_none() || !names_dataset {
            sources.extend(from.of_reader(trace.imports));
        }
    }
    sources.into_iter().try_for_each(|source| add_edge(sql, source, run, seen.seq()))
}

/// Adds edges for bytes from a pipe. They are known only when the run has ended; it rests on the source of equal bytes.
fn read_through_pipe(sql: &mut Connection, run: RunId, trace: &Trace, seq: i64) -> SqlResult<()> {
    let Some(run) = number_of(sql, run.into())? else { return Ok(()) };
    for digest in &trace.reads {
        source(sql, digest)?.of_reader(false).try_for_each(|source| add_edge(sql, source, run, seq))?;
    }
    Ok(())
}

fn run_finished(sql: &mut Connection, run: RunId, trace: &Trace, seq: i64) -> SqlResult<()> {
    read_through_pipe(sql, run, trace, seq)?;
    if trace.makes.is_empty() {
        return Ok(());
    }
    let find = "SELECT number FROM lineage_nodes WHERE id = ?1 AND compared = 0";
    let Some(run) = sql.first(find, &[(&run.to_bytes()).into()], |row| row.int(0))? else { return Ok(()) };
    for digest in &trace.makes {
        if let Some(earlier) = source(sql, digest)?.run
            && earlier != run
        {
            let same = "SELECT later.number FROM lineage_nodes AS later JOIN lineage_nodes AS earlier \
                        ON earlier.work = later.work WHERE later.number = ?1 AND earlier.number = ?2";
            if sql.first(same, &[run.into(), earlier.into()], |row| row.int(0))?.is_some() {
                add_edge(sql, earlier, run, seq)?;
            }
        }
        set_source(sql, digest, "run", run)?;
    }
    Ok(())
}
