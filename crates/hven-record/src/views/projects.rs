//! Projects, by path.

use hven_app::ports::views::ProjectView;
use hven_core::{Fact, Time, project::ProjectPath};

use super::{Changes, Seen, Table, View, kinds, read_back};
use crate::sql::{
    ColumnKind::{Int, Text},
    Connection, SqlResult,
};

pub(crate) struct Projects;

const TABLES: &[Table] = &[Table {
    name: "projects",
    columns: &[("path", Text), ("added", Int), ("seq", Int)],
    definition: "PRIMARY KEY (path)) {by key}",
    indexes: &[],
    key_columns: 1,
}];

impl View for Projects {
    fn name(&self) -> &'static str {
        "projects"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![ProjectAdded]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(Fact::ProjectAdded(added)) = seen.fact else { return Ok(()) };
        let values = [added.path.as_str().into(), seen.header.time.micros().into(), seen.seq().into()];
        let add = "INSERT INTO projects (path, added, seq) VALUES (?1, ?2, ?3) ON CONFLICT (path) DO NOTHING";
        changes.sql.execute(add, &values).map(drop)
    }
}

pub(crate) fn load(sql: &mut Connection) -> SqlResult<Vec<ProjectView>> {
    let find = "SELECT path, added, \
                (SELECT CAST(COALESCE(SUM(runs), 0) AS BIGINT) FROM run_counts WHERE run_counts.project = projects.path) \
                FROM projects ORDER BY path";
    sql.query(find, &[], |row| {
        Ok(ProjectView {
            path: read_back::project(&row.text(0)?)?,
            added: Time::from_micros(row.int(1)?),
            runs: row.uint(2)?,
        })
    })
}

pub(crate) fn exists(sql: &mut Connection, path: &ProjectPath) -> SqlResult<bool> {
    Ok(sql.first("SELECT seq FROM projects WHERE path = ?1", &[path.as_str().into()], |_| Ok(()))?.is_some())
}
