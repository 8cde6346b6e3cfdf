//! One group: everything in it becomes durable together, or none of it does.

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
    Gathered, Prepared, Reply, Writer, changes,
    placed::{Owed, Placed, Way},
    wish,
};
use crate::{
    errors::{io_error, is_full, is_read_only},
    facts,
    journal::{Kind, Written},
    series::{Plan, write_piece},
    sql::SqlResult,
    views::{self, Seen},
};

/// So few facts are applied before their flush and on the same thread: they take less time than to wake another one.
const FLUSHED_HERE_MAX: usize = 1;

/// Pieces that have something new, with the extents to be answered.
struct PlannedPieces {
    plans: Vec<Plan>,
    extents: Vec<u64>,
    reply: Reply<Vec<u64>>,
}

impl Writer {
    pub(super) fn group(&mut self, gathered: Gathered) {
        self.callers = gathered.callers();
        let may_give = gathered.may_use_reserve;
        // A large group takes long: readers who want what is before it must not wait for it. On a full disk nothing is
        // acknowledged that readers might then not be shown.
        let is_small = self.open.has_room(gathered.facts, gathered.bytes);
        let waits = self.facts_in_journal && is_small && !self.shared.reserve.is_low();
        let ready = match &self.broken {
            Some(why) => Err(StoreError::Database(format!("the record stopped writing: {why}; start Hven anew"))),
            None => {
                self.take_back_owed().and_then(|()| if !waits || self.open.is_behind() { self.show() } else { Ok(()) })
            }
        };
        if let Err(error) = ready {
            gathered.batches.into_iter().for_each(|(_, reply)| drop(reply.send(Err(copy(&error)))));
            gathered.pieces.into_iter().for_each(|(_, reply)| drop(reply.send(Err(copy(&error)))));
            return;
        }
        let (placed, head) = self.place_batches(gathered.batches);
        let planned = self.plan_pieces(gathered.pieces);
        if placed.is_empty() && planned.is_empty() {
            return;
        }
        self.frames.clear();
        for pieces in planned.iter().flat_map(|pieces| &pieces.plans) {
            self.frames.frame(Kind::Piece, |out| write_piece(pieces, out));
        }
        if self.facts_in_journal {
            for batch in &placed {
                self.frames.frame(Kind::Facts, |out| facts::write_batch(&batch.envelopes, out));
            }
        }
        self.carry_out(placed, head, planned, Way { waits, may_give });
    }

