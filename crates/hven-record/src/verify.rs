//! Verification: every link of the chain, the structure of the database, and the bytes of objects.
//!
//! The facts that are read for the chain, and the listings of folders, determine which objects must exist. The views are not
//! used for this.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use hven_app::ports::{
    StoreError, StoreResult,
    record::{DamagedObject, ObjectsVerified, ReadSoFar, Unreadable, Verification},
};
use hven_core::{
    Digest, Malformed,
    references::{Reachable, References},
};
use tokio::task::spawn_blocking;

use crate::{
    facts,
    home::{Home, Inner},
    objects::{ObjectState, ObjectStore},
    sql::{Connection, SqlError},
};

const FACTS_AT_ONCE: usize = 1000;
/// How many unreadable facts are named.
const UNREADABLE_LISTED: usize = 100;

pub(crate) async fn verify(home: &Home, objects: bool) -> StoreResult<Verification> {
    let (mut found, references) = walk(home).await?;
    if !objects {
        return Ok(found);
    }
    found.objects = verify_objects(home, references).await?;
    // Facts that were added meanwhile may have erased or replaced the missing objects.
    if !found.objects.damaged.is_empty() && home.head().seq > found.facts && found.broken.is_none() {
        let (again, references) = walk(home).await?;
        let suspects: HashSet<Digest> = found.objects.damaged.iter().map(|object| object.digest).collect();
        let inner = Arc::clone(&home.inner);
        let still = spawn_blocking(move || {
            let mut reachable = follow(references, &inner.objects);
            reachable.objects.retain(|digest, _| suspects.contains(digest));
            look_at_all(&inner, &reachable)
        });
        found.objects.damaged = still.await.map_err(|_| StoreError::Closed)?.damaged;
        found = Verification { objects: found.objects, ..again };
    }
    Ok(found)
}

async fn walk(home: &Home) -> StoreResult<(Verification, References)> {
    home.inner
        .readers
        .read(|sql| {
            let mut references = References::default();
            Ok((verify_chain(sql, &mut references), references))
        })
        .await
}

async fn verify_objects(home: &Home, references: References) -> StoreResult<ObjectsVerified> {
    let inner = Arc::clone(&home.inner);
    let found = spawn_blocking(move || {
        let _said = ProgressGuard(&inner);
        look_at_all(&inner, &follow(references, &inner.objects))
    });
    found.await.map_err(|_| StoreError::Closed)
}

/// Clears the progress when dropped.
struct ProgressGuard<'a>(&'a Inner);

impl Drop for ProgressGuard<'_> {
    fn drop(&mut self) {
        *self.0.verifying.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The references of all facts, without checking the chain.
pub(crate) fn references(sql: &mut Connection) -> Result<References, SqlError> {
    let mut references = References::default();
    let mut done = 0;
    loop {
        let envelopes = facts::after(sql, done, FACTS_AT_ONCE)?;
        let Some(last) = envelopes.last() else { return Ok(references) };
        done = last.header.seq;
        // Unreadable facts have no references.
        let readable = envelopes.iter().filter_map(|envelope| envelope.fact().ok().flatten());
        readable.for_each(|fact| references.add_fact(&fact));
    }
}

/// All objects that are reachable from the references of facts.
pub(crate) fn follow(references: References, objects: &ObjectStore) -> Reachable {
    references.follow(&mut |digest, shape| objects.content(digest, shape))
}

/// Reads every reachable object.
fn look_at_all(inner: &Inner, reachable: &Reachable) -> ObjectsVerified {
    let mut found = ObjectsVerified { named: reachable.objects.len() as u64, ..ObjectsVerified::default() };
    let size = |digest: &Digest| std::fs::metadata(inner.objects.path(digest)).map_or(0, |found| found.len());
    let mut so_far = ReadSoFar {
        objects_of: found.named,
        bytes_of: reachable.objects.keys().map(size).sum(),
        ..ReadSoFar::default()
    };
    let mut waiting = None;
    for digest in reachable.objects.keys() {
        let damage = |why| DamagedObject { digest: *digest, why, what: reachable.name(digest) };
        match inner.objects.verify(digest) {
            ObjectState::Whole { size } => {
                found.checked += 1;
                found.bytes += size;
                so_far.bytes += size;
                // The object's bytes are correct, but there are too many to parse it as a listing.
                if let Some(Some(why)) = reachable.unread.get(digest) {
                    found.damaged.push(damage(format!("{why}; it lists files, which are therefore unknown")));
                }
            }
            ObjectState::Damaged(why) if reachable.unread.contains_key(digest) => {
                found.damaged.push(damage(format!("{why}; it lists files, which are therefore unknown")));
            }
            ObjectState::Damaged(why) => found.damaged.push(damage(why)),
            ObjectState::Absent if reachable.is_required(digest) => {
                let waiting = waiting.get_or_insert_with(|| copies_in_spools(&inner.path));
                if waiting.contains_key(digest) {
                    found.waiting += 1;
                } else if reachable.unread.contains_key(digest) {
                    let why = "it is missing; it lists files, which are therefore unknown";
                    found.damaged.push(damage(why.to_owned()));
                } else {
                    found.damaged.push(damage("it is missing".to_owned()));
                }
            }
            ObjectState::Absent => found.absent += 1,
        }
        so_far.objects += 1;
        *inner.verifying.lock().unwrap_or_else(PoisonError::into_inner) = Some(so_far);
    }
    found
}

/// The copies of outputs in the spools of this home's runners, which the runners send to the server when it runs:
/// `spool/<runner>/<attempt>/outputs/<digest>`.
pub(crate) fn copies_in_spools(home: &Path) -> HashMap<Digest, PathBuf> {
    let below = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut copies = HashMap::new();
    for attempt in below(&home.join("spool")).iter().flat_map(|runner| below(runner)) {
        for copy in below(&attempt.join("outputs")) {
            // Other files are incomplete copies.
            if let Some(digest) = copy.file_name().and_then(|name| name.to_str()?.parse().ok()) {
                copies.insert(digest, copy);
            }
        }
    }
    copies
}

/// Verifies the chain from its start and collects the references of facts. A fact that cannot be read breaks the chain at that
/// place.
pub(crate) fn verify_chain(sql: &mut Connection, references: &mut References) -> Verification {
    let mut found = Verification {
        facts: 0,
        erased: 0,
        head: Digest::ZERO,
        broken: None,
        unreadable: Vec::new(),
        unreadable_total: 0,
        objects: ObjectsVerified::default(),
    };
    loop {
        match next(sql, &mut found, references) {
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

/// Verifies the next facts; returns whether there were any.
fn next(sql: &mut Connection, found: &mut Verification, references: &mut References) -> Result<bool, SqlError> {
    let envelopes = match facts::after(sql, found.facts, FACTS_AT_ONCE) {
        Ok(envelopes) => envelopes,
        // Read one at a time up to the fact that cannot be read.
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
            Ok(Some(fact)) if fact.subject_bits() != envelope.header.subject => {
                found.broken = Some((seq, "its header names another subject than its payload".to_owned()));
                return Ok(true);
            }
            Ok(Some(fact)) => references.add_fact(&fact),
            // The chain contains the payload as it was written, but it cannot be parsed.
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

/// Checks the structure of the database, which the chain does not cover. SQLite names the row that an index lacks.
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
