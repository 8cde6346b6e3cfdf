//! Text of the wire, and the domain's nouns that it stands for.

use hven_app::{AppError, AppResult};
use hven_core::{Time, project::ProjectPath};

/// Text that should be one of the domain's nouns.
pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> AppResult<T>
where
    AppError: From<T::Err>,
{
    Ok(text.parse()?)
}

pub(crate) fn project(text: Option<&str>) -> AppResult<ProjectPath> {
    text.map_or_else(|| Ok(ProjectPath::home()), parsed)
}

pub(crate) fn text(time: Time) -> String {
    time.to_string()
}
