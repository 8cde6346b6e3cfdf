//! The transaction that several groups share.
//!
//! A commit on SQLite writes every page that was touched, whole, to the WAL: for a group of a few facts that costs more
//! than the facts do. It makes nothing durable (the journal has), it only lets readers see. So a small group is applied
//! and acknowledged, and its commit waits: for more groups, for a reader who must see what was acknowledged, for
//! [`SHOWN_WITHIN`] at most. A large group commits with itself, so no reader ever waits for one.
//!
//! ```text
//!   shown ≤ head        shown: committed, seen by readers      head: durable, acknowledged
//! ```
//!
//! What is acknowledged and not committed is kept as the bytes that the journal has of it. When a commit or a group
//! fails, the transaction is undone and made again from these bytes without the group. While that fails too (the disk
//! is full), the writer is *behind*: it refuses everything, reads included, until it has caught up. A process that ends
//! in that state loses nothing: the next start adds what the journal holds beyond the database.

use std::time::Instant;

use hven_app::ports::StoreResult;

use super::{
    Writer, add,
    group::sql_error,
    open::{CATCH_UP_AGAIN, Open, SHOWN_WITHIN},
    placed::{Placed, Way},
};
use crate::{
    facts::{self, Reader},
    journal::Kind,
    sql::{Connection, SqlResult},
};

impl Writer {
    /// Applies a group. With `waits` its commit may wait; without, all is committed when this returns.
    pub(super) fn apply(&mut self, placed: &[Placed], way: Way) -> SqlResult<()> {
        let mut is_wal_anew = false;
        loop {
            let outcome = self.begin().and_then(|()| self.apply_within(placed));
            let outcome = outcome.and_then(|()| if way.waits { Ok(()) } else { self.sql.commit() });
            let Err(error) = outcome else {
                self.open.is_begun = way.waits;
                return Ok(());
            };
            self.undo();
            if let Err(error) = self.catch_up() {
                tracing::error!(%error, "what is recorded in the journal cannot be written to the database");
            }
            let may_go_on = way.may_give && error.is_full() && !self.open.is_behind;
            if !(may_go_on && self.make_room(&mut is_wal_anew)) {
                return Err(error);
            }
        }
    }

    /// Makes room for what may use the reserve: once in the WAL, when its pages can all be brought into the database, else
    /// in the reserve. `is_wal_anew` says whether the WAL was begun anew already. Not while a transaction is open.
    pub(super) fn make_room(&mut self, is_wal_anew: &mut bool) -> bool {
        self.shared.reserve.note_full();
        if !*is_wal_anew && self.restart_wal() {
            *is_wal_anew = true;
            return true;
        }
        let given = self.shared.reserve.give();
        // With a little space for the database, the space of the whole WAL can be used again.
        *is_wal_anew = *is_wal_anew || (given && self.restart_wal());
        given
    }

    /// Answers whether all of the WAL is in the database, so that it is written from its start again.
    fn restart_wal(&mut self) -> bool {
        let Connection::Sqlite(sqlite) = &mut self.sql else { return false };
        match sqlite.copy_wal_if_free("RESTART") {
            Ok((pages, copied)) => pages > 0 && pages == copied,
            Err(error) => {
                tracing::debug!(%error, "the WAL could not be begun anew");
                false
            }
        }
    }

    /// A group that was applied is durable: its batches, as the journal has them, wait for their commit.
    pub(super) fn keep_open(&mut self, facts: usize) {
        self.open.facts += facts;
        self.frames.payloads(Kind::Facts).for_each(|batch| self.open.batches.extend_from_slice(batch));
        self.open.due.get_or_insert_with(|| Instant::now() + SHOWN_WITHIN);
    }

    /// Commits what is open: readers see all that was acknowledged.
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
                    tracing::warn!(error = %e, "a commit failed; trying it once more");
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

    /// Undoes the transaction, and with it what was acknowledged.
    pub(super) fn undo(&mut self) {
        self.standing.clear();
        self.kinds.clear();
        self.open.is_begun = false;
        self.open.is_behind = !self.open.is_empty();
        if let Err(e) = self.sql.roll_back() {
            self.broken = Some(format!("a transaction could not be undone: {e}"));
        }
    }

    /// Writes what was acknowledged and undone once more, with what the reserve has.
    fn catch_up(&mut self) -> SqlResult<()> {
        let mut is_wal_anew = false;
        loop {
            match self.catch_up_once() {
                Err(error) if error.is_full() && self.broken.is_none() && self.make_room(&mut is_wal_anew) => {}
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
        self.begin_wal_anew();
    }
}
