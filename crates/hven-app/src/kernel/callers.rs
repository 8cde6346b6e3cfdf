//! Callers and their rights. Every use case checks the rights of its caller here once, whichever interface the call
//! came through.

use hven_core::{
    ActorId, AttemptId, RunnerId, Time, TokenId, UserId,
    access::{Grant, Role, Scope, may_run_as_server},
    project::ProjectPath,
};

use crate::{
    kernel::error::{AppError, AppResult},
    ports::views::Views,
};

/// The owner of a valid token.
#[derive(Clone, Debug, PartialEq)]
pub enum Caller {
    User {
        id: UserId,
        grants: Vec<Grant>,
    },
    /// A process of a run, with the token of its attempt. It may read its own run and log to it, and nothing else.
    Attempt {
        id: AttemptId,
    },
    /// A process of a run, with the token for clients of other trackers. It may report runs in the project of its run and below,
    /// on behalf of the user who submitted the run.
    Tracker {
        attempt: AttemptId,
        submitter: UserId,
        grants: Vec<Grant>,
    },
    /// A runner. It may do what the runner's protocol allows.
    Runner {
        id: RunnerId,
    },
}

/// The caller with a token, and how long the token is valid.
#[derive(Clone, Debug)]
pub(crate) struct TokenOwner {
    pub(crate) caller: Caller,
    pub(crate) until: Option<Time>,
    /// The token to revoke so that this one becomes invalid: the user's token itself, or the token that opened a
    /// session.
    pub(crate) root: Option<TokenId>,
}

impl Caller {
    pub fn actor(&self) -> ActorId {
        match self {
            Self::User { id, .. } => (*id).into(),
            Self::Attempt { id } => id.run.into(),
            Self::Tracker { submitter, .. } => (*submitter).into(),
            Self::Runner { id } => (*id).into(),
        }
    }

    /// A user with the current roles, for work that goes on when the request is over.
    pub(crate) async fn user(views: &dyn Views, actor: ActorId) -> AppResult<Self> {
        let id = UserId::from_u128(actor.as_u128());
        Ok(Self::User { id, grants: views.roles(id).await? })
    }

    fn grants(&self) -> &[Grant] {
        match self {
            Self::User { grants, .. } | Self::Tracker { grants, .. } => grants,
            Self::Attempt { .. } | Self::Runner { .. } => &[],
        }
    }

    /// The user whose uploads the caller may name.
    pub(crate) fn uploader(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Tracker { submitter, .. } => Some(*submitter),
            Self::Attempt { .. } | Self::Runner { .. } => None,
        }
    }

    /// The highest role in a project.
    fn role_in(&self, project: &ProjectPath) -> Option<Role> {
        self.grants().iter().filter(|grant| grant.scope.covers(project)).map(|grant| grant.role).max()
    }

    /// The role in the whole home.
    pub(crate) fn home_role(&self) -> Option<Role> {
        self.grants().iter().filter(|grant| grant.scope == Scope::Home).map(|grant| grant.role).max()
    }

    pub fn may(&self, role: Role, project: &ProjectPath) -> bool {
        self.role_in(project) >= Some(role)
    }

    /// Requires a role in a project. A caller who may not see the project gets the answer that it does not exist.
    pub fn require(&self, role: Role, project: &ProjectPath) -> AppResult<()> {
        match self.role_in(project) {
            Some(have) if have >= role => Ok(()),
            Some(_) => Err(AppError::Denied),
            None => match self {
                Self::User { .. } | Self::Tracker { .. } => Err(AppError::not_found("project", project)),
                _ => Err(AppError::Denied),
            },
        }
    }

    /// Whether commands of the caller may run in a project as the Unix user of the server.
    pub fn may_run_as_server(&self, project: &ProjectPath) -> bool {
        matches!(self, Self::User { grants, .. } if may_run_as_server(grants, project))
    }

    /// The same caller with the current roles. They may have changed while the call waited for its turn.
    pub(crate) async fn with_current_roles(&self, views: &dyn Views) -> AppResult<Self> {
        match self {
            Self::User { id, .. } => Ok(Self::User { id: *id, grants: views.roles(*id).await? }),
            other => Ok(other.clone()),
        }
    }

    /// Requires a role in the whole home.
    pub(crate) fn require_home(&self, role: Role) -> AppResult<()> {
        if self.home_role() >= Some(role) { Ok(()) } else { Err(AppError::Denied) }
    }

    /// Requires a user with any role at all.
    pub(crate) fn require_user(&self) -> AppResult<UserId> {
        match self {
            Self::User { id, grants } if !grants.is_empty() => Ok(*id),
            _ => Err(AppError::Denied),
        }
    }

    /// Requires a caller with any role at all, who may read lists.
    pub(crate) fn require_reader(&self) -> AppResult<()> {
        if self.grants().is_empty() { Err(AppError::Denied) } else { Ok(()) }
    }

    pub(crate) fn require_runner(&self) -> AppResult<RunnerId> {
        if let Self::Runner { id } = self { Ok(*id) } else { Err(AppError::Denied) }
    }

    /// The scopes that the caller may see.
    pub fn scopes(&self) -> Vec<Scope> {
        self.grants().iter().map(|grant| grant.scope.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_apply_to_subprojects_and_strangers_learn_nothing() {
        let path = |text: &str| text.parse::<ProjectPath>().expect("a good path");
        let grant = Grant { scope: Scope::Project(path("astro")), role: Role::Member, may_run_as_server: false };
        let caller = Caller::User { id: UserId::from_u128(1), grants: vec![grant] };
        assert!(caller.require(Role::Member, &path("astro/exo")).is_ok());
        assert!(matches!(caller.require(Role::Owner, &path("astro")), Err(AppError::Denied)));
        assert!(matches!(caller.require(Role::Viewer, &path("bio")), Err(AppError::NotFound { .. })));
        assert!(matches!(caller.require_home(Role::Viewer), Err(AppError::Denied)));
    }
}
