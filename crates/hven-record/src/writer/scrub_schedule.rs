//! The state of the removal of copies of erased payloads, and the time of the next try.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::Shared;

const FILE: &str = "scrub-due";
/// The time until the next try when there is too little space.
pub(super) const SPACE_AGAIN: Duration = Duration::from_secs(30);
/// The time until the next try when a reader keeps the WAL from being emptied.
pub(super) const READER_AGAIN: Duration = Duration::from_secs(1);

/// Whether the files of a closed home contain copies of erased payloads.
pub fn copies_left(home: &Path) -> bool {
    home.join(FILE).exists()
}

/// Whether copies of erased payloads are left, and when their removal is tried again.
#[derive(Debug)]
pub(super) struct Scrub {
    pub(super) file: PathBuf,
    pub(super) due: Option<Instant>,
    /// The database was rewritten since the last erasure.
    pub(super) is_rewritten: bool,
    /// The reason for the delay was already logged.
    pub(super) is_said: bool,
}

impl Scrub {
    /// Finds out whether an erasure before the last stop left copies.
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
