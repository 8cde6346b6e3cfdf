//! What was erased must not stay in any file of the home: the journal has it as it was recorded, the WAL has pages of
//! before, and pages of the database that were split while it grew hold copies of rows in places that nothing points to.
//! So the journal is overwritten, the database is written anew, and the WAL is emptied.
//!
//! Writing the database anew takes as much space as it has. Where that is missing the erasure still stands, the views no
//! longer show what was erased, and the rest is due: a file in the home remembers it, and the writer tries again until it
//! is done, also after a restart.

use std::{
    fs,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use hven_app::ports::{StoreError, StoreResult};

use super::{
    Writer,
    group::sql_error,
    scrub_due::{READER_AGAIN, SPACE_AGAIN},
    upkeep,
};
use crate::{errors::io_error, sql::Connection};

/// A reader is mostly done in a moment: an erasure waits for that so often and so long. Later tries do not wait, because
/// appends would wait with them.
pub(super) const READER_TRIES: u32 = 20;
const READER_WAIT: Duration = Duration::from_millis(5);

impl Writer {
    /// Remembers that copies will be left, before what they are copies of is erased.
    pub(super) fn expect_copies(&mut self) -> StoreResult<()> {
        if !self.sql.is_sqlite() {
            return Ok(());
        }
        let Self { scrub, shared, .. } = self;
        shared.reserve.with(|| scrub.remember()).map_err(|e| io_error("the note that copies are to be removed", e))?;
        scrub.is_rewritten = false;
        scrub.due = Some(Instant::now());
        shared.copies_left.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Tries to remove them when it is time to; not while a transaction is open.
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

    /// Removes the copies that are left; not while a transaction is open. What is not possible now is done later. So often it
    /// is tried to empty the WAL, which a reader may keep from that for a moment.
    pub(super) fn scrub(&mut self, tries: u32) {
        match self.rewrite().and_then(|()| self.empty_wal(tries)) {
            Ok(true) => self.scrub.is_said = false,
            Ok(false) => self.scrub.due = Some(Instant::now() + READER_AGAIN),
            Err(error) => {
                self.scrub.due = Some(Instant::now() + SPACE_AGAIN);
                if !std::mem::replace(&mut self.scrub.is_said, true) {
                    tracing::warn!(%error, "copies of what was erased stay in unused places of the home's files until they can be removed");
                }
            }
        }
    }

    /// Overwrites the journal and writes the database anew, once for all erasures since the last time.
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

    /// Answers whether nothing is left.
    fn empty_wal(&mut self, tries: u32) -> StoreResult<bool> {
        let Connection::Sqlite(sqlite) = &mut self.sql else { return Ok(true) };
        let wal = upkeep::wal_path(self.upkeep.home());
        for left in (0..tries).rev() {
            sqlite.copy_wal_if_free("TRUNCATE").map_err(sql_error)?;
            if fs::metadata(&wal).map_or(0, |wal| wal.len()) == 0 {
                self.scrub.forget().map_err(|e| io_error("the note that copies are to be removed", e))?;
                self.shared.copies_left.store(false, Ordering::Relaxed);
                return Ok(true);
            }
            if left > 0 {
                std::thread::sleep(READER_WAIT);
            }
        }
        Ok(false)
    }

    /// SQLite would fill the disk before it finds that there is too little.
    fn refuse_without_space(&self) -> StoreResult<()> {
        let home = self.upkeep.home();
        let needed = fs::metadata(home.join("record.db")).map_or(0, |database| database.len());
        match self.shared.reserve.free_bytes() {
            Some(free) if free < needed => Err(StoreError::Full {
                what: format!("removing copies of what was erased takes {} MB", needed.div_ceil(1_000_000)),
            }),
            _ => Ok(()),
        }
    }
}
