//! Reproductions of runs: their results, and those in progress.

use hven_app::ports::{reproductions::ReproductionView, run::UnprocessedRun};
use hven_core::{Fact, RunId, catalogue::Purpose};

use super::{Changes, Seen, Table, View, kinds, read_back::unsettled};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int},
        Connection, SqlResult, Value,
    },
};

pub(crate) struct Reproductions;

const TABLES: &[Table] = &[
    Table {
        name: "reproductions",
        columns: &[("run", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (run, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    // Runs that repeat other runs or compare them, until their result is recorded.
    Table {
        name: "reproducing",
        columns: &[("run", Bytes), ("seq", Int), ("of_run", Bytes), ("again", Bytes)],
        definition: "PRIMARY KEY (run)) {by key}",
        indexes: &["reproducing_again ON reproducing (again)"],
        key_columns: 1,
    },
];

impl View for Reproductions {
    fn name(&self) -> &'static str {
        "reproductions"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunSubmitted, RunReproduced]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let sql = &mut *changes.sql;
        match seen.fact {
            Some(Fact::RunSubmitted(submitted)) => {
                let (of, again) = match &submitted.purpose {
                    Some(Purpose::Again { of, .. }) => (*of, submitted.run),
                    Some(Purpose::Compare { of, again, .. }) => (*of, *again),
                    _ => return Ok(()),
                };
                // The run that compares replaces the run that it compares.
                sql.execute("DELETE FROM reproducing WHERE run = ?1", &[(&again.to_bytes()).into()])?;
                sql.execute(
                    "INSERT INTO reproducing (run, seq, of_run, again) VALUES (?1, ?2, ?3, ?4) \
                     ON CONFLICT (run) DO NOTHING",
                    &[
                        (&submitted.run.to_bytes()).into(),
                        seen.seq().into(),
                        (&of.to_bytes()).into(),
                        (&again.to_bytes()).into(),
                    ],
                )
                .map(drop)
            }
            Some(Fact::RunReproduced(reproduced)) => {
                if let Some(again) = reproduced.again {
                    sql.execute("DELETE FROM reproducing WHERE again = ?1", &[(&again.to_bytes()).into()])?;
                }
                sql.execute(
                    "INSERT INTO reproductions (run, seq) VALUES (?1, ?2)",
                    &[(&reproduced.run.to_bytes()).into(), seen.seq().into()],
                )
                .map(drop)
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn of_run(sql: &mut Connection, run: RunId, limit: usize) -> SqlResult<Vec<ReproductionView>> {
    let find = "SELECT seq FROM reproductions WHERE run = ?1 ORDER BY seq DESC LIMIT ?2";
    let id = run.to_bytes();
    let values = [(&id).into(), Value::Int(limit as i64)];
    facts::load_mapped(sql, find, &values, |fact, time, by| match fact {
        Fact::RunReproduced(reproduced) => Some(ReproductionView { reproduced, time, by }),
        _ => None,
    })
}

pub(crate) fn under_way(sql: &mut Connection) -> SqlResult<Vec<UnprocessedRun>> {
    let find = "SELECT reproducing.run, runs.ended_seq FROM reproducing JOIN runs ON runs.id = reproducing.run \
                ORDER BY reproducing.seq";
    sql.query(find, &[], unsettled)
}
