//! Queries for many keys at once: `WHERE id IN (…)`.
//!
//! A query needs the same number of statements for ten keys and for a thousand. The number of placeholders is rounded up,
//! so that a connection keeps few prepared statements; the last key fills the remaining placeholders.

use super::{
    connection::Connection,
    error::SqlResult,
    value::{Row, Value},
};

/// The possible numbers of placeholders in a statement.
const SIZES: [usize; 6] = [1, 4, 16, 128, 1_024, 10_000];
/// The maximum number of keys in a statement: SQLite allows 32,766 parameters, PostgreSQL 65,535.
const KEYS_MAX: usize = SIZES[SIZES.len() - 1];

impl Connection {
    /// Runs a query for all the keys and calls `look` for each row. In the text, `{keys}` stands for the list of the keys, and
    /// `?1`, `?2` … for `values`. More than 10,000 keys need several statements: do not use a condition that selects among the
    /// rows of different keys (`LIMIT`, or `MAX` without `GROUP BY`).
    pub(crate) fn query_in<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        keys: &[Value<'_>],
        mut look: impl FnMut(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Vec<T>> {
        let mut all = Vec::new();
        for chunk in keys.chunks(KEYS_MAX) {
            let Some(&last) = chunk.last() else { continue };
            let size = SIZES.into_iter().find(|size| *size >= chunk.len()).unwrap_or(KEYS_MAX);
            let mut given = values.to_vec();
            given.extend_from_slice(chunk);
            given.resize(values.len() + size, last);
            let text = sql.replace("{keys}", &places(values.len() + 1, size));
            self.each(&text, &given, &mut |row| {
                all.push(look(row)?);
                Ok(())
            })?;
        }
        Ok(all)
    }
}

/// Ids and digests as the keys of [`Connection::query_in`].
pub(crate) fn keys<const N: usize>(all: &[[u8; N]]) -> Vec<Value<'_>> {
    all.iter().map(Value::from).collect()
}

/// `?3, ?4, ?5`
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|place| format!("?{place}")).collect();
    places.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Database, Purpose};

    #[test]
    fn every_key_is_asked_for_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sql = Database::Sqlite.connect(folder.path(), Purpose::Write).expect("a database");
        sql.run("CREATE TABLE numbers (n BIGINT PRIMARY KEY)").expect("a table");
        for n in 0..12_000_i64 {
            sql.execute("INSERT INTO numbers (n) VALUES (?1)", &[n.into()]).expect("a row");
        }
        for count in [0, 1, 3, 4, 5, 1_000, 10_000, 11_000_i64] {
            let keys: Vec<Value<'_>> = (0..count).map(Value::Int).collect();
            let find = "SELECT n FROM numbers WHERE n >= ?1 AND n IN ({keys}) ORDER BY n";
            let found = sql.query_in(find, &[0_i64.into()], &keys, |row| row.int(0)).expect("an answer");
            assert_eq!(found, (0..count).collect::<Vec<_>>());
        }
        assert_eq!(places(3, 3), "?3, ?4, ?5");
    }
}
