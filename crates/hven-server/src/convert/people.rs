//! Converts people, roles and tokens between the wire and the domain.

use hven_api::access as wire_access;
use hven_app::{
    AppError, AppResult,
    people::Me,
    ports::views::{ProjectView, TokenView, UserView},
};
use hven_core::access::{Grant, Role, Scope};

use super::{parsed, text};

pub(crate) fn scope(project: Option<&str>) -> AppResult<Scope> {
    Ok(match project {
        None => Scope::Home,
        Some(path) => Scope::Project(parsed(path)?),
    })
}

pub(crate) fn role(text: &str) -> AppResult<Role> {
    Role::parse(text).ok_or_else(|| AppError::Invalid {
        what: format!("the role {text:?}"),
        why: "is not one of viewer, member, owner".to_owned(),
    })
}

pub(crate) fn user(user: UserView) -> wire_access::User {
    wire_access::User { id: user.id.to_string(), name: user.name, email: user.email, added: text(user.added) }
}

pub(crate) fn token(token: TokenView) -> wire_access::Token {
    wire_access::Token {
        id: token.id.to_string(),
        name: token.name,
        user: token.user.to_string(),
        issued: text(token.issued),
        expires: token.expires.map(text),
        revoked: token.revoked.map(text),
        session: token.opened_by.is_some(),
    }
}

pub(crate) fn grant(grant: &Grant) -> wire_access::Grant {
    wire_access::Grant {
        project: scope_text(&grant.scope),
        role: grant.role.as_str().to_owned(),
        may_run_as_server: grant.may_run_as_server,
    }
}

pub(crate) fn scope_text(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Home => None,
        Scope::Project(path) => Some(path.to_string()),
    }
}

pub(crate) fn member(user: UserView, grant: &Grant) -> wire_access::Member {
    wire_access::Member {
        user: self::user(user),
        project: scope_text(&grant.scope),
        role: grant.role.as_str().to_owned(),
        may_run_as_server: grant.may_run_as_server,
    }
}

pub(crate) fn me(me: Me) -> wire_access::Me {
    wire_access::Me {
        schema: "hven.me/1".to_owned(),
        kind: me.kind.to_owned(),
        id: me.id.to_string(),
        name: me.name,
        roles: me.grants.iter().map(grant).collect(),
    }
}

pub(crate) fn project_view(view: &ProjectView) -> wire_access::Project {
    wire_access::Project { path: view.path.to_string(), added: text(view.added), runs: view.runs }
}
