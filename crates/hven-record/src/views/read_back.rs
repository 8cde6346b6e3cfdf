//! Values of rows, read back into what they were.

use hven_core::{Fact, project::ProjectPath};

use crate::{
    facts,
    sql::{Connection, SqlResult},
};

pub(crate) fn project(text: &str) -> SqlResult<ProjectPath> {
    Ok(text.parse::<ProjectPath>()?)
}

pub(crate) fn fact(sql: &mut Connection, seq: i64) -> SqlResult<Option<Fact>> {
    match facts::one(sql, seq as u64)? {
        Some(envelope) => Ok(envelope.readable_fact()?),
        None => Ok(None),
    }
}
