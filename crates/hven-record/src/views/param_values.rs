//! The parameters of runs by name, for filters and orders of lists: the rows of the table `params` in the order of the
//! names, with the values as numbers and texts.

use hven_app::ports::quantities::ParamValue;
use hven_core::RunId;

use super::{Table, metric_values::name_bits};
use crate::sql::{
    ColumnKind::{Bytes, Int, Real, Text},
    Connection, Row, SqlResult, Value,
};

pub(super) const TABLE: Table = Table {
    name: "param_values",
    columns: &[
        ("name", Int),
        ("run", Bytes),
        // As in the table `params`.
        ("attempt", Int),
        ("seq", Int),
        ("kind", Int),
        // Of a number, and of true (1) and false (0).
        ("number", Real),
        ("text", Text),
    ],
    definition: "PRIMARY KEY (name, run, attempt)) {by key}",
    indexes: &[],
    key_columns: 3,
};

const NULL: i64 = 0;
const NUMBER: i64 = 1;
const BOOL: i64 = 2;
const TEXT: i64 = 3;

/// Adds a parameter, or replaces its value.
pub(super) fn add(
    run: RunId,
    attempt: i64,
    key: &str,
    value: &serde_json::Value,
    seq: i64,
    sql: &mut Connection,
) -> SqlResult<()> {
    let value = ParamValue::of(value);
    let (kind, number, text) = match &value {
        ParamValue::Null => (NULL, None, None),
        ParamValue::Number(number) => (NUMBER, Some(*number).filter(|number| !number.is_nan()), None),
        ParamValue::Bool(yes) => (BOOL, Some(f64::from(u8::from(*yes))), None),
        ParamValue::Text(text) => (TEXT, None, Some(text)),
    };
    let run = run.to_bytes();
    let values: [Value<'_>; 7] = [
        name_bits(key).into(),
        (&run).into(),
        attempt.into(),
        seq.into(),
        kind.into(),
        number.into(),
        text.into(),
    ];
    sql.execute(
        "INSERT INTO param_values (name, run, attempt, seq, kind, number, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (name, run, attempt) DO UPDATE SET seq = excluded.seq, kind = excluded.kind, \
         number = excluded.number, text = excluded.text",
        &values,
    )
    .map(drop)
}

/// Removes the rows of a run whose names are in the table `params`.
pub(super) fn forget(run: &[u8; 16], sql: &mut Connection) -> SqlResult<()> {
    let names = sql.query("SELECT DISTINCT key FROM params WHERE run = ?1", &[run.into()], |row| row.text(0))?;
    for name in names {
        let values = [name_bits(&name).into(), run.into()];
        sql.execute("DELETE FROM param_values WHERE name = ?1 AND run = ?2", &values)?;
    }
    Ok(())
}

/// The value in the columns `kind`, `number` and `text`, of which the first has this place.
pub(crate) fn value(row: &Row<'_>, first: usize) -> SqlResult<ParamValue> {
    Ok(match row.int(first)? {
        NUMBER => ParamValue::Number(row.real_or_null(first + 1)?.unwrap_or(f64::NAN)),
        BOOL => ParamValue::Bool(row.real_or_null(first + 1)? == Some(1.0)),
        TEXT => ParamValue::Text(row.text(first + 2)?),
        _ => ParamValue::Null,
    })
}
