//! Verification: every link of the chain, the database's own structure, and the bytes of objects.

use std::{collections::HashSet, sync::Arc};

use hven_app::ports::{
    StoreResult,
    record::{Unreadable, Verification},
};
use hven_core::{Digest, Malformed};

use crate::{
    facts,
    home::{Home, Inner},
    sql::{Connection, SqlError},
    views,
};

const FACTS_AT_ONCE: usize = 1000;
/// How many facts that cannot be read are named.
const UNREADABLE_LISTED: usize = 100;

pub(crate) async fn verify(home: &Home, objects: bool) -> StoreResult<Verification> {
    let inner = Arc::clone(&home.inner);
    let mut verification = home.inner.readers.read(|sql| Ok(verify_chain(sql))).await?;
    if objects {
        let lists = home.inner.readers.read(|sql| Ok((views::referenced(sql)?, views::required_objects(sql)?))).await?;
        let outcome = tokio::task::spawn_blocking(move || verify_objects(&inner, &lists.0, &lists.1)).await;
        let (checked, damaged) = outcome.map_err(|_| hven_app::ports::StoreError::Closed)?;
        verification.objects_checked = checked;
        verification.objects_damaged = damaged;
    }
    Ok(verification)
}

/// Walks the chain from its beginning. What cannot even be read is broken where reading stopped.
pub(crate) fn verify_chain(sql: &mut Connection) -> Verification {
    let mut found = Verification {
        facts: 0,
        erased: 0,
        head: Digest::ZERO,
        broken: None,
        objects_checked: 0,
        objects_damaged: Vec::new(),
        unreadable: Vec::new(),
        unreadable_total: 0,
    };
    loop {
        match next(sql, &mut found) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                found.broken = Some((found.facts + 1, format!("it cannot be read: {e}")));
                return found;
            }
        }
        if found.broken.is_some() {
            return found;
        }
    }
    found.broken = beyond_the_chain(sql, found.facts);
    found
}

/// Verifies the next facts; whether there were any.
fn next(sql: &mut Connection, found: &mut Verification) -> Result<bool, SqlError> {
    let envelopes = match facts::after(sql, found.facts, FACTS_AT_ONCE) {
        Ok(envelopes) => envelopes,
        // One by one up to the one that cannot be read.
        Err(_) => facts::after(sql, found.facts, 1)?,
    };
    for envelope in &envelopes {
        let seq = found.facts + 1;
        if let Err(e) = envelope.verify(&found.head, found.facts) {
            found.broken = Some((seq, e.to_string()));
            return Ok(true);
        }
        match envelope.fact() {
            Ok(None) => found.erased += 1,
            Ok(Some(fact)) if fact.subject() != envelope.header.subject => {
                found.broken = Some((seq, "its header names another subject than its payload".to_owned()));
                return Ok(true);
            }
            Ok(Some(_)) => {}
            // The chain holds it as it was written, and it says nothing.
            Err(Malformed::Payload { why, .. }) => {
                found.unreadable_total += 1;
                if found.unreadable.len() < UNREADABLE_LISTED {
                    let kind = envelope.header.kind.clone();
                    found.unreadable.push(Unreadable { seq, kind, why });
                }
            }
            Err(e) => {
                found.broken = Some((seq, e.to_string()));
                return Ok(true);
            }
        }
        found.facts = seq;
        found.head = envelope.hash;
    }
    Ok(!envelopes.is_empty())
}

/// What the chain does not cover: the database's own structure. SQLite names the row that an index lacks.
fn beyond_the_chain(sql: &mut Connection, facts: u64) -> Option<(u64, String)> {
    let Connection::Sqlite(sqlite) = sql else { return None };
    let line = match sqlite.check_integrity() {
        Ok(lines) => lines.into_iter().next()?,
        Err(e) => e.to_string(),
    };
    let row = line.strip_prefix("row ").and_then(|rest| rest.split(' ').next()).and_then(|n| n.parse().ok());
    let seq = row.filter(|_| line.contains("index facts_")).unwrap_or(facts);
    Some((seq, format!("the database is damaged at or before it: {line}")))
}

/// Outputs and parts must be there. Inputs and code may be known by their digests alone, when they were too large to
/// keep; but what is there of them must be whole.
fn verify_objects(
    inner: &Inner,
    referenced: &[(Digest, bool)],
    required: &HashSet<Digest>,
) -> (u64, Vec<(Digest, String)>) {
    let mut checked = 0;
    let mut damaged = Vec::new();
    for (digest, _) in referenced {
        match inner.objects.verify(digest) {
            Ok(true) => checked += 1,
            Ok(false) if required.contains(digest) => damaged.push((*digest, "it is missing".to_owned())),
            Ok(false) => {}
            Err(why) => damaged.push((*digest, why)),
        }
    }
    (checked, damaged)
}
