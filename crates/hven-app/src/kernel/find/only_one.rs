//! Picks the one thing that a caller means of all that have its name.

use hven_core::{access::Role, project::ProjectPath};

use crate::kernel::{
    callers::Caller,
    error::{AppError, AppResult},
};

/// What somebody means by a name.
pub(crate) struct NameQuery<'a> {
    pub(crate) noun: &'static str,
    /// As it was written.
    pub(crate) text: &'a str,
    /// The project that was named with it.
    pub(crate) project: Option<&'a ProjectPath>,
    /// What the caller has to be in its project.
    pub(crate) role: Role,
}

/// The one that is meant of all that have the name. What the caller may not see is not there; several are refused.
/// `place` is the project of one, and what tells it from the others.
pub(crate) fn only_one<T>(
    caller: &Caller,
    meant: &NameQuery<'_>,
    found: Vec<T>,
    place: impl Fn(&T) -> (ProjectPath, String),
) -> AppResult<T> {
    let NameQuery { noun, text, project, role } = *meant;
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
