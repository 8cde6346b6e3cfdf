//! Parses texts of the wire, and writes times.

use hven_app::{AppError, AppResult};
use hven_core::{Time, project::ProjectPath};

/// Parses a text as one of the domain's types.
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
