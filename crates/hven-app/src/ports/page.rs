//! Lists in pages.

use hven_core::{access::Scope, project::ProjectPath};

/// One page of a list, and where the next begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Opaque and stable: give it back to go on.
    pub next: Option<String>,
}

/// What is asked of a list, newest first.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Only what belongs to this project or to those below it.
    pub project: Option<ProjectPath>,
    /// Words that must all occur, in any case.
    pub words: Vec<String>,
    pub cursor: Option<String>,
    pub limit: usize,
}

/// The same, of what these roles let one see.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    pub scopes: Vec<Scope>,
    pub filter: ListFilter,
}
