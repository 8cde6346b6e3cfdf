//! Removes copies of erased payloads from all files of the home: the journal contains them as recorded, the WAL contains earlier
//! pages, and split pages of the database contain copies of rows in unused places. So the journal is overwritten, the database is
//! rewritten, and the WAL is emptied.
//!
//! Rewriting the database takes as much space as it has. Without that space the erasure still holds and the views do not show the
//! erased payload any more, but the removal stays due: a file in the home records it, and the writer retries until it is done, even
//! after a restart.

use std::{
    fs,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use hven_app::ports::{StoreError, StoreResult};

use super::{
    Writer,
    group::sql_error,
    scrub_schedule::{READER_AGAIN, SPACE_AGAIN},
    upkeep,
};
use crate::{errors::io_error, sql::Connection};

/// A reader is usually done in a moment, and an erasure waits for it this many times. Later tries do not wait, because appends
/// would wait with them.
pub(super) const READER_TRIES: u32 = 20;
/// The time between two such tries.
const READER_WAIT: Duration = Duration::from_millis(5);

impl Writer {
    /// Records that copies will be left, before the payload is erased.
    pub(super) fn expect_copies(&mut self) -> StoreResult<()> {
        if !self.sql.is_sqlite() {
            return Ok(());
        }
        let Self { scrub, shared, .. } = self;
        shared.reserve.with(|| scrub.remember()).map_err(|e| io_error("the marker for the removal of copies", e))?;
        scrub.is_rewritten = false;
        scrub.due = Some(Instant::now());
        shared.copies_left.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Removes the copies if it is due; must not be called while a transaction is open.
    pub(super) fn scrub_if_due(&mut self) {
        if self.scrub.due.is_none_or(|due| due > Instant::now()) {
            return;
        }
        if self.broken.is_some() {
            // The next start finds the file.
            self.scrub.due = None;
        } else if self.show().is_err() {
            self.scrub.due = Some(Instant::now() + SPACE_AGAIN);
        } else {
            self.scrub(1);
        }
    }

    /// Removes the remaining copies; must not be called while a transaction is open. Work that is not possible now is done later. The
    /// WAL is emptied in up to `tries` tries, because a reader may block it for a moment.
    pub(super) fn scrub(&mut self, tries: u32) {
        match self.rewrite().and_then(|()| self.empty_wal(tries)) {
            Ok(true) => self.scrub.is_said = false,
            Ok(false) => self.scrub.due = Some(Instant::now() + READER_AGAIN),
            Err(error) => {
                self.scrub.due = Some(Instant::now() + SPACE_AGAIN);
                if !std::mem::replace(&mut self.scrub.is_said, true) {
                    tracing::warn!(%error, "copies of erased content remain in unused space of the home's files until they can be removed");
                }
            }
        }
    }

    /// Overwrites the journal and rewrites the database, once for all erasures since the last time.
    fn rewrite(&mut self) -> StoreResult<()> {
        if self.scrub.is_rewritten {
            return Ok(());
        }
        self.clear(true)?;
        if self.sql.is_sqlite() {
            self.refuse_without_space()?;
            self.sql.run("VACUUM").map_err(sql_error)?;
            self.scrub.is_rewritten = true;
        }
        Ok(())
    }

    /// Returns whether no copies are left.
    fn empty_wal(&mut self, tries: u32) -> StoreResult<bool> {
        let Connection::Sqlite(sqlite) = &mut self.sql else { return Ok(true) };
        let wal = upkeep::wal_path(self.upkeep.home());
        for left in (0..tries).rev() {
            sqlite.copy_wal_if_free("TRUNCATE").map_err(sql_error)?;
            if fs::metadata(&wal).map_or(0, |wal| wal.len()) == 0 {
                self.scrub.forget().map_err(|e| io_error("the marker for the removal of copies", e))?;
                self.shared.copies_left.store(false, Ordering::Relaxed);
                return Ok(true);
            }
            if left > 0 {
                std::thread::sleep(READER_WAIT);
            }
        }
        Ok(false)
    }

    /// Checks the free space, because SQLite would fill the disk before it fails.
    fn refuse_without_space(&self) -> StoreResult<()> {
        let home = self.upkeep.home();
        let needed = fs::metadata(home.join("record.db")).map_or(0, |database| database.len());
        match self.shared.reserve.free_bytes() {
            Some(free) if free < needed => Err(StoreError::Full {
                what: format!("the removal of copies of erased content needs {} MB", needed.div_ceil(1_000_000)),
            }),
            _ => Ok(()),
        }
    }
}
