//! Queries for many keys at once: `WHERE id IN (…)`.
//!
//! A query needs the same number of statements for ten keys and for a thousand. The number of placeholders is rounded up,
//! so that a connection keeps few prepared statements; the last key fills the remaining placeholders.
//!
//! If each key needs its own order and limit, `UNION ALL` joins one query per key to one statement.

use super::{
    connection::Connection,
    error::SqlResult,
    value::{Row, Value},
};

/// The possible numbers of placeholders in a statement.
const SIZES: [usize; 6] = [1, 4, 16, 128, 1_024, 10_000];
/// The maximum number of keys in a statement: SQLite allows 32,766 parameters, PostgreSQL 65,535.
const KEYS_MAX: usize = SIZES[SIZES.len() - 1];
/// The possible numbers of queries in a joined statement. SQLite allows 500.
const JOINED: [usize; 4] = [1, 4, 16, 128];
const JOINED_MAX: usize = JOINED[JOINED.len() - 1];

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

    /// Runs a query for each of the keys, each with its own order and limit, and calls `look` for each row. Up to 128 queries are
    /// one statement. In the text, `{key}` stands for the key, and `?1`, `?2` … for `values`. The rows of one key keep their
    /// order; the rows of different keys can be mixed, so select the key too.
    pub(crate) fn query_each<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        keys: &[Value<'_>],
        mut look: impl FnMut(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Vec<T>> {
        let mut all = Vec::new();
        for chunk in keys.chunks(JOINED_MAX) {
            let size = JOINED.into_iter().find(|size| *size >= chunk.len()).unwrap_or(JOINED_MAX);
            let mut given = values.to_vec();
            given.extend_from_slice(chunk);
            // No row matches NULL, which fills the remaining placeholders.
            given.resize(values.len() + size, Value::Null);
            let one = |place: usize| format!("SELECT * FROM ({}) AS one", sql.replace("{key}", &format!("?{place}")));
            let text: Vec<String> = (values.len() + 1..=values.len() + size).map(one).collect();
            self.each(&text.join(" UNION ALL "), &given, &mut |row| {
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

    #[test]
    fn each_key_has_an_order_and_a_limit_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sql = Database::Sqlite.connect(folder.path(), Purpose::Write).expect("a database");
        sql.run("CREATE TABLE pairs (a BIGINT, b BIGINT)").expect("a table");
        for (a, b) in (0..300_i64).flat_map(|a| (0..5_i64).map(move |b| (a, b))) {
            sql.execute("INSERT INTO pairs (a, b) VALUES (?1, ?2)", &[a.into(), b.into()]).expect("a row");
        }
        for count in [0, 1, 2, 5, 17, 128, 129, 300_i64] {
            let keys: Vec<Value<'_>> = (0..count).map(Value::Int).collect();
            let find = "SELECT a, b FROM pairs WHERE a = {key} AND b > ?1 ORDER BY b DESC LIMIT 2";
            let found = sql.query_each(find, &[0_i64.into()], &keys, |row| Ok((row.int(0)?, row.int(1)?)));
            let expected: Vec<(i64, i64)> = (0..count).flat_map(|a| [(a, 4), (a, 3)]).collect();
            assert_eq!(found.expect("an answer"), expected);
        }
    }
}
