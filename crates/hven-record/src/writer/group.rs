//! One group: all of it becomes durable together, or nothing.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use hven_app::ports::{
    StoreError, StoreResult,
    record::{Appended, Head, Recorded},
};
use hven_core::{ActorId, envelope::Envelope};

use super::{
    CollectedGroup, Prepared, Reply, Writer, changes,
    numbered::{GroupOptions, NumberedBatch, Revocation},
    same_request,
};
use crate::{
    errors::{io_error, is_full, is_read_only},
    facts,
    journal::{Kind, Written},
    series::{PlannedWrite, write_piece},
    sql::SqlResult,
    views::{self, Seen},
};

/// Up to this many facts are applied before their flush on the same thread, because waking another thread takes longer.
const FLUSHED_HERE_MAX: usize = 1;

/// Pieces with new bytes, and the extents for the answer.
struct PlannedPieces {
    writes: Vec<PlannedWrite>,
    extents: Vec<u64>,
    reply: Reply<Vec<u64>>,
}

impl Writer {
    pub(super) fn group(&mut self, collected: CollectedGroup) {
        self.callers = collected.callers();
        let may_use_reserve = collected.may_use_reserve;
        // A large group takes long, and readers of earlier facts must not wait for it. On a full disk, nothing is acknowledged
        // that readers might not be able to see later.
        let is_small = self.open.has_room(collected.facts, collected.bytes);
        let waits = self.facts_in_journal && is_small && !self.shared.reserve.is_low();
        let ready = match &self.broken {
            Some(why) => Err(StoreError::Database(format!("the record stopped writing: {why}; restart Hven"))),
            None => self
                .retry_revocation()
                .and_then(|()| if !waits || self.open.is_behind() { self.show() } else { Ok(()) }),
        };
        if let Err(error) = ready {
            collected.batches.into_iter().for_each(|(_, reply)| drop(reply.send(Err(copy(&error)))));
            collected.pieces.into_iter().for_each(|(_, reply)| drop(reply.send(Err(copy(&error)))));
            return;
        }
        let (numbered, head) = self.number_batches(collected.batches);
        let planned = self.plan_pieces(collected.pieces);
        if numbered.is_empty() && planned.is_empty() {
            return;
        }
        self.frames.clear();
        for pieces in planned.iter().flat_map(|pieces| &pieces.writes) {
            self.frames.frame(Kind::Piece, |out| write_piece(pieces, out));
        }
        if self.facts_in_journal {
            for batch in &numbered {
                self.frames.frame(Kind::Facts, |out| facts::write_batch(&batch.envelopes, out));
            }
        }
        self.execute(numbered, head, planned, GroupOptions { waits, may_use_reserve });
    }

    /// Writes the journal, and executes the group while the journal is flushed.
    fn execute(
        &mut self,
        numbered: Vec<NumberedBatch>,
        head: Head,
        planned: Vec<PlannedPieces>,
        options: GroupOptions,
    ) {
        let GroupOptions { waits, may_use_reserve } = options;
        let written = if self.frames.is_empty() {
            None
        } else {
            match self.write_journal(may_use_reserve) {
                Ok(written) => Some(written),
                Err(e) => {
                    let (kind, text) = (e.kind(), e.to_string());
                    let error = || io_error("the journal", std::io::Error::new(kind, text.clone()));
                    return self.refuse(numbered, planned, &error);
                }
            }
        };
        // A tiny group is not worth waking another thread.
        let facts = numbered.iter().map(|batch| batch.facts.len()).sum::<usize>();
        let flushes_here = planned.is_empty() && facts <= FLUSHED_HERE_MAX;
        if let Some(written) = written.as_ref().filter(|_| !flushes_here) {
            self.flusher.begin(Arc::clone(&written.file));
        }
        let facts_outcome = if numbered.is_empty() { Ok(()) } else { self.apply(&numbered, options) };
        let pieces_outcome = self.write_segments(&planned, may_use_reserve);
        if let Some(written) = &written {
            let flushed = if flushes_here { self.flusher.here(&written.file) } else { self.flusher.wait() };
            match flushed {
                Ok(took) => self.flush_took = (self.flush_took * 3 + took) / 4,
                Err(e) => {
                    // The written bytes may or may not be on the disk: only a new start can tell.
                    self.broken = Some(format!("the journal could not be flushed: {e}"));
                    if waits {
                        self.undo();
                    }
                    let text = e.to_string();
                    let error = || io_error("the journal", std::io::Error::other(text.clone()));
                    return self.refuse(numbered, planned, &error);
                }
            }
            self.revoke(written, facts_outcome.is_err(), pieces_outcome.is_err());
            if waits && facts_outcome.is_ok() && !numbered.is_empty() {
                self.keep_open(facts);
            }
        }
        match facts_outcome {
            Ok(()) if !numbered.is_empty() => self.answer_facts(numbered, head, waits),
            Ok(()) => {}
            Err(e) => {
                let error = self.note_if_full(sql_error(e));
                for batch in numbered {
                    batch.refuse(&|| copy(&error));
                }
            }
        }
        match pieces_outcome {
            Ok(()) => self.answer_pieces(planned),
            Err(e) => {
                let (kind, text) = (e.kind(), e.to_string());
                let error = || io_error("a run's streams", std::io::Error::new(kind, text.clone()));
                self.refuse(Vec::new(), planned, &error);
            }
        }
        if let Some(written) = written {
            self.finish_group(&written);
        }
    }

