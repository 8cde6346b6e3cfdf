//! The writer's exclusive work: erasing, sealing, emptying the journal, closing.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use hven_app::ports::{
    StoreError, StoreResult,
    record::{Appended, Head, Recorded},
};
use hven_core::{Fact, RunId, envelope::Header, fact::Batch, run::PartSealed, stream::Stream};
use rustix::fs::FallocateFlags;

use super::{Prepared, Writer, changes, group::sql_error, scrub::READER_TRIES, upkeep};
use crate::{
    errors::io_error,
    facts,
    journal::Written,
    kept_traces, rebuild,
    series::StreamId,
    sql::{Connection, SqlResult},
    views::{self, Partition, Seen, View},
};

/// How many bytes of facts are written before the length of the WAL is checked, approximately. A fact changes pages of many views,
/// so the WAL may grow thirty times as much.
const CHECK_WAL_BYTES: usize = 1 << 20;

impl Writer {
    /// The work after a group: retires files of the journal and checks SQLite's WAL.
    pub(super) fn finish_group(&mut self, written: &Written) {
        if let Some(number) = written.filled {
            // Content may leave the journal only when it is in the database; otherwise this file is retired with a later one.
            match self.show() {
                Ok(()) => self.upkeep.filled(number, std::mem::take(&mut self.unsynced)),
                Err(error) => tracing::warn!(%error, "the journal stays longer than necessary"),
            }
        }
        if let Some(size) = written.wants_spare {
            self.upkeep.spare(size);
        }
        if self.wal_bytes > CHECK_WAL_BYTES {
            self.wal_bytes = 0;
            self.upkeep.copy_wal();
        }
        self.restart_long_wal();
    }

    /// Must not be called while a transaction is open.
    pub(super) fn restart_long_wal(&mut self) {
        if !self.open.is_empty() || !self.shared.wal_is_long.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Connection::Sqlite(sqlite) = &mut self.sql {
            // Do not wait for a reader that blocks this: the WAL may be longer for a while.
            match sqlite.copy_wal_if_free("RESTART") {
                Ok(copied) => tracing::debug!(?copied, "restarted the WAL"),
                Err(e) => tracing::debug!(error = %e, "the WAL could not be restarted"),
            }
        }
    }

    /// Removes the bytes of the WAL from the disk. SQLite keeps them for later, but on a disk that was full new work may wait for
    /// just this space.
    pub(super) fn shorten_wal(&mut self) {
        if let Connection::Sqlite(sqlite) = &mut self.sql {
            // A reader that blocks this ends soon: the next try succeeds.
            match sqlite.copy_wal_if_free("TRUNCATE") {
                Ok(copied) => tracing::debug!(?copied, "shortened the WAL"),
                Err(error) => tracing::debug!(%error, "the WAL could not be shortened"),
            }
        }
    }

    /// Adds facts and erases the payloads of others in one durable transaction. It bypasses the journal, which could only repeat
    /// the additions. The traces of the payloads are taken here, where no other fact can come in between.
    pub(super) fn erase(&mut self, seqs: &[u64], mut batch: Batch) -> StoreResult<Appended> {
        if let Some(why) = &self.broken {
            return Err(StoreError::Database(format!("the record stopped writing: {why}; restart Hven")));
        }
        kept_traces::take(&mut self.sql, &mut batch).map_err(sql_error)?;
        let batch = Prepared::new(batch)?;
        if let Some(key) = batch.key.clone()
            && let Some(earlier) = self.earlier(&batch, &key)?
        {
            return Ok(earlier);
        }
        let (envelopes, facts) = batch.seal(self.head.seq, self.head.hash);
        let head = envelopes.last().map_or(self.head, |last| Head { seq: last.header.seq, hash: last.hash });
        self.changed_runs.clear();
        self.expect_copies()?;
        self.set_careful_mode(true)?;
        let mut is_wal_restarted = false;
        loop {
            let outcome = self
                .sql
                .begin()
                .and_then(|()| erase_within(&mut self.sql, seqs, &envelopes, &facts))
                .and_then(|()| self.sql.commit());
            let Err(e) = outcome else { break };
            self.sql.roll_back()?;
            // An erasure is never postponed for lack of space.
            if !(e.is_full() && self.make_room(&mut is_wal_restarted)) {
                self.set_careful_mode(false)?;
                return Err(sql_error(e));
            }
        }
        self.set_careful_mode(false)?;
        self.shared.generation.fetch_add(1, Ordering::Release);
        self.head = head;
        self.shared.set_shown(head.seq);
        self.shared.set_head(head);
        let recorded: Vec<Arc<Recorded>> = envelopes
            .into_iter()
            .zip(facts)
            .map(|(envelope, fact)| Arc::new(Recorded { header: envelope.header, fact: Some(fact) }))
            .collect();
        self.shared.recorded.send(recorded.clone());
        self.scrub(READER_TRIES);
        Ok(Appended { facts: recorded, earlier: false })
    }

