//! People, roles and tokens on the wire.

use serde::{Deserialize, Serialize};

/// `GET /me`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub schema: String,
    /// `user` or `run` (the token of an attempt).
    pub kind: String,
    pub id: String,
    pub name: Option<String>,
    pub roles: Vec<Grant>,
}

/// A role and where it is valid; `project` is `null` for the whole home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    pub project: Option<String>,
    /// `viewer`, `member` or `owner`.
    pub role: String,
    /// Commands may run as the Unix user of the server. An owner of the home always may.
    #[serde(default)]
    pub may_run_as_server: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub added: String,
}

/// `POST /users`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewUser {
    pub name: String,
    #[serde(default)]
    pub email: Option<String>,
}

/// The answer to `DELETE /users/{user}`: the roles, tokens and sessions that the user lost. The user stays in the record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserRemoved {
    pub schema: String,
    pub user: String,
    pub roles: u64,
    pub tokens: u64,
    /// Browser sessions.
    pub sessions: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    pub path: String,
    pub added: String,
    pub runs: u64,
}

/// `POST /projects`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewProject {
    pub path: String,
}

/// An item of `GET /members?project=` or `GET /members?everywhere=true`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    pub user: User,
    pub project: Option<String>,
    pub role: String,
    /// Commands may run as the Unix user of the server. An owner of the home always may.
    #[serde(default)]
    pub may_run_as_server: bool,
}

/// `PUT /members`: gives a role and replaces any other role there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetMember {
    pub user: String,
    /// `null`: the whole home.
    #[serde(default)]
    pub project: Option<String>,
    pub role: String,
    /// Whether commands may run as the Unix user of the server; unchanged by default. Only an owner of the home may allow it:
    /// such commands can read and change everything that this Unix user can, including the home's key.
    #[serde(default)]
    pub may_run_as_server: Option<bool>,
}

/// `DELETE /members`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoveMember {
    pub user: String,
    #[serde(default)]
    pub project: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    pub id: String,
    pub name: String,
    pub user: String,
    pub issued: String,
    pub expires: Option<String>,
    pub revoked: Option<String>,
    /// It is a browser session, opened by a login link.
    #[serde(default)]
    pub session: bool,
}

/// `POST /tokens`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    pub name: String,
    /// The user of the token; by default yourself. Only an owner of the home may name another user.
    #[serde(default)]
    pub user: Option<String>,
    /// Days until it expires, from 1 to 36,500; by default it never expires.
    #[serde(default)]
    pub days: Option<u32>,
}

/// The answer to `POST /tokens`. The secret is shown only here.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenCreated {
    pub token: Token,
    pub secret: String,
}

/// The answer to `POST /auth/links`: the link opens a browser session once, within ten minutes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginLink {
    pub url: String,
    pub expires: String,
}

/// `POST /auth/links`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewLoginLink {
    /// The page to open, such as `/r/7Q2M`.
    #[serde(default)]
    pub next: Option<String>,
}