    /// Assigns sequence numbers to batches; answers those whose key was used before.
    fn number_batches(&mut self, batches: Vec<(Prepared, Reply<Appended>)>) -> (Vec<NumberedBatch>, Head) {
        let mut head = self.head;
        let mut numbered: Vec<NumberedBatch> = Vec::with_capacity(batches.len());
        let mut keys: HashMap<(ActorId, String), usize> = HashMap::new();
        for (batch, reply) in batches {
            if let Some(key) = &batch.key {
                match keys.entry((batch.actor, key.clone())) {
                    Entry::Occupied(same) => {
                        let first: &mut NumberedBatch = &mut numbered[*same.get()];
                        let before = first.facts.iter().map(|fact| (fact.kind(), Some(fact)));
                        if same_request::is_same_request(before, batch.facts.iter().map(|f| &f.fact)) {
                            first.same_key.push(reply);
                        } else {
                            let _ = reply.send(Err(StoreError::KeyReused { key: key.clone() }));
                        }
                        continue;
                    }
                    Entry::Vacant(new) => match self.earlier(&batch, key) {
                        Ok(None) => drop(new.insert(numbered.len())),
                        Ok(Some(earlier)) => {
                            let _ = reply.send(Ok(earlier));
                            continue;
                        }
                        Err(e) => {
                            let _ = reply.send(Err(e));
                            continue;
                        }
                    },
                }
            }
            if batch.facts.is_empty() {
                let _ = reply.send(Ok(Appended { facts: Vec::new(), earlier: false }));
                continue;
            }
            let (envelopes, facts) = batch.seal(head.seq, head.hash);
            if let Some(last) = envelopes.last() {
                head = Head { seq: last.header.seq, hash: last.hash };
            }
            numbered.push(NumberedBatch { envelopes, facts, reply, same_key: Vec::new() });
        }
        (numbered, head)
    }

    /// The batch that was recorded with this key before; refused if it had other content.
    pub(super) fn earlier(&mut self, batch: &Prepared, key: &str) -> StoreResult<Option<Appended>> {
        let envelopes = facts::batch_with_key(&mut self.sql, batch.actor, key)?;
        if envelopes.is_empty() {
            return Ok(None);
        }
        let recorded = envelopes
            .into_iter()
            .map(|envelope| Ok(Arc::new(Recorded { fact: envelope.readable_fact()?, header: envelope.header })))
            .collect::<StoreResult<Vec<_>>>()?;
        let before = recorded.iter().map(|recorded| (recorded.header.kind.as_str(), recorded.fact.as_ref()));
        if !same_request::is_same_request(before, batch.facts.iter().map(|f| &f.fact)) {
            return Err(StoreError::KeyReused { key: key.to_owned() });
        }
        Ok(Some(Appended { facts: recorded, earlier: true }))
    }

    fn plan_pieces(
        &mut self,
        requests: Vec<(Vec<hven_app::ports::series::StreamPiece>, Reply<Vec<u64>>)>,
    ) -> Vec<PlannedPieces> {
        let mut extents = HashMap::new();
        let mut planned = Vec::with_capacity(requests.len());
        for (pieces, reply) in requests {
            match self.shared.live_streams.plan(&pieces, &mut extents, &mut self.sql) {
                // Nothing is new, but the repeated bytes may be in this very group, so the answer waits for the group.
                Ok((writes, extents)) => planned.push(PlannedPieces { writes, extents, reply }),
                Err(e) => drop(reply.send(Err(e))),
            }
        }
        if planned.iter().all(|pieces| pieces.writes.is_empty()) {
            self.answer_pieces(std::mem::take(&mut planned));
        }
        planned
    }

    pub(super) fn apply_within(&mut self, numbered: &[NumberedBatch]) -> SqlResult<()> {
        for batch in numbered {
            facts::insert(&mut self.sql, &batch.envelopes)?;
            for Envelope { header, .. } in &batch.envelopes {
                // Check each fact without allocating a key.
                if !self.kinds.iter().any(|(kind, version)| *kind == header.kind && *version == header.version) {
                    facts::add_kind(&mut self.sql, &header.kind, header.version)?;
                    self.kinds.insert((header.kind.clone(), header.version));
                }
            }
        }
        let mut changes = changes(&mut self.sql, &mut self.changed_runs);
        for batch in numbered {
            for (envelope, fact) in batch.envelopes.iter().zip(&batch.facts) {
                views::apply(&Seen::new(&envelope.header, Some(fact)), &mut changes)?;
            }
        }
        changes.finish()?;
        self.changed_runs = changes.pending.changed_runs;
        Ok(())
    }