    /// Writes the journal, and while it is flushed carries out what it says.
    fn carry_out(&mut self, placed: Vec<Placed>, head: Head, planned: Vec<PlannedPieces>, way: Way) {
        let Way { waits, may_give } = way;
        let written = if self.frames.is_empty() {
            None
        } else {
            match self.write_journal(may_give) {
                Ok(written) => Some(written),
                Err(e) => {
                    let (kind, text) = (e.kind(), e.to_string());
                    let error = || io_error("the journal", std::io::Error::new(kind, text.clone()));
                    return self.refuse(placed, planned, &error);
                }
            }
        };
        // For next to nothing it is not worth to wake another thread.
        let facts = placed.iter().map(|batch| batch.facts.len()).sum::<usize>();
        let flushes_here = planned.is_empty() && facts <= FLUSHED_HERE_MAX;
        if let Some(written) = written.as_ref().filter(|_| !flushes_here) {
            self.flusher.begin(Arc::clone(&written.file));
        }
        let facts_outcome = if placed.is_empty() { Ok(()) } else { self.apply(&placed, way) };
        let pieces_outcome = self.write_segments(&planned, may_give);
        if let Some(written) = &written {
            let flushed = if flushes_here { self.flusher.here(&written.file) } else { self.flusher.wait() };
            match flushed {
                Ok(took) => self.flush_took = (self.flush_took * 3 + took) / 4,
                Err(e) => {
                    // What was written may or may not be there: only reading it all again can tell.
                    self.broken = Some(format!("the journal could not be flushed: {e}"));
                    if waits {
                        self.undo();
                    }
                    let text = e.to_string();
                    let error = || io_error("the journal", std::io::Error::other(text.clone()));
                    return self.refuse(placed, planned, &error);
                }
            }
            self.take_back(written, facts_outcome.is_err(), pieces_outcome.is_err());
            if waits && facts_outcome.is_ok() && !placed.is_empty() {
                self.keep_open(facts);
            }
        }
        match facts_outcome {
            Ok(()) if !placed.is_empty() => self.answer_facts(placed, head, waits),
            Ok(()) => {}
            Err(e) => {
                let error = self.noted(sql_error(e));
                for batch in placed {
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
            self.look_after(&written);
        }
    }

    /// Gives batches their places in the record; those whose key was used before are answered here.
    fn place_batches(&mut self, batches: Vec<(Prepared, Reply<Appended>)>) -> (Vec<Placed>, Head) {
        let mut head = self.head;
        let mut placed: Vec<Placed> = Vec::with_capacity(batches.len());
        let mut keys: HashMap<(ActorId, String), usize> = HashMap::new();
        for (batch, reply) in batches {
            if let Some(key) = &batch.key {
                match keys.entry((batch.actor, key.clone())) {
                    Entry::Occupied(same) => {
                        let first: &mut Placed = &mut placed[*same.get()];
                        let before = first.facts.iter().map(|fact| (fact.kind(), Some(fact)));
                        if wish::is_the_same(before, batch.facts.iter().map(|f| &f.fact)) {
                            first.same_key.push(reply);
                        } else {
                            let _ = reply.send(Err(StoreError::KeyReused { key: key.clone() }));
                        }
                        continue;
                    }
                    Entry::Vacant(new) => match self.earlier(&batch, key) {
                        Ok(None) => drop(new.insert(placed.len())),
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
            placed.push(Placed { envelopes, facts, reply, same_key: Vec::new() });
        }
        (placed, head)
    }

    /// What was recorded with this key before; refused when that was another wish.
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
        if !wish::is_the_same(before, batch.facts.iter().map(|f| &f.fact)) {
            return Err(StoreError::KeyReused { key: key.to_owned() });
        }
        Ok(Some(Appended { facts: recorded, earlier: true }))
    }

    fn plan_pieces(
        &mut self,
        requests: Vec<(Vec<hven_app::ports::series::Piece>, Reply<Vec<u64>>)>,
    ) -> Vec<PlannedPieces> {
        let mut extents = HashMap::new();
        let mut planned = Vec::with_capacity(requests.len());
        for (pieces, reply) in requests {
            match self.shared.lives.plan(&pieces, &mut extents, &mut self.sql) {
                // Nothing new: but what it repeats may be in this very group, so the answer waits for the group.
                Ok((plans, extents)) => planned.push(PlannedPieces { plans, extents, reply }),
                Err(e) => drop(reply.send(Err(e))),
            }
        }
        if planned.iter().all(|pieces| pieces.plans.is_empty()) {
            self.answer_pieces(std::mem::take(&mut planned));
        }
        planned
    }

    pub(super) fn apply_within(&mut self, placed: &[Placed]) -> SqlResult<()> {
        for batch in placed {
            facts::insert(&mut self.sql, &batch.envelopes)?;
            for Envelope { header, .. } in &batch.envelopes {
                // One look for each fact, without making a key to look with.
                if !self.kinds.iter().any(|(kind, version)| *kind == header.kind && *version == header.version) {
                    facts::add_kind(&mut self.sql, &header.kind, header.version)?;
                    self.kinds.insert((header.kind.clone(), header.version));
                }
            }
        }
        let mut changes = changes(&mut self.sql, &mut self.standing);
        for batch in placed {
            for (envelope, fact) in batch.envelopes.iter().zip(&batch.facts) {
                views::apply(&Seen { header: &envelope.header, fact: Some(fact) }, &mut changes)?;
            }
        }
        changes.finish()?;
        self.standing = changes.gathered.standing;
        Ok(())
    }

    fn write_journal(&mut self, may_give: bool) -> std::io::Result<Written> {
        let Self { journal, frames, shared, .. } = self;
        if may_give { shared.reserve.with(|| journal.write(frames)) } else { journal.write(frames) }
    }

    fn write_segments(&mut self, planned: &[PlannedPieces], may_give: bool) -> std::io::Result<()> {
        let plans: Vec<&Plan> = planned.iter().flat_map(|pieces| &pieces.plans).collect();
        for (i, plan) in plans.iter().enumerate() {
            let write = || self.shared.lives.write(plan);
            if let Err(e) = if may_give { self.shared.reserve.with(write) } else { write() } {
                // The last first, so that each stream ends where it did.
                plans[..i].iter().rev().for_each(|plan| self.shared.lives.undo(plan));
                return Err(e);
            }
            self.unsynced.insert(plan.stream);
        }
        Ok(())
    }

    fn refuse(&self, placed: Vec<Placed>, planned: Vec<PlannedPieces>, error: &dyn Fn() -> StoreError) {
        self.noted(error());
        for batch in placed {
            batch.refuse(error);
        }
        for pieces in planned {
            let _ = pieces.reply.send(Err(error()));
        }
    }

    /// From now on new work is refused if this says that the disk is full.
    fn noted(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Full { .. }) {
            self.shared.reserve.note_full();
        }
        error
    }

    /// Writes into the journal what of a group was not carried out, before anybody is told.
    fn take_back(&mut self, written: &Written, facts: bool, pieces: bool) {
        let facts = facts && self.facts_in_journal;
        if !facts && !pieces {
            return;
        }
        self.owed = Some(Owed { serial: written.serial, facts, pieces });
        // A full disk and one that can only be read may allow it later. Until then nothing is taken that would stand behind.
        if let Err(e) = self.write_owed()
            && !(is_full(e.kind()) || is_read_only(e.kind()))
        {
            self.broken = Some(format!("what could not be carried out could not be taken back: {e}"));
        }
    }

    /// Takes back what could not be taken back before.
    pub(super) fn take_back_owed(&mut self) -> StoreResult<()> {
        self.write_owed().map_err(|e| io_error("the journal", e))
    }

    fn write_owed(&mut self) -> std::io::Result<()> {
        let Some(Owed { serial, facts, pieces }) = self.owed else { return Ok(()) };
        let Self { journal, shared, .. } = self;
        // Where nothing is written in its place (btrfs), the space that each file keeps for this is none.
        let file = shared.reserve.with(|| journal.take_back(serial, facts, pieces))?;
        file.sync_data()?;
        self.owed = None;
        Ok(())
    }

    fn answer_facts(&mut self, placed: Vec<Placed>, head: Head, waits: bool) {
        self.head = head;
        if !waits {
            self.shared.set_shown(head.seq);
        }
        self.shared.set_head(head);
        for Placed { envelopes, facts, reply, same_key } in placed {
            self.wal_bytes += envelopes.len() * 2048;
            let facts: Vec<Arc<Recorded>> = envelopes
                .into_iter()
                .zip(facts)
                .map(|(envelope, fact)| Arc::new(Recorded { header: envelope.header, fact: Some(fact) }))
                .collect();
            for fact in &facts {
                // Nobody listens: fine.
                let _ = self.shared.recorded.send(Arc::clone(fact));
            }
            for late in same_key {
                let _ = late.send(Ok(Appended { facts: facts.clone(), earlier: true }));
            }
            let _ = reply.send(Ok(Appended { facts, earlier: false }));
        }
    }

    fn answer_pieces(&mut self, planned: Vec<PlannedPieces>) {
        for PlannedPieces { plans, extents, reply } in planned {
            let grown = plans.iter().try_for_each(|plan| self.shared.lives.grow(plan, &mut self.sql));
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

/// The same error once more, for the next caller.
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
