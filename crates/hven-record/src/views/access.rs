//! Roles, access tokens and browser sessions. A role, token or session whose fact was erased gives no access.

use hven_app::ports::views::TokenView;
use hven_core::{
    Digest, Fact, Time, TokenId, UserId,
    access::{Grant, Role, Scope},
    fact::kind,
};

use super::{Changes, Seen, Table, View, kinds, read_back};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, Row, SqlError, SqlResult, Value,
};

pub(crate) struct Access;

/// The name of a session in the list of tokens.
const SESSION_NAME: &str = "browser session";

const TABLES: &[Table] = &[
    Table {
        name: "roles",
        // The scope is the path of a project, or empty for the whole home.
        columns: &[("user_id", Bytes), ("scope", Text), ("role", Text), ("may_run_as_server", Int), ("seq", Int)],
        definition: "PRIMARY KEY (user_id, scope)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    Table {
        name: "tokens",
        columns: &[
            ("id", Bytes),
            ("user_id", Bytes),
            ("name", Text),
            ("digest", Bytes),
            ("issued", Int),
            ("expires", Int),
            ("revoked", Int),
            // For a session: the token that opened it.
            ("opened_by", Bytes),
            ("seq", Int),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &["tokens_digest ON tokens (digest)", "tokens_opened_by ON tokens (opened_by)"],
        key_columns: 1,
    },
];

impl View for Access {
    fn name(&self) -> &'static str {
        "access"
    }
    fn version(&self) -> u32 {
        3
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RoleGranted, RoleRevoked, TokenIssued, TokenRevoked, SessionOpened, SessionEnded]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match seen.fact {
            Some(Fact::RoleGranted(granted)) => changes.sql.execute(
                "INSERT INTO roles (user_id, scope, role, may_run_as_server, seq) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (user_id, scope) DO UPDATE SET role = excluded.role, \
                 may_run_as_server = excluded.may_run_as_server, seq = excluded.seq",
                &[
                    (&granted.user.to_bytes()).into(),
                    scope_text(&granted.project).into(),
                    granted.role.as_str().into(),
                    i64::from(granted.may_run_as_server).into(),
                    seen.seq().into(),
                ],
            )?,
            Some(Fact::RoleRevoked(revoked)) => changes.sql.execute(
                "DELETE FROM roles WHERE user_id = ?1 AND scope = ?2",
                &[(&revoked.user.to_bytes()).into(), scope_text(&revoked.project).into()],
            )?,
            Some(Fact::TokenIssued(issued)) => changes.sql.execute(
                "INSERT INTO tokens (id, user_id, name, digest, issued, expires, seq) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
                &[
                    (&issued.token.to_bytes()).into(),
                    (&issued.user.to_bytes()).into(),
                    (&issued.name).into(),
                    issued.digest.as_bytes().into(),
                    seen.header.time.micros().into(),
                    issued.expires.map(Time::micros).into(),
                    seen.seq().into(),
                ],
            )?,
            Some(Fact::SessionOpened(opened)) => changes.sql.execute(
                "INSERT INTO tokens (id, user_id, name, digest, issued, expires, opened_by, seq) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
                &[
                    (&opened.session.to_bytes()).into(),
                    (&opened.user.to_bytes()).into(),
                    SESSION_NAME.into(),
                    opened.digest.as_bytes().into(),
                    seen.header.time.micros().into(),
                    Some(opened.expires.micros()).into(),
                    (&opened.opened_by.to_bytes()).into(),
                    seen.seq().into(),
                ],
            )?,
            _ if matches!(seen.header.kind.as_str(), kind::TokenRevoked | kind::SessionEnded) => {
                // The header contains the token's id, so an erased revocation still revokes. The revocation of a token also ends
                // the sessions that it opened.
                let Some(id) = seen.header.subject.map(u128::to_be_bytes) else { return Ok(()) };
                changes.sql.execute(
                    "UPDATE tokens SET revoked = ?1 WHERE (id = ?2 OR opened_by = ?2) AND revoked IS NULL",
                    &[seen.header.time.micros().into(), (&id).into()],
                )?
            }
            _ if matches!(seen.header.kind.as_str(), kind::RoleGranted | kind::RoleRevoked) => {
                // The scope is erased. Remove all roles of the user, because one of them may be a role that this fact revoked or
                // reduced. `hven_core::access::home_owners` uses the same rule.
                let Some(user) = seen.header.subject.map(u128::to_be_bytes) else { return Ok(()) };
                changes.sql.execute("DELETE FROM roles WHERE user_id = ?1", &[(&user).into()])?
            }
            _ => 0,
        };
        Ok(())
    }
}

