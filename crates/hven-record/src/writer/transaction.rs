//! The transaction that several groups share.
//!
//! A commit of SQLite writes every changed page completely to the WAL: for a group of a few facts, this costs more than
//! the facts. The commit makes nothing durable (the journal did), it only makes facts visible to readers. Therefore the
//! writer applies and acknowledges a small group, and delays its commit until more groups arrive, until a reader must see
//! the acknowledged facts, or for [`SHOWN_WITHIN`] at most. A large group is committed at once, so no reader waits long.
//!
//! ```text
//!   shown ≤ head        shown: committed, visible to readers      head: durable, acknowledged
//! ```
//!
//! The writer keeps the acknowledged but uncommitted facts as the bytes of the journal. When a commit or a group fails, the
//! writer rolls back the transaction and repeats it from these bytes without the group. While the repetition also fails
//! (for example on a full disk), the writer is *behind*: it refuses all requests, including reads, until it has caught up.
//! A process that ends in this state loses nothing: the next start adds the facts that only the journal has.

use std::time::Instant;

use hven_app::ports::StoreResult;

use super::{
    Writer, add,
    group::sql_error,
    numbered::{GroupOptions, NumberedBatch},
    open::{CATCH_UP_AGAIN, Open, SHOWN_WITHIN},
};
use crate::{
    facts::{self, Reader},
    journal::Kind,
    sql::{Connection, SqlResult},
};

impl Writer {
    /// Applies a group. With `waits`, the commit may be delayed; otherwise everything is committed when this returns.
    pub(super) fn apply(&mut self, numbered: &[NumberedBatch], options: GroupOptions) -> SqlResult<()> {
        let mut is_wal_restarted = false;
        loop {
            let outcome = self.begin().and_then(|()| self.apply_within(numbered));
            let outcome = outcome.and_then(|()| if options.waits { Ok(()) } else { self.sql.commit() });
            let Err(error) = outcome else {
                self.open.is_begun = options.waits;
                return Ok(());
            };
            self.undo();
            if let Err(error) = self.catch_up() {
                tracing::error!(%error, "the facts in the journal cannot be written to the database");
            }
            let may_go_on = options.may_use_reserve && error.is_full() && !self.open.is_behind;
            if !(may_go_on && self.make_room(&mut is_wal_restarted)) {
                return Err(error);
            }
        }
    }

    /// Makes space for a group that may use the reserve: first once in the WAL, if all its pages can be copied into the
    /// database, then in the reserve. `is_wal_restarted` says whether the WAL was already restarted. Call it outside a transaction.
    pub(super) fn make_room(&mut self, is_wal_restarted: &mut bool) -> bool {
        self.shared.reserve.note_full();
        if !*is_wal_restarted && self.restart_wal() {
            *is_wal_restarted = true;
            return true;
        }
        let given = self.shared.reserve.give();
        // With a little space for the database, SQLite can reuse the space of the whole WAL.
        *is_wal_restarted = *is_wal_restarted || (given && self.restart_wal());
        given
    }

    /// Restarts the WAL; returns whether all of it was copied into the database first.
    fn restart_wal(&mut self) -> bool {
        let Connection::Sqlite(sqlite) = &mut self.sql else { return false };
        match sqlite.copy_wal_if_free("RESTART") {
            Ok((pages, copied)) => pages > 0 && pages == copied,
            Err(error) => {
                tracing::debug!(%error, "the WAL could not be restarted");
                false
            }
        }
    }

    /// Stores the batches of a durable group, as the journal has them, until they are committed.
    pub(super) fn keep_open(&mut self, facts: usize) {
        self.open.facts += facts;
        self.frames.payloads(Kind::Facts).for_each(|batch| self.open.batches.extend_from_slice(batch));
        self.open.due.get_or_insert_with(|| Instant::now() + SHOWN_WITHIN);
    }

    /// Commits the open transaction, so that readers see all acknowledged facts.
    pub(super) fn show(&mut self) -> StoreResult<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        if !self.open.is_behind {
            match self.sql.commit() {
                Ok(()) => {
                    self.shown();
                    return Ok(());
                }
                Err(e) => {
                    self.undo();
                    tracing::warn!(error = %e, "a commit failed; retrying once");
                }
            }
        }
        self.catch_up().map_err(sql_error)
    }

    fn begin(&mut self) -> SqlResult<()> {
        if !self.open.is_begun {
            self.sql.begin()?;
            self.open.is_begun = true;
        }
        Ok(())
    }

    /// Rolls back the transaction, which also contains acknowledged facts.
    pub(super) fn undo(&mut self) {
        self.changed_runs.clear();
        self.kinds.clear();
        self.open.is_begun = false;
        self.open.is_behind = !self.open.is_empty();
        if let Err(e) = self.sql.roll_back() {
            self.broken = Some(format!("a transaction could not be rolled back: {e}"));
        }
    }

    /// Writes the acknowledged facts of a rolled-back transaction again, with the space of the reserve.
    fn catch_up(&mut self) -> SqlResult<()> {
        let mut is_wal_restarted = false;
        loop {
            match self.catch_up_once() {
                Err(error) if error.is_full() && self.broken.is_none() && self.make_room(&mut is_wal_restarted) => {}
                done => return done,
            }
        }
    }

    fn catch_up_once(&mut self) -> SqlResult<()> {
        if !self.open.is_behind {
            return Ok(());
        }
        let mut reader = Reader(&self.open.batches);
        let mut envelopes = Vec::with_capacity(self.open.facts);
        while !reader.0.is_empty() {
            envelopes.extend(facts::read_batch(&mut reader)?);
        }
        let sql = &mut self.sql;
        let outcome = sql.begin().and_then(|()| add(sql, &envelopes)).and_then(|()| sql.commit());
        match &outcome {
            Ok(()) => {
                tracing::info!(facts = envelopes.len(), "caught up with the journal");
                self.shown();
            }
            Err(_) => {
                self.undo();
                self.open.due = Some(Instant::now() + CATCH_UP_AGAIN);
            }
        }
        outcome
    }

    fn shown(&mut self) {
        self.open.batches.clear();
        self.open = Open { batches: std::mem::take(&mut self.open.batches), ..Open::default() };
        self.shared.set_shown(self.head.seq);
        self.restart_long_wal();
    }
}
