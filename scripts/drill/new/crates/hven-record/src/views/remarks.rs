//! Remarks by name, with the nodes that they are about.

use async_trait::async_trait;
use hven_app::ports::{
    Remarks as Port, StoreResult,
    remarks::RemarkView,
    soundness::PlainNodeView,
    views::{ListQuery, Page},
};
use hven_core::{
    Fact,
    remark::{Made, RemarkId},
};

use super::{
    Changes, Edges, PlainNodes, Seen, Table, View,
    conditions::{Conditions, newest_first},
    kinds,
    lineage::add_with_named,
};
use crate::{
    facts,
    home::Home,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, SqlResult, Value, keys,
    },
};

pub(crate) struct Remarks;

const TABLES: &[Table] = &[Table {
    name: "remarks",
    columns: &[("id", Bytes), ("seq", Int), ("project", Text), ("name", Text), ("search", Text)],
    definition: "PRIMARY KEY (id)) {by key}",
    indexes: &["remarks_name ON remarks (name)", "remarks_seq ON remarks (seq)"],
    key_columns: 1,
}];

impl View for Remarks {
    fn name(&self) -> &'static str {
        "remarks"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RemarkMade]
    }
    fn edges(&self) -> Option<&'static Edges> {
        Some(&Edges { kinds: kinds![RemarkMade], draw })
    }
    fn plain_nodes(&self) -> Option<&'static PlainNodes> {
        Some(&PlainNodes { noun: "remark", by_id, by_name })
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(Fact::RemarkMade(made)) = seen.fact else { return Ok(()) };
        let search = format!("{} {} {}", made.name, made.project, made.text).to_lowercase();
        changes
            .sql
            .execute(
                "INSERT INTO remarks (id, seq, project, name, search) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (id) DO NOTHING",
                &[
                    (&made.remark.to_bytes()).into(),
                    seen.seq().into(),
                    made.project.as_str().into(),
                    made.name.as_str().into(),
                    (&search).into(),
                ],
            )
            .map(drop)
    }
}

/// A remark rests on its node.
fn draw(seen: &Seen<'_>, sql: &mut Connection) -> SqlResult<()> {
    add_with_named(sql, seen, RemarkId::from_u128).map(drop)
}

fn load(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<RemarkView>> {
    facts::load_mapped(sql, &format!("SELECT seq FROM remarks {condition}"), values, |fact, time, by| match fact {
        Fact::RemarkMade(made) => Some(RemarkView { made, time, by }),
        _ => None,
    })
}

fn node(RemarkView { made: Made { remark, project, name, text, .. }, .. }: RemarkView) -> PlainNodeView {
    PlainNodeView { node: remark.into(), project, name: name.to_string(), title: text }
}

fn by_id(sql: &mut Connection, ids: &[[u8; 16]]) -> SqlResult<Vec<PlainNodeView>> {
    let seqs = sql.query_in("SELECT seq FROM remarks WHERE id IN ({keys})", &[], &keys(ids), |row| row.uint(0))?;
    let mut nodes = Vec::with_capacity(seqs.len());
    for envelope in facts::many(sql, &seqs)?.into_values() {
        let (time, by) = (envelope.header.time, envelope.header.actor);
        if let Some(Fact::RemarkMade(made)) = envelope.readable_fact()? {
            nodes.push(node(RemarkView { made, time, by }));
        }
    }
    Ok(nodes)
}

fn by_name(sql: &mut Connection, name: &str) -> SqlResult<Vec<PlainNodeView>> {
    let remarks = load(sql, "WHERE name = ?1 ORDER BY seq", &[name.into()])?;
    Ok(remarks.into_iter().map(node).collect())
}

#[async_trait]
impl Port for Home {
    async fn remarks(&self, query: &ListQuery) -> StoreResult<Page<RemarkView>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| newest_first(sql, "remarks", &query, Conditions::default(), load)).await
    }
}
