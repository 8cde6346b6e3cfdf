//! Which bytes runs used and made: the ground of lineage.

use hven_app::ports::views::Use;
use hven_core::{
    Digest, Fact, RunId,
    envelope::Header,
    handle::Handle,
    object::{FileKind, FileRef},
};

use super::{Changes, Partition, Seen, Table, View, runs};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlResult, Value,
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
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["run.submitted", "run.finished"]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let (run, role, files) = match seen.fact {
            Some(Fact::RunSubmitted(fact)) => (fact.run, FileRole::Input, &fact.spec.inputs),
            Some(Fact::RunFinished(fact)) => (fact.run, FileRole::Output, &fact.result.outputs),
            _ => return Ok(()),
        };
        for (place, file) in files.iter().enumerate() {
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

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM files WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

/// Runs that have these bytes in this role, oldest first.
pub(crate) fn uses(sql: &mut Connection, digest: Digest, role: FileRole, limit: usize) -> SqlResult<Vec<Use>> {
    sql.query(
        "SELECT files.run, runs.handle, runs.project, files.path, files.size, files.folder \
         FROM files JOIN runs ON runs.id = files.run WHERE files.digest = ?1 AND files.role = ?2 \
         ORDER BY files.seq, files.place LIMIT ?3",
        &[digest.as_bytes().into(), Value::Int(role as i64), Value::Int(limit as i64)],
        |row| {
            let kind = if row.int(5)? == 1 { FileKind::Folder } else { FileKind::File };
            Ok(Use {
                run: RunId::from_bytes(row.array(0)?),
                handle: Handle { count: row.uint(1)? },
                project: runs::project(&row.text(2)?)?,
                file: FileRef { path: row.text(3)?, digest, size: row.uint(4)?, kind },
            })
        },
    )
}
