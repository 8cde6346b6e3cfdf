//! Picks the one thing that a caller means, among all things with the same name.

use hven_core::{access::Role, project::ProjectPath};

use crate::kernel::{
    callers::Caller,
    error::{AppError, AppResult},
};

/// A name, and how to choose among the things that have it.
pub(crate) struct NameQuery<'a> {
    pub(crate) noun: &'static str,
    /// The name as the caller wrote it.
    pub(crate) text: &'a str,
    /// The project that the caller named.
    pub(crate) project: Option<&'a ProjectPath>,
    /// The role that the caller needs in the project.
    pub(crate) role: Role,
}

/// The only thing with the name. Things that the caller may not see are ignored. Several things are refused as
/// ambiguous. `place` gives the project of a thing, and a text that distinguishes it from the others.
pub(crate) fn only_one<T>(
    caller: &Caller,
    query: &NameQuery<'_>,
    found: Vec<T>,
    place: impl Fn(&T) -> (ProjectPath, String),
) -> AppResult<T> {
    let NameQuery { noun, text, project, role } = *query;
    let mut seen = Vec::with_capacity(found.len());
    for one in found {
        let (at, shown) = place(&one);
        if caller.may(Role::Viewer, &at) && project.is_none_or(|wanted| *wanted == at) {
            seen.push((one, at, shown));
        }
    }
    if seen.len() > 1 {
        let candidates: Vec<String> = seen.into_iter().map(|(_, _, shown)| shown).collect();
        return Err(AppError::Ambiguous { name: text.to_owned(), candidates: candidates.join(", ") });
    }
    let (one, at, _) = seen.pop().ok_or_else(|| AppError::not_found(noun, text))?;
    caller.require(role, &at)?;
    Ok(one)
}
