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

use std::time::{Duration, Instant};

use hven_app::ports::StoreResult;

use super::{
    Writer, add,
    group::{Placed, Way, sql_error},
};
use crate::{
    facts::{self, Reader},
    journal::Kind,
    sql::{Connection, SqlResult},
};

/// How many facts may wait for their commit, and how many bytes of them.
const FACTS_MAX: usize = 512;
const BYTES_MAX: usize = 1 << 20;
/// How long a commit waits when nobody asks for it.
const SHOWN_WITHIN: Duration = Duration::from_millis(10);
/// How long is waited, when nobody asks, until it is tried again to catch up.
const CATCH_UP_AGAIN: Duration = Duration::from_millis(500);

/// What is acknowledged and waits for its commit.
#[derive(Default)]
pub(super) struct Open {
    /// A transaction has begun on the connection.
    is_begun: bool,
    /// The transaction was undone, and is not made again yet.
    is_behind: bool,
    facts: usize,
    /// Batches of facts, as the journal has them.
    batches: Vec<u8>,
    due: Option<Instant>,
}

impl Open {
    /// When the commit is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts == 0
    }

    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Whether so many more may wait.
    pub(super) fn has_room(&self, facts: usize, bytes: usize) -> bool {
        self.facts + facts <= FACTS_MAX && self.batches.len() + bytes <= BYTES_MAX
    }
}

impl Writer {
    /// Applies a group. With `waits` its commit may wait; without, all is committed when this returns.
    pub(super) fn apply(&mut self, placed: &[Placed], way: Way) -> SqlResult<()> {
        let mut is_first = true;
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
            if !(may_go_on && self.make_room(is_first)) {
                return Err(error);
            }
            is_first = false;
        }
    }

    /// Makes room for what may use the reserve: the first time in the WAL, whose pages may all be in the database by now.
    /// Not while a transaction is open.
    pub(super) fn make_room(&mut self, is_first: bool) -> bool {
        self.shared.reserve.note_full();
        if is_first && let Connection::Sqlite(sqlite) = &mut self.sql {
            match sqlite.copy_wal_if_free("RESTART") {
                Ok((pages, copied)) if pages > 0 && pages == copied => return true,
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "the WAL could not be begun anew"),
            }
        }
        self.shared.reserve.give()
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
        let mut is_first = true;
        loop {
            match self.catch_up_once() {
                Err(error) if error.is_full() && self.broken.is_none() && self.make_room(is_first) => is_first = false,
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
