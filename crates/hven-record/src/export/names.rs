//! The names under which an export speaks of things.

use std::collections::HashMap;

use hven_core::{
    ActorId, ClaimId, DatasetId, Digest, RunId,
    handle::Handle,
    soundness::{Node, Soundness},
};
use serde::Serialize;

use super::{WriteResult, folder::Folder, layout::object_path, sheet::Cell};
use crate::{
    lineage::Graph,
    sql::{Connection, SqlResult},
    views::users,
};

pub(super) fn json<'a>(value: Option<&impl Serialize>) -> SqlResult<Cell<'a>> {
    let text = value.map(serde_json::to_string).transpose();
    text.map(Cell::from).map_err(|e| crate::sql::SqlError::Row(e.to_string()))
}

/// What the tables have in common: names of people, and whether nodes stand.
pub(super) struct Names {
    users: HashMap<ActorId, String>,
    soundness: HashMap<Node, Soundness>,
}

impl Names {
    pub(super) fn read(sql: &mut Connection, graph: &Graph) -> SqlResult<Self> {
        let users = users::load(sql, None)?;
        Ok(Self {
            users: users.into_iter().filter_map(|user| Some((user.id.into(), user.name?))).collect(),
            soundness: graph.nodes().filter(|(_, soundness)| !soundness.is_sound()).collect(),
        })
    }

    /// The name of who did something; the id where there is no name.
    pub(super) fn of(&self, actor: ActorId) -> String {
        match self.users.get(&actor) {
            Some(name) => name.clone(),
            None if actor == ActorId::SYSTEM => "hven".to_owned(),
            None => actor.to_string(),
        }
    }

    pub(super) fn soundness(&self, node: Node) -> &'static str {
        self.soundness.get(&node).copied().unwrap_or_default().as_str()
    }
}

/// Gives a table, or what is said of it, a second name that a person can read.
pub(super) fn named(
    folder: &mut Folder,
    digest: &Digest,
    wanted: &str,
    ending: &str,
    dataset: DatasetId,
) -> WriteResult<Option<String>> {
    let Some(object) = kept(folder, digest) else { return Ok(None) };
    let mut file = format!("datasets/{wanted}{ending}");
    // Names that differ, but not for this disk.
    if folder.path(&file).exists() {
        file = format!("datasets/{wanted}.{dataset}{ending}");
    }
    folder.link(&object, digest, &file)?;
    Ok(Some(file))
}

/// All claims, in the order in which they were stated.
pub(super) fn all_claims(sql: &mut Connection) -> SqlResult<Vec<ClaimId>> {
    sql.query("SELECT id FROM claims ORDER BY seq", &[], |row| Ok(ClaimId::from_bytes(row.array(0)?)))
}

/// All runs that were judged by, named in documents by their handles.
pub(super) fn handle_of(sql: &mut Connection, run: RunId) -> SqlResult<Option<String>> {
    called(sql, run.into())
}

/// The file of an object, when the export has it.
pub(super) fn kept(folder: &Folder, digest: &Digest) -> Option<String> {
    let file = object_path(digest);
    folder.path(&file).exists().then_some(file)
}

/// What people call a node; `None` when its name was erased.
pub(super) fn called(sql: &mut Connection, node: Node) -> SqlResult<Option<String>> {
    let id = node.id().to_be_bytes();
    match node {
        Node::Run(_) => {
            let find = "SELECT handle FROM runs WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(Handle { count: row.uint(0)? }.to_string()))
        }
        Node::Dataset(_) => {
            let find = "SELECT name, version FROM datasets WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("{}@{}", row.text(0)?, row.int(1)?)))
        }
        Node::Claim(_) => {
            let find = "SELECT name FROM claims WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("claim/{}", row.text(0)?)))
        }
        Node::Publication(_) => {
            let find = "SELECT name, version FROM publications WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("publication/{}@{}", row.text(0)?, row.int(1)?)))
        }
    }
}
