//! Parses values of rows.

use hven_app::ports::run::UnprocessedRun;
use hven_core::{RunId, project::ProjectPath};

use crate::sql::{Row, SqlResult};

pub(crate) fn project(text: &str) -> SqlResult<ProjectPath> {
    Ok(text.parse::<ProjectPath>()?)
}

/// A run that is not settled, from its id and the fact with which it ended.
pub(crate) fn unsettled(row: &Row<'_>) -> SqlResult<UnprocessedRun> {
    Ok(UnprocessedRun { run: RunId::from_bytes(row.array(0)?), has_ended: row.int_or_null(1)?.is_some() })
}
