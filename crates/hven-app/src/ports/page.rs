//! Pages of lists.

use hven_core::{access::Scope, project::ProjectPath};

/// One page of a list, and the cursor of the next.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Opaque and stable: send it to get the next page.
    pub next: Option<String>,
}

/// The filter of a list, newest first.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Only items of this project and the projects below it.
    pub project: Option<ProjectPath>,
    /// Words that must all occur. Case is ignored.
    pub words: Vec<String>,
    pub cursor: Option<String>,
    pub limit: usize,
}

/// A filter, limited to the scopes that the caller may see.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    pub scopes: Vec<Scope>,
    pub filter: ListFilter,
}