    fn write_journal(&mut self, may_use_reserve: bool) -> std::io::Result<Written> {
        let Self { journal, frames, shared, .. } = self;
        if may_use_reserve { shared.reserve.with(|| journal.write(frames)) } else { journal.write(frames) }
    }

    fn write_segments(&mut self, planned: &[PlannedPieces], may_use_reserve: bool) -> std::io::Result<()> {
        let writes: Vec<&PlannedWrite> = planned.iter().flat_map(|pieces| &pieces.writes).collect();
        for (i, plan) in writes.iter().enumerate() {
            let write = || self.shared.live_streams.write(plan);
            if let Err(e) = if may_use_reserve { self.shared.reserve.with(write) } else { write() } {
                // Undo in reverse order, so that each stream returns to its earlier end.
                writes[..i].iter().rev().for_each(|plan| self.shared.live_streams.undo(plan));
                return Err(e);
            }
            self.unsynced.insert(plan.stream);
        }
        Ok(())
    }

    fn refuse(&self, numbered: Vec<NumberedBatch>, planned: Vec<PlannedPieces>, error: &dyn Fn() -> StoreError) {
        self.note_if_full(error());
        for batch in numbered {
            batch.refuse(error);
        }
        for pieces in planned {
            let _ = pieces.reply.send(Err(error()));
        }
    }

    /// Notes a full disk if `error` is one.
    fn note_if_full(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Full { .. }) {
            self.shared.reserve.note_full();
        }
        error
    }

    /// Revokes the part of a group that was not executed, before any caller gets an answer.
    fn revoke(&mut self, written: &Written, facts: bool, pieces: bool) {
        let facts = facts && self.facts_in_journal;
        if !facts && !pieces {
            return;
        }
        self.pending_revocation = Some(Revocation { serial: written.serial, facts, pieces });
        // A full or read-only disk may allow the revocation later. Until then, no further group is accepted.
        if let Err(e) = self.write_revocation()
            && !(is_full(e.kind()) || is_read_only(e.kind()))
        {
            self.broken = Some(format!("a group that was not executed could not be revoked: {e}"));
        }
    }

    /// Retries a pending revocation.
    pub(super) fn retry_revocation(&mut self) -> StoreResult<()> {
        self.write_revocation().map_err(|e| io_error("the journal", e))
    }

    fn write_revocation(&mut self) -> std::io::Result<()> {
        let Some(Revocation { serial, facts, pieces }) = self.pending_revocation else { return Ok(()) };
        let Self { journal, shared, .. } = self;
        // On a copy-on-write file system (btrfs), the reserved space in each file does not help.
        let file = shared.reserve.with(|| journal.revoke(serial, facts, pieces))?;
        file.sync_data()?;
        self.pending_revocation = None;
        Ok(())
    }

    fn answer_facts(&mut self, numbered: Vec<NumberedBatch>, head: Head, waits: bool) {
        self.head = head;
        if !waits {
            self.shared.set_shown(head.seq);
        }
        self.shared.set_head(head);
        let mut answers = Vec::with_capacity(numbered.len());
        for NumberedBatch { envelopes, facts, reply, same_key } in numbered {
            self.wal_bytes += envelopes.len() * 2048;
            let facts: Vec<Arc<Recorded>> = envelopes
                .into_iter()
                .zip(facts)
                .map(|(envelope, fact)| Arc::new(Recorded { header: envelope.header, fact: Some(fact) }))
                .collect();
            answers.push((facts, reply, same_key));
        }
        self.shared.recorded.send(answers.iter().flat_map(|(facts, ..)| facts).cloned().collect());
        for (facts, reply, same_key) in answers {
            for late in same_key {
                let _ = late.send(Ok(Appended { facts: facts.clone(), earlier: true }));
            }
            let _ = reply.send(Ok(Appended { facts, earlier: false }));
        }
    }

    fn answer_pieces(&mut self, planned: Vec<PlannedPieces>) {
        for PlannedPieces { writes, extents, reply } in planned {
            let grown = writes.iter().try_for_each(|plan| self.shared.live_streams.grow(plan, &mut self.sql));
            let _ = reply.send(grown.map(|()| extents));
        }
    }
}

pub(super) fn sql_error(e: crate::sql::SqlError) -> StoreError {
    let error = StoreError::from(e);
    if !matches!(error, StoreError::Full { .. }) {
        tracing::error!(%error, "facts could not be recorded");
    }
    error
}

/// A copy of the error for the next caller.
pub(super) fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full { what } => StoreError::Full { what: what.clone() },
        StoreError::Damaged { what, why } => StoreError::Damaged { what: what.clone(), why: why.clone() },
        StoreError::Io { what, source } => {
            StoreError::Io { what: what.clone(), source: std::io::Error::new(source.kind(), source.to_string()) }
        }
        other => StoreError::Database(match other {
            StoreError::Database(text) => text.clone(),
            other => other.to_string(),
        }),
    }
}
