//! Whether copies of what was erased are left, and when they are looked for again.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::Shared;

const FILE: &str = "scrub-due";
/// How long it is waited until it is tried again: for space, and for a reader that keeps the WAL from being emptied.
pub(super) const SPACE_AGAIN: Duration = Duration::from_secs(30);
pub(super) const READER_AGAIN: Duration = Duration::from_secs(1);

/// Whether copies of what was erased are left in the files of a home that nobody has opened.
pub fn copies_left(home: &Path) -> bool {
    home.join(FILE).exists()
}

/// Whether copies of what was erased are left, and when it is tried again to remove them.
#[derive(Debug)]
pub(super) struct Scrub {
    pub(super) file: PathBuf,
    pub(super) due: Option<Instant>,
    /// The database was written anew since the last erasure.
    pub(super) is_rewritten: bool,
    /// The log says already why they stay.
    pub(super) is_said: bool,
}

impl Scrub {
    /// Finds out whether an erasure before the last stop left something to do.
    pub(super) fn find(home: &Path, shared: &Shared) -> Self {
        let file = home.join(FILE);
        let is_left = copies_left(home);
        shared.copies_left.store(is_left, Ordering::Relaxed);
        Self { file, due: is_left.then(Instant::now), is_rewritten: false, is_said: false }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn remember(&self) -> io::Result<()> {
        File::create(&self.file)?;
        self.flush_folder()
    }

    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.due = None;
        fs::remove_file(&self.file)?;
        self.flush_folder()
    }

    fn flush_folder(&self) -> io::Result<()> {
        File::open(self.file.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}
