//! Access rights: roles, the actions that each allows, and the facts that grant and revoke.

use serde::{Deserialize, Serialize};

pub use crate::home_owners::home_owners;

use crate::{Time, TokenId, UserId, project::ProjectPath};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RoleGranted($crate::access::RoleGranted) = "role.granted"
                version 2 (1 => $crate::access::RoleGrantedV1), about |p| Some(p.user.into());
            RoleRevoked($crate::access::RoleRevoked) = "role.revoked" version 1, about |p| Some(p.user.into());
            TokenIssued($crate::access::TokenIssued) = "token.issued" version 1, about |p| Some(p.token.into());
            TokenRevoked($crate::access::TokenRevoked) = "token.revoked" version 1, about |p| Some(p.token.into());
            SessionOpened($crate::access::SessionOpened) = "session.opened" version 1, about |p| Some(p.session.into());
            SessionEnded($crate::access::SessionEnded) = "session.ended" version 1, about |p| Some(p.session.into());
        }
        nodes {}
        subjects { Token($crate::TokenId); }
    } };
}
pub(crate) use noun;

/// The rights of a member in a project and in the projects below it. Each role includes the roles before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May read.
    Viewer,
    /// May run, log and cancel.
    Member,
    /// May grant roles, redact and remove.
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

/// A user got a role in a project, which replaces any other role there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleGranted {
    pub project: Scope,
    pub user: UserId,
    pub role: Role,
    /// Whether the user's commands may run as the Unix user of the server, which owns the home and its key.
    pub may_run_as_server: bool,
}

/// The first version of [`RoleGranted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleGrantedV1 {
    pub project: Scope,
    pub user: UserId,
    pub role: Role,
}

impl From<RoleGrantedV1> for RoleGranted {
    /// This right did not exist in the first version, so it is not given.
    fn from(RoleGrantedV1 { project, user, role }: RoleGrantedV1) -> Self {
        Self { project, user, role, may_run_as_server: false }
    }
}

/// The rights of a user in one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub scope: Scope,
    pub role: Role,
    pub may_run_as_server: bool,
}

/// A user lost the role in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleRevoked {
    pub project: Scope,
    pub user: UserId,
}

/// The scope of a role: one project and the projects below it, or the whole home.
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

/// Whether a user with these grants may have commands run as the Unix user of the server, in this project. An owner of the home
/// always may, because an owner can grant this right.
pub fn may_run_as_server(grants: &[Grant], project: &ProjectPath) -> bool {
    grants.iter().any(|grant| {
        let owns_the_home = grant.scope == Scope::Home && grant.role == Role::Owner;
        let is_allowed = grant.may_run_as_server && grant.role >= Role::Member && grant.scope.covers(project);
        owns_the_home || is_allowed
    })
}

/// An access token was issued. Its secret is shown once and never recorded; only the digest is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenIssued {
    pub token: TokenId,
    pub user: UserId,
    pub name: String,
    /// BLAKE3 of the secret, which is 256 random bits and cannot be guessed.
    pub digest: crate::Digest,
    pub expires: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenRevoked {
    pub token: TokenId,
}

/// A browser logged in. Its session is a token that expires, and that ends with the token that opened it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionOpened {
    pub session: TokenId,
    pub user: UserId,
    /// The token with which the login link was made; for a link made by a session, the token that opened that session.
    pub opened_by: TokenId,
    /// BLAKE3 of the secret in the browser's cookie.
    pub digest: crate::Digest,
    pub expires: Time,
}

/// A user logged out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionEnded {
    pub session: TokenId,
}

crate::sample::sampled! {
    enum Role { Viewer, Member, Owner }
    enum Scope { Home, Project(path) }
    RoleGranted { project, user, role, may_run_as_server }
    RoleRevoked { project, user }
    TokenIssued { token, user, name, digest, expires }
    TokenRevoked { token }
    SessionOpened { session, user, opened_by, digest, expires }
    SessionEnded { session }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(path: &str) -> Scope {
        if path.is_empty() { Scope::Home } else { Scope::Project(path.parse().expect("a path")) }
    }

    #[test]
    fn commands_run_as_the_server_only_where_it_is_allowed() {
        let check = |grants: &[(&str, Role, bool)], expect: bool| {
            let grants: Vec<Grant> = grants
                .iter()
                .map(|&(at, role, may_run_as_server)| Grant { scope: scope(at), role, may_run_as_server })
                .collect();
            let project = "astro/kepler".parse().expect("a path");
            assert_eq!(may_run_as_server(&grants, &project), expect, "{grants:?}");
        };
        check(&[], false);
        check(&[("", Role::Owner, false)], true);
        check(&[("", Role::Member, false)], false);
        check(&[("", Role::Member, true)], true);
        check(&[("astro", Role::Owner, false)], false);
        check(&[("astro", Role::Member, true)], true);
        check(&[("bio", Role::Member, true), ("astro", Role::Owner, false)], false);
        // A viewer runs nothing, whatever else was granted.
        check(&[("astro", Role::Viewer, true)], false);
    }
}
