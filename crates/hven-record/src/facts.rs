//! The table of facts, from which all views are derived.
//!
//! The facts of a batch have consecutive ids, so the hashed data of the chain determines where a batch starts and ends. That is
//! how an idempotency key returns the whole batch.

use std::{collections::HashMap, sync::LazyLock};

use hven_app::ports::record::FactQuery;
use hven_core::{
    ActorId, Digest, Fact, FactId, Malformed, Time,
    envelope::{Envelope, Header, Payload},
};

use crate::sql::{Connection, Row, SqlError, SqlResult, Value};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS facts (
    seq BIGINT PRIMARY KEY, id BYTES NOT NULL, kind TEXT NOT NULL, version BIGINT NOT NULL, time BIGINT NOT NULL,
    actor BYTES NOT NULL, subject BYTES, key TEXT, salt BYTES, payload BYTES, payload_digest BYTES NOT NULL,
    hash BYTES NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS facts_key ON facts (key, actor) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS facts_subject ON facts (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS facts_kind ON facts (kind, seq);
CREATE TABLE IF NOT EXISTS kinds (kind TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (kind, version));
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
";

const COLUMNS: &str = "seq, id, kind, version, time, actor, subject, key, salt, payload, payload_digest, hash";
const COLUMN_COUNT: usize = 12;

/// How many facts one statement inserts on PostgreSQL, where each statement is a round trip.
const ROWS_PER_STATEMENT: usize = 40;

pub(crate) fn create_tables(sql: &mut Connection) -> SqlResult<()> {
    sql.run(TABLES)
}

/// The sequence number and hash of the last fact.
pub(crate) fn head(sql: &mut Connection) -> SqlResult<(u64, Digest)> {
    let last = sql.first("SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1", &[], |row| {
        Ok((row.uint(0)?, Digest::from_bytes(row.array(1)?)))
    })?;
    Ok(last.unwrap_or((0, Digest::ZERO)))
}

/// Every kind and version that was ever added.
pub(crate) fn kinds(sql: &mut Connection) -> SqlResult<Vec<(String, u16)>> {
    sql.query("SELECT kind, version FROM kinds", &[], |row| Ok((row.text(0)?, row.int(1)? as u16)))
}

pub(crate) fn add_kind(sql: &mut Connection, kind: &str, version: u16) -> SqlResult<()> {
    let values = [kind.into(), Value::Int(version.into())];
    sql.execute("INSERT INTO kinds (kind, version) VALUES (?1, ?2) ON CONFLICT DO NOTHING", &values).map(drop)
}

pub(crate) fn insert(sql: &mut Connection, envelopes: &[Envelope]) -> SqlResult<()> {
    static ONE: LazyLock<String> = LazyLock::new(|| insert_statement(1));
    static MANY: LazyLock<String> = LazyLock::new(|| insert_statement(ROWS_PER_STATEMENT));
    let mut rest = envelopes;
    if !sql.is_sqlite() {
        let (chunks, few) = envelopes.as_chunks::<ROWS_PER_STATEMENT>();
        chunks.iter().try_for_each(|chunk| insert_rows(sql, &MANY, chunk))?;
        rest = few;
    }
    rest.iter().try_for_each(|envelope| insert_rows(sql, &ONE, std::slice::from_ref(envelope)))
}

fn insert_statement(rows: usize) -> String {
    let row = |i: usize| {
        let places: Vec<String> = (1..=COLUMN_COUNT).map(|c| format!("?{}", i * COLUMN_COUNT + c)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO facts ({COLUMNS}) VALUES {}", rows.join(", "))
}

fn insert_rows(sql: &mut Connection, statement: &str, envelopes: &[Envelope]) -> SqlResult<()> {
    let fixed =
        |e: &Envelope| (e.header.id.to_bytes(), e.header.actor.to_bytes(), e.header.subject.map(u128::to_be_bytes));
    let fixed: Vec<_> = envelopes.iter().map(fixed).collect();
    let mut values = Vec::with_capacity(envelopes.len() * COLUMN_COUNT);
    for (Envelope { header, payload, payload_digest, hash }, (id, actor, subject)) in envelopes.iter().zip(&fixed) {
        values.extend([
            header.seq.into(),
            id.into(),
            (&header.kind).into(),
            Value::Int(header.version.into()),
            header.time.micros().into(),
            actor.into(),
            subject.as_ref().into(),
            header.key.as_ref().into(),
            payload.as_ref().map(|p| &p.salt).into(),
            payload.as_ref().map(|p| p.bytes.as_slice()).into(),
            payload_digest.as_bytes().into(),
            hash.as_bytes().into(),
        ]);
    }
    sql.execute(statement, &values).map(drop)
}

fn envelope(row: &Row<'_>) -> SqlResult<Envelope> {
    let payload = match (row.array_or_null(8)?, row.bytes_or_null(9)?) {
        (Some(salt), Some(bytes)) => Some(Payload { salt, bytes }),
        (None, None) => None,
        _ => return Err(SqlError::Row("it has only one of salt and payload".to_owned())),
    };
    let version = u16::try_from(row.int(3)?).map_err(|_| SqlError::Row("its version is not a 16-bit number".into()))?;
    Ok(Envelope {
        header: Header {
            seq: row.uint(0)?,
            id: FactId::from_bytes(row.array(1)?),
            kind: row.text(2)?,
            version,
            time: Time::from_micros(row.int(4)?),
            actor: ActorId::from_bytes(row.array(5)?),
            subject: row.array_or_null(6)?.map(u128::from_be_bytes),
            key: row.text_or_null(7)?,
        },
        payload,
        payload_digest: Digest::from_bytes(row.array(10)?),
        hash: Digest::from_bytes(row.array(11)?),
    })
}

pub(crate) fn one(sql: &mut Connection, seq: u64) -> SqlResult<Option<Envelope>> {
    sql.first(&format!("SELECT {COLUMNS} FROM facts WHERE seq = ?1"), &[seq.into()], envelope)
}

/// The facts with these numbers.
pub(crate) fn many(sql: &mut Connection, seqs: &[u64]) -> SqlResult<HashMap<u64, Envelope>> {
    let keys: Vec<Value<'_>> = seqs.iter().map(|seq| (*seq).into()).collect();
    let find = format!("SELECT {COLUMNS} FROM facts WHERE seq IN ({{keys}})");
    let found = sql.query_in(&find, &[], &keys, envelope)?;
    Ok(found.into_iter().map(|envelope| (envelope.header.seq, envelope)).collect())
}

/// Every fact about these subjects, in order.
pub(crate) fn about_each(sql: &mut Connection, subjects: &[u128]) -> SqlResult<Vec<Envelope>> {
    let subjects: Vec<[u8; 16]> = subjects.iter().map(|subject| subject.to_be_bytes()).collect();
    let keys: Vec<Value<'_>> = subjects.iter().map(Value::from).collect();
    let find = format!("SELECT {COLUMNS} FROM facts WHERE subject IN ({{keys}}) ORDER BY seq");
    sql.query_in(&find, &[], &keys, envelope)
}

/// The results of `tell` for the facts whose numbers the statement `find` selects, in its order. Erased and unreadable facts
/// are skipped.
pub(crate) fn load_mapped<T>(
    sql: &mut Connection,
    find: &str,
    values: &[Value<'_>],
    tell: impl Fn(Fact, Time, ActorId) -> Option<T>,
) -> SqlResult<Vec<T>> {
    let seqs = sql.query(find, values, |row| row.uint(0))?;
    let mut facts = many(sql, &seqs)?;
    let mut found = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let Some(envelope) = facts.remove(&seq) else { continue };
        let Some(fact) = envelope.readable_fact()? else { continue };
        found.extend(tell(fact, envelope.header.time, envelope.header.actor));
    }
    Ok(found)
}

/// At most `limit` facts after `after`, in order.
pub(crate) fn after(sql: &mut Connection, after: u64, limit: usize) -> SqlResult<Vec<Envelope>> {
    let statement = format!("SELECT {COLUMNS} FROM facts WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    sql.query(&statement, &[after.into(), Value::Int(limit as i64)], envelope)
}

pub(crate) fn matching(sql: &mut Connection, query: &FactQuery) -> SqlResult<Vec<Envelope>> {
    let subject = query.subject.map(u128::to_be_bytes);
    let mut values: Vec<Value<'_>> = vec![query.after.into(), Value::Int(query.limit as i64)];
    let mut conditions = vec!["seq > ?1".to_owned()];
    let mut also = |text: &str, value| {
        values.push(value);
        conditions.push(format!("{text} ?{}", values.len()));
    };
    if let Some(before) = query.before {
        also("seq <", before.into());
    }
    if let Some(kind) = &query.kind {
        also("kind =", kind.into());
    }
    if let Some(subject) = &subject {
        also("subject =", subject.into());
    }
    let order = if query.newest_first { "DESC" } else { "ASC" };
    let conditions = conditions.join(" AND ");
    let statement = format!("SELECT {COLUMNS} FROM facts WHERE {conditions} ORDER BY seq {order} LIMIT ?2");
    sql.query(&statement, &values, envelope)
}

/// Every fact of a kind, in order.
pub(crate) fn of_kind(sql: &mut Connection, kind: &str) -> SqlResult<Vec<Envelope>> {
    sql.query(&format!("SELECT {COLUMNS} FROM facts WHERE kind = ?1 ORDER BY seq"), &[kind.into()], envelope)
}

/// Every fact about a subject, in order.
pub(crate) fn about(sql: &mut Connection, subject: u128) -> SqlResult<Vec<Envelope>> {
    let subject = subject.to_be_bytes();
    let statement = format!("SELECT {COLUMNS} FROM facts WHERE subject = ?1 ORDER BY seq");
    sql.query(&statement, &[(&subject).into()], envelope)
}

/// The facts of the batch with this key and actor.
pub(crate) fn batch_with_key(sql: &mut Connection, actor: ActorId, key: &str) -> SqlResult<Vec<Envelope>> {
    let actor = actor.to_bytes();
    let find = "SELECT seq FROM facts WHERE key = ?1 AND actor = ?2";
    let Some(first_seq) = sql.first(find, &[key.into(), (&actor).into()], |row| row.uint(0))? else {
        return Ok(Vec::new());
    };
    let mut batch: Vec<Envelope> = Vec::new();
    loop {
        let last_seq = batch.last().map_or(first_seq - 1, |e| e.header.seq);
        let next = after(sql, last_seq, 32)?;
        let read = next.len();
        for envelope in next {
            let wanted = batch.first().map(|first| first.header.id.as_u128() + batch.len() as u128);
            if wanted.is_some_and(|id| envelope.header.id.as_u128() != id) {
                return Ok(batch);
            }
            batch.push(envelope);
        }
        if read < 32 {
            return Ok(batch);
        }
    }
}

pub(crate) fn erase_payload(sql: &mut Connection, seq: u64) -> SqlResult<u64> {
    sql.execute("UPDATE facts SET salt = NULL, payload = NULL WHERE seq = ?1", &[seq.into()])
}

pub(crate) fn meta(sql: &mut Connection, name: &str) -> SqlResult<Option<String>> {
    sql.first("SELECT value FROM meta WHERE name = ?1", &[name.into()], |row| row.text(0))
}

pub(crate) fn set_meta(sql: &mut Connection, name: &str, value: &str) -> SqlResult<()> {
    let statement =
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    sql.execute(statement, &[name.into(), value.into()]).map(drop)
}

/// Serialises an envelope for the journal and for backups. Everything is little-endian or length-prefixed.
pub(crate) fn write_envelope(envelope: &Envelope, out: &mut Vec<u8>) {
    let header = envelope.header.to_bytes();
    out.extend_from_slice(&(header.len() as u32).to_le_bytes());
    out.extend_from_slice(&header);
    match &envelope.payload {
        None => out.push(0),
        Some(payload) => {
            out.push(1);
            out.extend_from_slice(&payload.salt);
            out.extend_from_slice(&(payload.bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(&payload.bytes);
        }
    }
    out.extend_from_slice(envelope.payload_digest.as_bytes());
    out.extend_from_slice(envelope.hash.as_bytes());
}

/// Serialises the facts of a batch for one frame of the journal.
pub(crate) fn write_batch(envelopes: &[Envelope], out: &mut Vec<u8>) {
    out.extend_from_slice(&(envelopes.len() as u32).to_le_bytes());
    for envelope in envelopes {
        write_envelope(envelope, out);
    }
}

/// Reads from the front of a slice.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(front)
    }
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
    pub(crate) fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        self.take(length)
    }
    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.sized()?.to_vec()).ok()
    }
}

/// Parses the output of [`write_batch`].
pub(crate) fn read_batch(bytes: &mut Reader<'_>) -> Result<Vec<Envelope>, Malformed> {
    let count = bytes.u32().ok_or(UNREADABLE)?;
    (0..count).map(|_| read_envelope(bytes)).collect()
}

const UNREADABLE: Malformed = Malformed::Stream { stream: "facts", offset: 0, why: "a fact's envelope cannot be read" };

/// Parses the output of [`write_envelope`].
pub(crate) fn read_envelope(bytes: &mut Reader<'_>) -> Result<Envelope, Malformed> {
    read(bytes).ok_or(UNREADABLE)
}

fn read(bytes: &mut Reader<'_>) -> Option<Envelope> {
    let mut head = Reader(bytes.sized()?);
    let header = Header {
        seq: head.u64()?,
        id: FactId::from_bytes(head.array()?),
        kind: head.text()?,
        version: head.array().map(u16::from_le_bytes)?,
        time: Time::from_micros(head.array().map(i64::from_le_bytes)?),
        actor: ActorId::from_bytes(head.array()?),
        subject: if head.u8()? == 1 { Some(u128::from_be_bytes(head.array()?)) } else { None },
        key: if head.u8()? == 1 { Some(head.text()?) } else { None },
    };
    let payload =
        if bytes.u8()? == 1 { Some(Payload { salt: bytes.array()?, bytes: bytes.sized()?.to_vec() }) } else { None };
    Some(Envelope {
        header,
        payload,
        payload_digest: Digest::from_bytes(bytes.array()?),
        hash: Digest::from_bytes(bytes.array()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_round_trip_as_bytes() {
        for (subject, key, erased) in
            [(None, None, false), (Some(7), Some("k".to_owned()), false), (Some(1), None, true)]
        {
            let header = Header {
                seq: 3,
                id: FactId::from_u128(9),
                kind: "run.started".to_owned(),
                version: 1,
                time: Time::from_micros(-5),
                actor: ActorId::SYSTEM,
                subject,
                key,
            };
            let mut envelope = Envelope::seal(&Digest::ZERO, header, Payload { salt: [4; 16], bytes: b"{}".to_vec() });
            if erased {
                envelope.payload = None;
            }
            let mut bytes = Vec::new();
            write_envelope(&envelope, &mut bytes);
            assert_eq!(read_envelope(&mut Reader(&bytes)), Ok(envelope));
            assert!(read_envelope(&mut Reader(&bytes[..bytes.len() - 1])).is_err());
        }
    }
}