    /// Switches flushed commits and overwriting of deleted rows on or off. PostgreSQL always flushes, and its next vacuum removes
    /// deleted rows.
    fn set_careful_mode(&mut self, on: bool) -> SqlResult<()> {
        match (self.sql.is_sqlite(), on) {
            (true, true) => self.sql.run("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON"),
            (true, false) => self.sql.run("PRAGMA synchronous=NORMAL; PRAGMA secure_delete=OFF"),
            (false, _) => Ok(()),
        }
    }

    pub(super) fn sealed(&mut self, parts: &[PartSealed]) -> StoreResult<()> {
        {
            let mut keep = self.shared.keep_segments.lock().unwrap_or_else(PoisonError::into_inner);
            if keep.readers > 0 {
                keep.postponed.extend_from_slice(parts);
                return Ok(());
            }
        }
        for part in parts {
            let Some(stream) = Stream::parse(&part.stream) else { continue };
            let id = (part.attempt, stream);
            self.shared.live_streams.note_part(part.attempt);
            let reach = self.shared.live_streams.reach(id, &mut self.sql)?;
            let to = part.to.max(reach.sealed_to);
            let path = self.shared.live_streams.path(id);
            if to >= reach.extent {
                self.shared.live_streams.known().remove(&id);
                remove_segment(&path, &self.shared.live_streams.run_folder(part.attempt.run))
                    .map_err(|e| io_error("a segment", e))?;
            } else {
                if let Some(live) = self.shared.live_streams.known().get_mut(&id) {
                    live.reach.sealed_to = to;
                    live.marks.retain(|mark| *mark >= to);
                    live.summaries.clear();
                    live.folded_to = to;
                }
                punch(&path, to);
            }
        }
        Ok(())
    }

    pub(super) fn overwrite(&mut self, stream: StreamId, spans: &[(u64, Vec<u8>)]) -> StoreResult<()> {
        let path = self.shared.live_streams.path(stream);
        let write = || -> io::Result<()> {
            let file = File::options().write(true).open(&path)?;
            spans.iter().try_for_each(|(at, bytes)| file.write_all_at(bytes, *at))?;
            file.sync_data()
        };
        write().map_err(|e| io_error("a segment", e))?;
        if let Some(live) = self.shared.live_streams.known().get_mut(&stream) {
            live.summaries.clear();
            live.folded_to = live.reach.sealed_to;
        }
        Ok(())
    }

    /// Makes everything durable in its final place and empties the journal.
    pub(super) fn clear(&mut self, scrub: bool) -> StoreResult<()> {
        self.upkeep.settle();
        let unsynced = std::mem::take(&mut self.unsynced);
        if let Err(e) = upkeep::sync_segments(&self.shared, &unsynced) {
            self.unsynced = unsynced;
            return Err(io_error("the segments", e));
        }
        if let Connection::Sqlite(sqlite) = &mut self.sql {
            if let Err(e) = sqlite.copy_wal_if_free("TRUNCATE") {
                tracing::debug!(error = %e, "the WAL could not be emptied now");
            }
            // Pages that a reader kept from being copied become durable in the WAL.
            let wal = upkeep::wal_path(self.upkeep.home());
            match File::open(&wal).and_then(|file| file.sync_data()) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io_error("the WAL", e)),
                _ => {}
            }
        }
        self.journal.clear(scrub).map_err(|e| io_error("the journal", e))
    }

    pub(super) fn close(&mut self) -> StoreResult<()> {
        let outcome = if self.broken.is_some() { Ok(()) } else { self.show().and_then(|()| self.clear(false)) };
        self.upkeep.stop();
        outcome
    }
}

