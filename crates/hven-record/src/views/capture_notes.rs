//! Notes about content that the captures of runs omitted.

use hven_core::{Fact, RunId, capture::Note, envelope::Header};

use super::{Changes, Partition, Seen, Table, View, kinds};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlError, SqlResult, Value,
};

pub(crate) struct CaptureNotes;

const TABLES: &[Table] = &[Table {
    name: "capture_notes",
    columns: &[("run", Bytes), ("place", Int), ("note", Text)],
    definition: "PRIMARY KEY (run, place)) {by key}",
    indexes: &[],
    key_columns: 2,
}];

impl View for CaptureNotes {
    fn name(&self) -> &'static str {
        "capture_notes"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunCaptureNoted]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(Fact::RunCaptureNoted(noted)) = seen.fact else { return Ok(()) };
        for (place, note) in noted.notes.iter().enumerate() {
            let text = serde_json::to_string(note).map_err(|e| SqlError::Row(e.to_string()))?;
            changes.sql.execute(
                "INSERT INTO capture_notes (run, place, note) VALUES (?1, ?2, ?3) ON CONFLICT (run, place) DO NOTHING",
                &[(&noted.run.to_bytes()).into(), Value::Int(place as i64), (&text).into()],
            )?;
        }
        Ok(())
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM capture_notes WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

pub(crate) fn of_run(sql: &mut Connection, run: RunId) -> SqlResult<Vec<Note>> {
    sql.query("SELECT note FROM capture_notes WHERE run = ?1 ORDER BY place", &[(&run.to_bytes()).into()], |row| {
        serde_json::from_str(&row.text(0)?).map_err(|e| SqlError::Row(format!("a note cannot be read: {e}")))
    })
}
