//! Routes for people, roles, tokens and projects.

use std::fmt::Write as _;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use hven_api::{access as wire, page::Page};
use hven_app::{
    people::{self, NewRole},
    projects, sessions, tokens,
};
use hven_core::{TokenId, UserId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::{Admitted, Authenticated},
    convert,
};

super::operations::operations![
    me,
    login_link,
    users,
    add_user,
    remove_user,
    projects,
    add_project,
    members,
    set_member,
    remove_member,
    tokens,
    new_token,
    revoke_token
];

/// The user or task that the token belongs to.
#[utoipa::path(get, path = "/me", tag = "access", responses((status = 200, body = wire::Me)))]
pub(crate) async fn me(State(server): State<Server>, Authenticated(caller): Authenticated) -> Answer<Json<wire::Me>> {
    Ok(Json(convert::people::me(people::me(&server.app, &caller).await?)))
}

/// Creates a link that opens one browser session.
#[utoipa::path(post, path = "/auth/links", tag = "access", request_body = wire::NewLoginLink,
    responses((status = 201, body = wire::LoginLink)))]
pub(crate) async fn login_link(
    State(server): State<Server>,
    Admitted(admission): Admitted,
    Body(new): Body<wire::NewLoginLink>,
) -> Answer<(StatusCode, Json<wire::LoginLink>)> {
    let (code, expires) = sessions::new_link(&server.app, admission)?;
    let next = new.next.map(|next| format!("?next={}", encode(&next))).unwrap_or_default();
    let url = format!("{}/login/{code}{next}", server.options.url);
    Ok((StatusCode::CREATED, Json(wire::LoginLink { url, expires: expires.to_string() })))
}

/// Percent-encodes all bytes that a query may not contain literally (RFC 3986).
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[utoipa::path(get, path = "/users", tag = "access", responses((status = 200, body = Page<wire::User>)))]
pub(crate) async fn users(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<Page<wire::User>>> {
    let users = people::users(&server.app, &caller).await?;
    Ok(Json(lists::whole("hven.users/1", users.into_iter().map(convert::people::user).collect())))
}

#[utoipa::path(post, path = "/users", tag = "access", request_body = wire::NewUser,
    responses((status = 201, body = wire::User)))]
pub(crate) async fn add_user(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::NewUser>,
) -> Answer<(StatusCode, Json<wire::User>)> {
    let user = people::add_user(&server.app, &caller, new.name, new.email, key).await?;
    Ok((StatusCode::CREATED, Json(convert::people::user(user))))
}

/// Removes all roles, tokens and browser sessions of a user.
#[utoipa::path(delete, path = "/users/{user}", tag = "access", params(("user" = String, Path)),
    responses((status = 200, body = wire::UserRemoved)))]
pub(crate) async fn remove_user(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(user): Path<String>,
    Key(key): Key,
) -> Answer<Json<wire::UserRemoved>> {
    let user: UserId = convert::parsed(&user)?;
    let removed = people::remove_user(&server.app, &caller, user, key).await?;
    Ok(Json(wire::UserRemoved {
        schema: "hven.user_removed/1".to_owned(),
        user: user.to_string(),
        roles: removed.roles as u64,
        tokens: removed.tokens as u64,
        sessions: removed.sessions as u64,
    }))
}

#[utoipa::path(get, path = "/projects", tag = "access", responses((status = 200, body = Page<wire::Project>)))]
pub(crate) async fn projects(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<Page<wire::Project>>> {
    let projects = projects::list(&server.app, &caller).await?;
    Ok(Json(lists::whole("hven.projects/1", projects.iter().map(convert::people::project_view).collect())))
}

#[utoipa::path(post, path = "/projects", tag = "access", request_body = wire::NewProject, responses((status = 201)))]
pub(crate) async fn add_project(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::NewProject>,
) -> Answer<StatusCode> {
    projects::add(&server.app, &caller, convert::parsed(&new.path)?, key).await?;
    Ok(StatusCode::CREATED)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MembersQuery {
    /// The whole home by default.
    project: Option<String>,
    /// Members of all projects that you may see, instead of one.
    #[serde(default)]
    everywhere: bool,
}

#[utoipa::path(get, path = "/members", tag = "access", params(MembersQuery),
    responses((status = 200, body = Page<wire::Member>)))]
pub(crate) async fn members(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<MembersQuery>,
) -> Answer<Json<Page<wire::Member>>> {
    let members = if of.everywhere {
        people::members_everywhere(&server.app, &caller).await?
    } else {
        people::members(&server.app, &caller, &convert::people::scope(of.project.as_deref())?).await?
    };
    let items = members.into_iter().map(|(user, grant)| convert::people::member(user, &grant));
    Ok(Json(lists::whole("hven.members/1", items.collect())))
}

#[utoipa::path(put, path = "/members", tag = "access", request_body = wire::SetMember, responses((status = 204)))]
pub(crate) async fn set_member(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(set): Body<wire::SetMember>,
) -> Answer<StatusCode> {
    let scope = convert::people::scope(set.project.as_deref())?;
    let new = NewRole {
        scope,
        user: convert::parsed(&set.user)?,
        role: convert::people::role(&set.role)?,
        may_run_as_server: set.may_run_as_server,
    };
    people::grant(&server.app, &caller, new, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/members", tag = "access", request_body = wire::RemoveMember,
    responses((status = 204)))]
pub(crate) async fn remove_member(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(remove): Body<wire::RemoveMember>,
) -> Answer<StatusCode> {
    let scope = convert::people::scope(remove.project.as_deref())?;
    people::revoke(&server.app, &caller, scope, convert::parsed(&remove.user)?, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokensQuery {
    /// The user's id; your own by default. Only an owner of the home may name another user.
    user: Option<String>,
    /// The tokens of all users. Only an owner of the home may see them.
    #[serde(default)]
    everyone: bool,
}

#[utoipa::path(get, path = "/tokens", tag = "access", params(TokensQuery),
    responses((status = 200, body = Page<wire::Token>)))]
pub(crate) async fn tokens(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<TokensQuery>,
) -> Answer<Json<Page<wire::Token>>> {
    let tokens = if of.everyone {
        tokens::list_all(&server.app, &caller).await?
    } else {
        let user = of.user.as_deref().map(convert::parsed::<UserId>).transpose()?;
        tokens::list(&server.app, &caller, user).await?
    };
    Ok(Json(lists::whole("hven.tokens/1", tokens.into_iter().map(convert::people::token).collect())))
}

#[utoipa::path(post, path = "/tokens", tag = "access", request_body = wire::NewToken,
    responses((status = 201, body = wire::TokenCreated)))]
pub(crate) async fn new_token(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<wire::NewToken>,
) -> Answer<(StatusCode, Json<wire::TokenCreated>)> {
    let user = new.user.as_deref().map(convert::parsed::<UserId>).transpose()?;
    let (token, secret) = tokens::issue(&server.app, &caller, new.name, user, new.days).await?;
    Ok((StatusCode::CREATED, Json(wire::TokenCreated { token: convert::people::token(token), secret })))
}

#[utoipa::path(delete, path = "/tokens/{token}", tag = "access", params(("token" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn revoke_token(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(token): Path<String>,
    Key(key): Key,
) -> Answer<StatusCode> {
    tokens::revoke(&server.app, &caller, convert::parsed::<TokenId>(&token)?, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
