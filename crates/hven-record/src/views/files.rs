//! Files that runs read and wrote, from which lineage follows.

use std::collections::HashSet;

use hven_app::ports::views::FileUse;
use hven_core::{
    Digest, Fact, RunId,
    access::Scope,
    envelope::Header,
    handle::Handle,
    limits::FILES_MAX,
    object::{FileKind, FileRef},
    stdin::Stdin,
};

use super::{Changes, Partition, Seen, Table, View, conditions::Conditions, kinds, read_back};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlResult, Value, keys,
};

pub(crate) struct Files;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRole {
    Input = 0,
    Output = 1,
}

const TABLES: &[Table] = &[Table {
    name: "files",
    columns: &[
        ("run", Bytes),
        ("role", Int),
        ("place", Int),
        ("seq", Int),
        ("path", Text),
        ("digest", Bytes),
        ("size", Int),
        ("folder", Int),
    ],
    definition: "PRIMARY KEY (run, role, place)) {by key}",
    indexes: &["files_digest ON files (digest, role, seq)"],
    key_columns: 3,
}];

impl View for Files {
    fn name(&self) -> &'static str {
        "files"
    }
    fn version(&self) -> u32 {
        3
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunSubmitted, RunFinished, RunFilesAdded]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match seen.fact {
            Some(Fact::RunSubmitted(fact)) => {
                let inputs = fact.spec.inputs.iter().enumerate();
                let on_stdin = fact.spec.stdin.iter().filter_map(Stdin::file).map(|file| (STDIN_PLACE, file));
                add(fact.run, FileRole::Input, inputs.chain(on_stdin), seen, changes)
            }
            Some(Fact::RunFinished(fact)) => {
                add(fact.run, FileRole::Output, fact.result.outputs.iter().enumerate(), seen, changes)?;
                let piped = fact.result.stdin.and_then(|read| read.as_file());
                add(fact.run, FileRole::Input, piped.iter().map(|file| (STDIN_PLACE, file)), seen, changes)
            }
            Some(Fact::RunFilesAdded(fact)) => {
                let first = ADDED_PLACE.saturating_add((seen.header.seq as usize).saturating_mul(FILES_MAX));
                let places = fact.files.iter().enumerate().map(|(i, file)| (first.saturating_add(i), file));
                add(fact.run, FileRole::Output, places, seen, changes)
            }
            _ => Ok(()),
        }
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM files WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

/// A place after all possible inputs of a run.
const STDIN_PLACE: usize = FILES_MAX;

/// The places of files that were added before the end of the run begin here, after all possible outputs of its result.
const ADDED_PLACE: usize = FILES_MAX + 1;

fn add<'a>(
    run: RunId,
    role: FileRole,
    files: impl Iterator<Item = (usize, &'a FileRef)>,
    seen: &Seen<'_>,
    changes: &mut Changes<'_>,
) -> SqlResult<()> {
    for (place, file) in files {
        changes.sql.execute(
            "INSERT INTO files (run, role, place, seq, path, digest, size, folder) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (run, role, place) DO NOTHING",
            &[
                (&run.to_bytes()).into(),
                Value::Int(role as i64),
                Value::Int(place as i64),
                seen.seq().into(),
                (&file.path).into(),
                file.digest.as_bytes().into(),
                file.size.into(),
                Value::Int((file.kind == FileKind::Folder).into()),
            ],
        )?;
    }
    Ok(())
}

/// Runs with some of these bytes in this role: runs that wrote them are newest first, runs that read them are oldest
/// first. Runs that read them only for a check by Hven are excluded.
pub(crate) fn uses(sql: &mut Connection, digests: &[Digest], role: FileRole, limit: usize) -> SqlResult<Vec<FileUse>> {
    let (but, order) = match role {
        FileRole::Input => ("AND runs.own_kind IS NULL", "files.seq, files.place"),
        FileRole::Output => ("", "files.seq DESC, files.place"),
    };
    let find = format!(
        "SELECT files.digest, files.run, runs.handle, runs.project, files.path, files.size, files.folder, files.seq, \
         CAST(CASE WHEN runs.own_kind IS NULL THEN 0 ELSE 1 END AS BIGINT) \
         FROM files JOIN runs ON runs.id = files.run WHERE files.digest = {{key}} AND files.role = ?1 {but} \
         ORDER BY {order} LIMIT ?2"
    );
    let wanted: Vec<[u8; 32]> = digests.iter().map(|digest| *digest.as_bytes()).collect();
    let values = [Value::Int(role as i64), Value::Int(limit as i64)];
    sql.query_each(&find, &values, &keys(&wanted), |row| {
        let digest = Digest::from_bytes(row.array(0)?);
        let kind = if row.int(6)? == 1 { FileKind::Folder } else { FileKind::File };
        Ok(FileUse {
            run: RunId::from_bytes(row.array(1)?),
            handle: Handle { count: row.uint(2)? },
            project: read_back::project(&row.text(3)?)?,
            file: FileRef { path: row.text(4)?, digest, size: row.uint(5)?, kind },
            seq: row.uint(7)?,
            is_check: row.int(8)? == 1,
        })
    })
}

/// The objects that runs in these scopes use; a folder matches only as a folder.
pub(crate) fn used_within(
    sql: &mut Connection,
    objects: &[(Digest, FileKind)],
    scopes: &[Scope],
) -> SqlResult<HashSet<(Digest, FileKind)>> {
    let mut conditions = Conditions::default();
    conditions.scopes(scopes);
    let within = conditions.values();
    let mut texts = vec!["files.digest = {key}".to_owned(), format!("files.folder >= ?{}", within.len() + 1)];
    texts.extend(conditions.texts.iter().cloned());
    let condition = texts.join(" AND ");
    let find = format!("SELECT files.digest FROM files JOIN runs ON runs.id = files.run WHERE {condition} LIMIT 1");
    let mut found = HashSet::new();
    for kind in [FileKind::File, FileKind::Folder] {
        let wanted: Vec<[u8; 32]> =
            objects.iter().filter(|(_, of)| *of == kind).map(|(digest, _)| *digest.as_bytes()).collect();
        let mut values = within.clone();
        values.push(Value::Int((kind == FileKind::Folder).into()));
        let seen = sql.query_each(&find, &values, &keys(&wanted), |row| Ok(Digest::from_bytes(row.array(0)?)))?;
        found.extend(seen.into_iter().map(|digest| (digest, kind)));
    }
    Ok(found)
}
