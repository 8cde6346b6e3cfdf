//! Who may do what: roles, what each allows, and the facts that grant and revoke.

use serde::{Deserialize, Serialize};

use crate::{Time, TokenId, UserId, project::ProjectPath};

/// What a member may do in a project and in those below it. Each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Runs, logs, cancels.
    Member,
    /// Grants roles, redacts, removes.
    Owner,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Member, Self::Owner];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A user was given a role in a project, instead of any other there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleGranted {
    pub project: Scope,
    pub user: UserId,
    pub role: Role,
}

/// A user lost the role in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleRevoked {
    pub project: Scope,
    pub user: UserId,
}

/// Where a role holds: in one project and those below it, or in the whole home.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Home,
    Project(ProjectPath),
}

impl Scope {
    pub fn covers(&self, project: &ProjectPath) -> bool {
        match self {
            Self::Home => true,
            Self::Project(above) => project.is_within(above),
        }
    }
}

/// An access token was issued. Its secret is shown once and never recorded; only a digest of it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenIssued {
    pub token: TokenId,
    pub user: UserId,
    pub name: String,
    /// BLAKE3 of the secret, which is 256 random bits: it cannot be guessed back.
    pub digest: crate::Digest,
    pub expires: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenRevoked {
    pub token: TokenId,
}

/// A browser was let in. Its session is a token that expires, and ends with the token that opened it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionOpened {
    pub session: TokenId,
    pub user: UserId,
    /// The token with which the login link was made; of a session that made one, the token that opened that session.
    pub opened_by: TokenId,
    /// BLAKE3 of the secret in the browser's cookie.
    pub digest: crate::Digest,
    pub expires: Time,
}

/// Somebody logged out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionEnded {
    pub session: TokenId,
}
