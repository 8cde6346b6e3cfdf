//! The PostgreSQL driver: it uses a schema of its own in a database, and an advisory lock allows only one appender.
//!
//! A commit of PostgreSQL is durable, so facts do not pass through the journal.

use std::{
    collections::HashMap,
    thread,
    time::{Duration, Instant},
};

use postgres::{
    Client, NoTls, Statement,
    fallible_iterator::FallibleIterator,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use super::{Purpose, Row, SqlError, SqlResult, Value};

pub(crate) struct Postgres {
    client: Client,
    statements: HashMap<String, Statement>,
}

/// The advisory lock that the appender of a schema holds while its connection lives.
const APPENDER_LOCK: i32 = 0x4876_656e;
/// When a process ends, PostgreSQL releases its lock only after it has noticed the end of the connection.
const LOCK_FREE_WITHIN: Duration = Duration::from_secs(2);
const LOCK_AGAIN_AFTER: Duration = Duration::from_millis(50);

pub(super) fn open(url: &str, schema: &str, purpose: Purpose) -> SqlResult<Postgres> {
    if !schema.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') || schema.is_empty() {
        return Err(SqlError::Row(format!("{schema:?} is not the name of a schema: it may contain a-z, 0-9 and _")));
    }
    let mut client = Client::connect(url, NoTls)?;
    match purpose {
        Purpose::Write => {
            client.batch_execute(&format!(
                "SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema}"
            ))?;
            let free_by = Instant::now() + LOCK_FREE_WITHIN;
            while !takes_appender_lock(&mut client, schema)? {
                if Instant::now() >= free_by {
                    return Err(SqlError::Row(format!("another server appends to the schema {schema}")));
                }
                thread::sleep(LOCK_AGAIN_AFTER);
            }
        }
        Purpose::Read => client.batch_execute(&format!("SET search_path = {schema}"))?,
        Purpose::Shadow => client.batch_execute(&format!("SET search_path = pg_temp, {schema}"))?,
    }
    Ok(Postgres { client, statements: HashMap::new() })
}

/// Takes the lock of the appender; returns whether the lock was free.
fn takes_appender_lock(client: &mut Client, schema: &str) -> SqlResult<bool> {
    let taken = client.query_one("SELECT pg_try_advisory_lock($1, hashtext($2))", &[&APPENDER_LOCK, &schema])?;
    Ok(taken.try_get(0)?)
}

/// Replaces the neutral names of types by those of PostgreSQL.
pub(super) fn translate(sql: &str) -> String {
    sql.replace("BYTES", "BYTEA")
        .replace("DOUBLE", "DOUBLE PRECISION")
        .replace("TEXT", "TEXT COLLATE \"C\"")
        .replace("{by key}", "")
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(value) => value.to_sql(ty, out),
            Value::Real(value) => value.to_sql(ty, out),
            Value::Text(value) => value.to_sql(ty, out),
            Value::Bytes(value) => value.to_sql(ty, out),
        }
    }
    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::FLOAT8 | Type::TEXT | Type::BYTEA)
    }
    to_sql_checked!();
}

impl Postgres {
    fn statement(&mut self, sql: &str) -> SqlResult<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&sql.replace('?', "$"))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> SqlResult<u64> {
        let statement = self.statement(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        Ok(self.client.execute(&statement, &values)?)
    }

    pub(super) fn each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        look: &mut dyn FnMut(&Row<'_>) -> SqlResult<()>,
    ) -> SqlResult<()> {
        let statement = self.statement(sql)?;
        let values = values.iter().map(|value| value as &dyn ToSql);
        let mut rows = self.client.query_raw(&statement, values)?;
        while let Some(row) = rows.next()? {
            look(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.client.is_closed()
    }

    pub(super) fn run(&mut self, sql: &str) -> SqlResult<()> {
        // Definitions invalidate prepared statements.
        if sql.contains("CREATE") || sql.contains("DROP") {
            self.statements.clear();
        }
        Ok(self.client.batch_execute(sql)?)
    }
}
