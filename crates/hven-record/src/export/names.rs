//! The names of things in an export.

use std::collections::HashMap;

use hven_core::{
    ActorId, ClaimId, DatasetId, Digest, RunId,
    handle::Handle,
    soundness::{NodeId, Soundness},
};
use serde::Serialize;

use super::{WriteResult, folder::Folder, layout::object_path, sheet::Cell};
use crate::{
    lineage::Graph,
    sql::{Connection, SqlResult},
    views::{plain, users},
};

pub(super) fn json<'a>(value: Option<&impl Serialize>) -> SqlResult<Cell<'a>> {
    let text = value.map(serde_json::to_string).transpose();
    text.map(Cell::from).map_err(|e| crate::sql::SqlError::Row(e.to_string()))
}

/// Data for all tables: the names of users, and the soundness of nodes.
pub(super) struct Names {
    users: HashMap<ActorId, String>,
    soundness: HashMap<NodeId, Soundness>,
}

impl Names {
    pub(super) fn read(sql: &mut Connection, graph: &Graph) -> SqlResult<Self> {
        let users = users::load(sql, None)?;
        Ok(Self {
            users: users.into_iter().filter_map(|user| Some((user.id.into(), user.name?))).collect(),
            soundness: graph.nodes().filter(|(_, soundness)| !soundness.is_sound()).collect(),
        })
    }

    /// The name of an actor, or the id if there is no name.
    pub(super) fn of(&self, actor: ActorId) -> String {
        match self.users.get(&actor) {
            Some(name) => name.clone(),
            None if actor == ActorId::SYSTEM => "hven".to_owned(),
            None => actor.to_string(),
        }
    }

    pub(super) fn soundness(&self, node: NodeId) -> &'static str {
        self.soundness.get(&node).copied().unwrap_or_default().as_str()
    }
}

/// Links a table, or its report, to a second path that people can read.
pub(super) fn named(
    folder: &mut Folder,
    digest: &Digest,
    wanted: &str,
    ending: &str,
    dataset: DatasetId,
) -> WriteResult<Option<String>> {
    let Some(object) = existing_file(folder, digest) else { return Ok(None) };
    let mut file = format!("datasets/{wanted}{ending}");
    // On a disk that ignores case, different names may be the same file.
    if folder.path(&file).exists() {
        file = format!("datasets/{wanted}.{dataset}{ending}");
    }
    folder.link(&object, digest, &file)?;
    Ok(Some(file))
}

/// All claims, in the order of their statements.
pub(super) fn all_claims(sql: &mut Connection) -> SqlResult<Vec<ClaimId>> {
    sql.query("SELECT id FROM claims ORDER BY seq", &[], |row| Ok(ClaimId::from_bytes(row.array(0)?)))
}

/// The handle of a run, which documents use as its name.
pub(super) fn handle_of(sql: &mut Connection, run: RunId) -> SqlResult<Option<String>> {
    called(sql, run.into())
}

/// The file of an object, if the export contains it.
pub(super) fn existing_file(folder: &Folder, digest: &Digest) -> Option<String> {
    let file = object_path(digest);
    folder.path(&file).exists().then_some(file)
}

/// The name of a node for people; `None` if it was erased.
#[allow(unreachable_patterns, reason = "there may be no plain nodes")]
pub(super) fn called(sql: &mut Connection, node: NodeId) -> SqlResult<Option<String>> {
    let id = node.id().to_be_bytes();
    match node {
        NodeId::Run(_) => {
            let find = "SELECT handle FROM runs WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(Handle { count: row.uint(0)? }.to_string()))
        }
        NodeId::Dataset(_) => {
            let find = "SELECT name, version FROM datasets WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("{}@{}", row.text(0)?, row.int(1)?)))
        }
        NodeId::Claim(_) => {
            let find = "SELECT name FROM claims WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("claim/{}", row.text(0)?)))
        }
        NodeId::Publication(_) => {
            let find = "SELECT name, version FROM publications WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("publication/{}@{}", row.text(0)?, row.int(1)?)))
        }
        other => Ok(plain::many(sql, &[other])?.pop().map(|found| format!("{}/{}", other.noun(), found.name))),
    }
}
