//! Views of users, tokens, projects and runners.

use hven_core::{
    RunnerId, Time, TokenId, UserId,
    project::ProjectPath,
    resources::{ResourceUnits, Resources},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    pub id: UserId,
    /// `None` when it was erased.
    pub name: Option<String>,
    pub email: Option<String>,
    pub added: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    pub id: TokenId,
    pub user: UserId,
    pub name: String,
    pub issued: Time,
    pub expires: Option<Time>,
    pub revoked: Option<Time>,
    /// For a browser's session: the token that opened it.
    pub opened_by: Option<TokenId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectView {
    pub path: ProjectPath,
    pub added: Time,
    /// The number of runs that are not archived.
    pub runs: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerView {
    pub id: RunnerId,
    pub pool: String,
    pub host: String,
    pub capacity: Resources,
    pub version: String,
    pub units: ResourceUnits,
    pub enrolled: Time,
    pub gone: Option<Time>,
}
