//! Plain nodes of the lineage: each noun's view says where they are read.

use hven_app::ports::soundness::PlainNodeView;
use hven_core::soundness::NodeId;

use super::{ALL, PlainNodes};
use crate::sql::{Connection, SqlResult};

fn all() -> impl Iterator<Item = &'static PlainNodes> {
    ALL.iter().filter_map(|view| view.plain_nodes())
}

/// Those of the nodes that are plain and known.
pub(crate) fn many(sql: &mut Connection, nodes: &[NodeId]) -> SqlResult<Vec<PlainNodeView>> {
    let mut found = Vec::new();
    for plain in all() {
        let of_noun = nodes.iter().filter(|node| node.noun() == plain.noun);
        let ids: Vec<[u8; 16]> = of_noun.map(|node| node.id().to_be_bytes()).collect();
        if !ids.is_empty() {
            found.extend((plain.by_id)(sql, &ids)?);
        }
    }
    Ok(found)
}

/// Those of the noun with that name.
pub(crate) fn named(sql: &mut Connection, noun: &str, name: &str) -> SqlResult<Vec<PlainNodeView>> {
    all().find(|plain| plain.noun == noun).map_or(Ok(Vec::new()), |plain| (plain.by_name)(sql, name))
}
