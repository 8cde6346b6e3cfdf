//! Values of rows, read back into what they were.

use hven_core::project::ProjectPath;

use crate::sql::SqlResult;

pub(crate) fn project(text: &str) -> SqlResult<ProjectPath> {
    Ok(text.parse::<ProjectPath>()?)
}