fn remove_segment(path: &Path, run_folder: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    // Other streams of the run may remain.
    let _ = fs::remove_dir(run_folder);
    Ok(())
}

/// Frees the disk space of the first bytes of a file without moving the others. If the file system cannot do this, the bytes
/// stay until the whole segment is sealed.
fn punch(path: &Path, to: u64) {
    let whole_blocks = to / 4096 * 4096;
    if whole_blocks == 0 {
        return;
    }
    if let Ok(file) = File::options().write(true).open(path) {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        if let Err(e) = rustix::fs::fallocate(&file, flags, 0, whole_blocks) {
            tracing::debug!(error = %e, path = %path.display(), "sealed bytes stay in their segment");
        }
    }
}

type Decoded = Vec<(Header, Option<Fact>)>;

fn about(sql: &mut Connection, run: RunId) -> SqlResult<Decoded> {
    let envelopes = facts::about(sql, run.as_u128())?;
    envelopes.into_iter().map(|envelope| Ok((envelope.header.clone(), envelope.readable_fact()?))).collect()
}

/// Whether the run has an unreadable fact: its effects on the views cannot be removed then.
fn has_unreadable(sql: &mut Connection, run: RunId) -> SqlResult<bool> {
    Ok(facts::about(sql, run.as_u128())?.iter().any(|envelope| envelope.unreadable().is_some()))
}

fn erase_within(
    sql: &mut Connection,
    seqs: &[u64],
    envelopes: &[hven_core::envelope::Envelope],
    added: &[Fact],
) -> SqlResult<()> {
    let mut runs: BTreeSet<RunId> = BTreeSet::new();
    let mut whole: BTreeSet<&'static str> = BTreeSet::new();
    for seq in seqs {
        let Some(envelope) = facts::one(sql, *seq)? else { continue };
        let kind = envelope.header.kind.as_str();
        for view in views::ALL.iter().filter(|view| view.kinds().contains(&kind)) {
            match (view.partition(), envelope.header.subject) {
                (Partition::ByRun, Some(subject))
                    if kind.starts_with("run.") && !has_unreadable(sql, RunId::from_u128(subject))? =>
                {
                    runs.insert(RunId::from_u128(subject));
                }
                _ => {
                    whole.insert(view.name());
                }
            }
        }
    }
    let by_run = |view: &&dyn View| view.partition() == Partition::ByRun && !whole.contains(view.name());
    let mut changed_runs = std::collections::HashMap::new();
    let mut changes = changes(sql, &mut changed_runs);
    for run in &runs {
        let before = about(changes.sql, *run)?;
        for view in views::ALL.iter().copied().filter(by_run) {
            view.forget(*run, &before, &mut changes)?;
        }
    }
    for seq in seqs {
        facts::erase_payload(changes.sql, *seq)?;
    }
    facts::insert(changes.sql, envelopes)?;
    for envelope in envelopes {
        facts::add_kind(changes.sql, &envelope.header.kind, envelope.header.version)?;
    }
    // Apply the added facts to the views that are not rebuilt for the run below.
    for (envelope, fact) in envelopes.iter().zip(added) {
        let seen = Seen::new(&envelope.header, Some(fact));
        let again = seen.run().is_some_and(|run| runs.contains(&run));
        for view in views::ALL.iter().filter(|view| view.kinds().contains(&envelope.header.kind.as_str())) {
            let later = whole.contains(view.name()) || (again && by_run(view));
            if !later {
                view.apply(&seen, &mut changes)?;
            }
        }
    }
    let mut again = Decoded::new();
    for run in &runs {
        again.extend(about(changes.sql, *run)?);
    }
    // Views expect facts in the order of the record.
    again.sort_by_key(|(header, _)| header.seq);
    for (header, fact) in &again {
        let seen = Seen::new(header, fact.as_ref());
        for view in views::ALL.iter().copied().filter(by_run) {
            if view.kinds().contains(&header.kind.as_str()) {
                view.apply(&seen, &mut changes)?;
            }
        }
    }
    changes.finish()?;
    for view in views::ALL.iter().filter(|view| whole.contains(view.name())) {
        rebuild::refill(&[*view], sql)?;
    }
    Ok(())
}
