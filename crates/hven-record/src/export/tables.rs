//! The tables of an export: runs with their attempts, files and streams, datasets, the lineage, and objects.
//!
//! They come from views of exactly the exported facts, so they agree with the output of every `show` command.

use hven_core::Digest;

pub(super) use claims::{judgements, one as claim};

use super::{
    Step, WriteResult,
    addition_tables::{ADDITIONS, SET_ASIDE},
    dataset_tables::{DATASETS, HOLD_OUT_READS, SPLITS, write_datasets},
    folder::Folder,
    layout::object_path,
    names::{Names, called},
    run_tables::{ATTEMPTS, FILES, PARAMS, RUNS, STREAMS, write_runs},
    sheet::{
        Kind::{Bool, Int, Text},
        Sheet, Table,
    },
};
use crate::{lineage::Graph, sql::Connection, views::claims};

pub(super) static NODES: Table = Table {
    file: "tables/nodes.parquet",
    row: "node of the lineage",
    columns: &[
        ("node", Text, "`run/ID`, `data/ID`, `claim/ID` or `publication/ID`"),
        ("name", Text, "name for people"),
        ("soundness", Text, "sound, suspect (it rests on a retracted node) or retracted"),
    ],
};

pub(super) static EDGES: Table = Table {
    file: "tables/edges.parquet",
    row: "edge of the lineage: `node` rests on `rests_on`",
    columns: &[
        ("node", Text, "the dependent node"),
        ("rests_on", Text, "the node on which it rests"),
        ("independent", Bool, "a named person asserted that errors of `rests_on` do not affect `node`"),
    ],
};

pub(super) static OBJECTS: Table = Table {
    file: "tables/objects.parquet",
    row: "object: immutable bytes",
    columns: &[
        ("digest", Text, "BLAKE3, 64 hex digits"),
        ("bytes", Int, "size, bytes"),
        ("file", Text, "a file of this export"),
    ],
};

/// Every table, in the order of the README.
pub(super) static ALL: &[&Table] = &[
    &RUNS,
    &ATTEMPTS,
    &PARAMS,
    &ADDITIONS,
    &SET_ASIDE,
    &super::streams::METRICS,
    &super::streams::RESOURCES,
    &FILES,
    &STREAMS,
    &DATASETS,
    &SPLITS,
    &HOLD_OUT_READS,
    &NODES,
    &EDGES,
    &OBJECTS,
];

/// Writes all tables except those of streams.
pub(super) fn write(
    folder: &mut Folder,
    sql: &mut Connection,
    stored: &[(Digest, u64)],
    progress: &mut dyn FnMut(Step),
) -> WriteResult<Names> {
    let graph = Graph::whole(sql)?;
    let names = Names::read(sql, &graph)?;
    write_runs(folder, sql, &names, progress)?;
    write_datasets(folder, sql, &names)?;
    write_lineage(folder, sql, &graph)?;
    let mut sheet = Sheet::begin(folder, &OBJECTS)?;
    for (digest, bytes) in stored {
        sheet.add([digest.to_string().into(), (*bytes).into(), object_path(digest).into()])?;
    }
    sheet.end(folder)?;
    Ok(names)
}

fn write_lineage(folder: &mut Folder, sql: &mut Connection, graph: &Graph) -> WriteResult<()> {
    let mut sheet = Sheet::begin(folder, &NODES)?;
    for (node, soundness) in graph.nodes() {
        sheet.add([node.to_string().into(), called(sql, node)?.into(), soundness.as_str().into()])?;
    }
    sheet.end(folder)?;
    let mut sheet = Sheet::begin(folder, &EDGES)?;
    for (node, on, independent) in graph.edges() {
        sheet.add([node.to_string().into(), on.to_string().into(), independent.into()])?;
    }
    sheet.end(folder)?;
    Ok(())
}
