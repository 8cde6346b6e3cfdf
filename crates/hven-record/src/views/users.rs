//! Users: accounts with a name, which is removed when it was erased.

use hven_app::ports::views::UserView;
use hven_core::{Fact, Time, UserId};

use super::{Changes, Seen, Table, View, kinds};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, Row, SqlResult, Value, keys,
};

pub(crate) struct Users;

const TABLES: &[Table] = &[Table {
    name: "users",
    columns: &[("id", Bytes), ("seq", Int), ("name", Text), ("email", Text), ("added", Int)],
    definition: "PRIMARY KEY (id)) {by key}",
    indexes: &[],
    key_columns: 1,
}];

impl View for Users {
    fn name(&self) -> &'static str {
        "users"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![UserAdded]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(id) = seen.header.subject.map(u128::to_be_bytes) else { return Ok(()) };
        let added = match seen.fact {
            Some(Fact::UserAdded(added)) => Some(added),
            _ => None,
        };
        changes
            .sql
            .execute(
                "INSERT INTO users (id, seq, name, email, added) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email",
                &[
                    (&id).into(),
                    seen.seq().into(),
                    added.map(|a| &a.name).into(),
                    added.and_then(|a| a.email.as_ref()).into(),
                    seen.header.time.micros().into(),
                ],
            )
            .map(drop)
    }
}

const COLUMNS: &str = "id, name, email, added";

fn user(row: &Row<'_>) -> SqlResult<UserView> {
    Ok(UserView {
        id: UserId::from_bytes(row.array(0)?),
        name: row.text_or_null(1)?,
        email: row.text_or_null(2)?,
        added: Time::from_micros(row.int(3)?),
    })
}

/// All users, or the user with this id, in the order in which they were added.
pub(crate) fn load(sql: &mut Connection, id: Option<UserId>) -> SqlResult<Vec<UserView>> {
    let id = id.map(UserId::to_bytes);
    let values: Vec<Value<'_>> = id.iter().map(Value::from).collect();
    let condition = if id.is_some() { "WHERE id = ?1" } else { "" };
    sql.query(&format!("SELECT {COLUMNS} FROM users {condition} ORDER BY seq"), &values, user)
}

/// The users with these ids, in the order in which they were added.
pub(crate) fn many(sql: &mut Connection, users: &[UserId]) -> SqlResult<Vec<UserView>> {
    let ids: Vec<[u8; 16]> = users.iter().map(|user| user.to_bytes()).collect();
    let find = format!("SELECT {COLUMNS} FROM users WHERE id IN ({{keys}}) ORDER BY seq");
    sql.query_in(&find, &[], &keys(&ids), user)
}