fn scope_text(scope: &Scope) -> &str {
    match scope {
        Scope::Home => "",
        Scope::Project(path) => path.as_str(),
    }
}

fn scope(text: &str) -> SqlResult<Scope> {
    if text.is_empty() { Ok(Scope::Home) } else { read_back::project(text).map(Scope::Project) }
}

fn role(text: &str) -> SqlResult<Role> {
    Role::parse(text).ok_or_else(|| SqlError::Row(format!("{text:?} is not a role")))
}

/// The first three columns of a row are the scope, the role, and whether commands may run as the server's user.
fn grant(row: &Row<'_>) -> SqlResult<Grant> {
    Ok(Grant { scope: scope(&row.text(0)?)?, role: role(&row.text(1)?)?, may_run_as_server: row.int(2)? != 0 })
}

pub(crate) fn roles(sql: &mut Connection, user: UserId) -> SqlResult<Vec<Grant>> {
    let find = "SELECT scope, role, may_run_as_server FROM roles WHERE user_id = ?1 ORDER BY scope";
    sql.query(find, &[(&user.to_bytes()).into()], grant)
}

/// The roles of all users, in the order of scopes.
pub(crate) fn all_roles(sql: &mut Connection) -> SqlResult<Vec<(UserId, Grant)>> {
    let find = "SELECT scope, role, may_run_as_server, user_id FROM roles ORDER BY scope, user_id";
    sql.query(find, &[], |row| Ok((UserId::from_bytes(row.array(3)?), grant(row)?)))
}

pub(crate) fn members(sql: &mut Connection, of: &Scope) -> SqlResult<Vec<(UserId, Grant)>> {
    let find = "SELECT scope, role, may_run_as_server, user_id FROM roles WHERE scope = ?1 ORDER BY seq";
    sql.query(find, &[scope_text(of).into()], |row| Ok((UserId::from_bytes(row.array(3)?), grant(row)?)))
}

fn tokens_where(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<TokenView>> {
    let find = format!(
        "SELECT id, user_id, name, issued, expires, revoked, opened_by FROM tokens t WHERE {condition} ORDER BY seq"
    );
    sql.query(&find, values, |row| {
        Ok(TokenView {
            id: TokenId::from_bytes(row.array(0)?),
            user: UserId::from_bytes(row.array(1)?),
            name: row.text(2)?,
            issued: Time::from_micros(row.int(3)?),
            expires: row.int_or_null(4)?.map(Time::from_micros),
            revoked: row.int_or_null(5)?.map(Time::from_micros),
            opened_by: row.array_or_null(6)?.map(TokenId::from_bytes),
        })
    })
}

pub(crate) fn tokens(sql: &mut Connection, user: UserId) -> SqlResult<Vec<TokenView>> {
    tokens_where(sql, "user_id = ?1", &[(&user.to_bytes()).into()])
}

/// The tokens of all users, in the order of issue.
pub(crate) fn all_tokens(sql: &mut Connection) -> SqlResult<Vec<TokenView>> {
    tokens_where(sql, "1 = 1", &[])
}

pub(crate) fn token_by_digest(sql: &mut Connection, digest: Digest) -> SqlResult<Option<TokenView>> {
    // The fact of the token that opened a session may have been erased: then the session gives no access.
    let condition = "digest = ?1 AND (opened_by IS NULL OR EXISTS \
                     (SELECT 1 FROM tokens o WHERE o.id = t.opened_by AND o.revoked IS NULL))";
    Ok(tokens_where(sql, condition, &[digest.as_bytes().into()])?.into_iter().next())
}
