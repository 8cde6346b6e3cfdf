//! The nodes and edges that runs add to the lineage: from their inputs, and to their outputs.

use std::collections::BTreeSet;

use hven_core::{
    Digest, Fact, RunId,
    catalogue::Purpose,
    fact::kind,
    run::{Finished, Submitted},
};

use super::{
    Edges, Seen, kinds,
    lineage::{add_edge, add_erased, add_node, number_of, set_source, source},
};
use crate::sql::{Connection, SqlResult};

pub(super) const EDGES: Edges = Edges { kinds: kinds![RunSubmitted, RunFinished], draw };

fn draw(seen: &Seen<'_>, sql: &mut Connection) -> SqlResult<()> {
    match seen.fact {
        Some(Fact::RunSubmitted(submitted)) => run_submitted(sql, submitted, seen.seq()),
        Some(Fact::RunFinished(finished)) => run_finished(sql, finished, seen.seq()),
        _ if seen.header.kind == kind::RunSubmitted => add_erased(sql, seen, RunId::from_u128),
        _ => Ok(()),
    }
}

fn run_submitted(sql: &mut Connection, submitted: &Submitted, seq: i64) -> SqlResult<()> {
    let run = add_node(sql, submitted.run.into(), seq, submitted.cache_key.as_ref())?;
    if submitted.purpose.as_ref().is_some_and(|purpose| !purpose.is_catalogued()) {
        let compared = "UPDATE lineage_nodes SET compared = 1 WHERE number = ?1";
        sql.execute(compared, &[run.into()])?;
    }
    let mut sources = BTreeSet::new();
    // The split names its dataset, so other datasets with the same bytes do not matter.
    let divided = match submitted.purpose {
        Some(Purpose::Split { dataset, .. }) => number_of(sql, dataset.into())?,
        _ => None,
    };
    let imports = matches!(submitted.purpose, Some(Purpose::Dataset { .. }));
    sources.extend(divided);
    let digests: BTreeSet<&Digest> =
        submitted.spec.files_read().filter(|file| file.size > 0).map(|file| &file.digest).collect();
    for digest in digests {
        let from = source(sql, digest)?;
        if from.dataset.is_none() || divided.is_none() {
            sources.extend(from.of_reader(imports));
        }
    }
    sources.into_iter().try_for_each(|source| add_edge(sql, source, run, seq))
}

/// Adds edges for bytes from a pipe. They are known only when the run has ended; it rests on the source of equal bytes.
fn read_through_pipe(sql: &mut Connection, finished: &Finished, seq: i64) -> SqlResult<()> {
    let read = finished.result.stdin.filter(|read| read.bytes > 0);
    let Some(digest) = read.and_then(|read| read.digest) else { return Ok(()) };
    let Some(run) = number_of(sql, finished.run.into())? else { return Ok(()) };
    source(sql, &digest)?.of_reader(false).try_for_each(|source| add_edge(sql, source, run, seq))
}

fn run_finished(sql: &mut Connection, finished: &Finished, seq: i64) -> SqlResult<()> {
    read_through_pipe(sql, finished, seq)?;
    let made = finished.result.outputs.iter().filter(|file| file.size > 0);
    let digests: BTreeSet<&Digest> = made.map(|file| &file.digest).collect();
    if digests.is_empty() {
        return Ok(());
    }
    let find = "SELECT number FROM lineage_nodes WHERE id = ?1 AND compared = 0";
    let run = sql.first(find, &[(&finished.run.to_bytes()).into()], |row| row.int(0))?;
    let Some(run) = run else { return Ok(()) };
    for digest in digests {
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
