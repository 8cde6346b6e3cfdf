//! The files that were added to unfinished runs as outputs, by path.

use std::collections::HashMap;

use hven_core::{
    Digest, RunId,
    object::{FileKind, FileRef},
};

use super::Table;
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlResult, keys,
};

pub(super) const TABLE: Table = Table {
    name: "run_added_files",
    columns: &[("run", Bytes), ("path", Text), ("seq", Int), ("digest", Bytes), ("size", Int), ("folder", Int)],
    definition: "PRIMARY KEY (run, path)) {by key}",
    indexes: &[],
    key_columns: 2,
};

/// Adds files. A file replaces an earlier one of the same path. Returns how many paths are new.
pub(super) fn add(files: &[FileRef], run: RunId, seq: i64, sql: &mut Connection) -> SqlResult<u64> {
    let run = run.to_bytes();
    let mut new = 0;
    for file in files {
        let folder = i64::from(file.kind == FileKind::Folder);
        let values = [
            (&run).into(),
            (&file.path).into(),
            seq.into(),
            file.digest.as_bytes().into(),
            file.size.into(),
            folder.into(),
        ];
        let insert = "INSERT INTO run_added_files (run, path, seq, digest, size, folder) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                      ON CONFLICT (run, path) DO NOTHING";
        if sql.execute(insert, &values)? == 1 {
            new += 1;
            continue;
        }
        let replace =
            "UPDATE run_added_files SET seq = ?3, digest = ?4, size = ?5, folder = ?6 WHERE run = ?1 AND path = ?2";
        sql.execute(replace, &values)?;
    }
    Ok(new)
}

/// Removes the files whose paths are outputs of the result: the result is newer. Returns how many there were.
pub(super) fn replaced(outputs: &[FileRef], run: RunId, sql: &mut Connection) -> SqlResult<u64> {
    let run = run.to_bytes();
    let mut replaced = 0;
    for file in outputs {
        let delete = "DELETE FROM run_added_files WHERE run = ?1 AND path = ?2";
        replaced += sql.execute(delete, &[(&run).into(), (&file.path).into()])?;
    }
    Ok(replaced)
}

/// The files of these runs, in the order of their paths.
pub(super) fn of_runs(sql: &mut Connection, runs: &[RunId]) -> SqlResult<HashMap<RunId, Vec<FileRef>>> {
    let mut files: HashMap<RunId, Vec<FileRef>> = HashMap::new();
    if runs.is_empty() {
        return Ok(files);
    }
    let ids = super::conditions::ids(runs);
    let find = "SELECT run, path, digest, size, folder FROM run_added_files WHERE run IN ({keys}) ORDER BY run, path";
    let rows = sql.query_in(find, &[], &keys(&ids), |row| {
        let kind = if row.int(4)? == 0 { FileKind::File } else { FileKind::Folder };
        let file = FileRef { path: row.text(1)?, digest: Digest::from_bytes(row.array(2)?), size: row.uint(3)?, kind };
        Ok((RunId::from_bytes(row.array(0)?), file))
    })?;
    for (run, file) in rows {
        files.entry(run).or_default().push(file);
    }
    Ok(files)
}

pub(super) fn forget(run: &[u8; 16], sql: &mut Connection) -> SqlResult<()> {
    sql.execute("DELETE FROM run_added_files WHERE run = ?1", &[run.into()]).map(drop)
}
