//! The reserve: a file that takes space for as long as nobody needs it.
//!
//! When the disk is full, it is given up piece by piece, so that what ends work and what makes room can still be recorded:
//! the end of a run, a cancellation, an erasure, a collection. New work is refused until there is space again; then the
//! reserve is made again first. It needs several times its own size for that, so that it does not come and go.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hven_app::ports::{StoreError, StoreResult};
use hven_core::fact::kind;
use rustix::fs::FallocateFlags;

use crate::{errors::is_full, views::kinds};

pub(crate) const FILE: &str = "reserve";
/// On a large disk the reserve has this size, on a small one this share of it.
const BYTES_MAX: u64 = 16 << 20;
const BYTES_MIN: u64 = 1 << 20;
const SHARE_OF_DISK: u64 = 16;
/// It is given up in so many pieces, so that nobody else can take all of it at once.
const PIECES: u64 = 16;
/// New work is taken again when the reserve is whole and so many times as much is free beside it.
const FREE_TIMES: u64 = 3;
/// A disk with less than this free is full.
const FULL_BELOW_BYTES: u64 = 64 << 10;
/// How long no space is asked for after it was refused, although the disk says that it is free.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Parameters that a script logs may use the reserve, but not to fill it.
const PARAMS_BYTES_MAX: usize = 64 << 10;

/// Facts that end something, take a right away or make room: for them the reserve is there. What a runner was told to
/// start must be recorded, too, and what it says that cannot be taken in, or the ends behind it would wait.
const KINDS: &[&str] = kinds![
    HomeCreated,
    ObjectsCollected,
    ObjectErased,
    PayloadErased,
    RoleRevoked,
    RunAttemptEnded,
    RunCancelRequested,
    RunFinished,
    RunMessageSetAside,
    RunParamsLogged,
    RunPartSealed,
    RunProcessStarted,
    RunStarted,
    RunnerEnrolled,
    RunnerGone,
    SessionEnded,
    StreamErased,
    TokenRevoked
];

/// Whether facts of these kinds, with so many bytes, may use the reserve.
pub(crate) fn may_use<'a>(mut kinds: impl Iterator<Item = &'a str>, bytes: usize) -> bool {
    kinds.all(|kind| KINDS.contains(&kind) && (kind != kind::RunParamsLogged || bytes <= PARAMS_BYTES_MAX))
}

#[derive(Debug)]
pub(crate) struct Reserve {
    home: PathBuf,
    kept: Mutex<Kept>,
    is_low: AtomicBool,
}

#[derive(Debug)]
struct Kept {
    /// How many bytes the file has.
    bytes: u64,
    /// When space was asked for and refused.
    refused: Option<Instant>,
}

impl Reserve {
    /// Finds the reserve of a home, and makes it when there is space for it.
    pub(crate) fn open(home: &Path) -> Self {
        let found = fs::metadata(home.join(FILE)).ok().map(|found| found.len());
        let kept = Mutex::new(Kept { bytes: found.unwrap_or(0), refused: None });
        let reserve = Self { home: home.to_owned(), kept, is_low: AtomicBool::new(false) };
        // One that was given up says that the disk was full: a server that starts then takes new work no sooner than the one
        // before it would have. So does one that starts where hardly anything is free.
        if let Some(disk) = reserve.disk() {
            let is_given_up = found.is_some_and(|found| found < disk.wanted_bytes);
            reserve.is_low.store(is_given_up || disk.free_bytes < FULL_BELOW_BYTES, Ordering::Relaxed);
        }
        reserve.look();
        reserve
    }

    fn path(&self) -> PathBuf {
        self.home.join(FILE)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the disk is full, or was a moment ago and there is not enough space again.
    pub(crate) fn is_low(&self) -> bool {
        self.is_low.load(Ordering::Relaxed) && !self.look()
    }

    /// Refuses new work while the disk is full.
    pub(crate) fn refuse_if_low(&self, what: &str) -> StoreResult<()> {
        if self.is_low() { Err(self.refusal(what)) } else { Ok(()) }
    }

    pub(crate) fn refusal(&self, what: &str) -> StoreError {
        let needed = self.disk().map_or(BYTES_MAX, |disk| disk.wanted_bytes) * (1 + FREE_TIMES);
        StoreError::Full {
            what: format!("{what}: new work is taken again when {} MB are free", needed.div_ceil(1_000_000)),
        }
    }

    /// Something found no space.
    pub(crate) fn note_full(&self) {
        if !self.is_low.swap(true, Ordering::Relaxed) {
            tracing::warn!("the disk of the home, or a quota, is full: new work is refused until there is space again");
        }
    }

    /// The same, where something may have.
    pub(crate) fn note<T>(&self, outcome: StoreResult<T>) -> StoreResult<T> {
        if matches!(outcome, Err(StoreError::Full { .. })) {
            self.note_full();
        }
        outcome
    }

    /// Gives up a piece of the reserve, for something that may use it; `false` when there is none left.
    pub(crate) fn give(&self) -> bool {
        self.note_full();
        let mut kept = self.kept();
        if kept.bytes == 0 {
            return false;
        }
        let piece = self.disk().map_or(BYTES_MIN, |disk| disk.wanted_bytes) / PIECES;
        match cut(&self.path(), kept.bytes.saturating_sub(piece.max(64 << 10))) {
            Ok(left) => {
                kept.bytes = left;
                tracing::info!(left_bytes = left, "gave up a piece of the reserve");
                true
            }
            Err(error) => {
                // Somebody may have removed it to make room.
                tracing::warn!(%error, "the reserve cannot be given up");
                kept.bytes = 0;
                false
            }
        }
    }

    /// Does something that finds space, if need be in the reserve.
    pub(crate) fn with<T>(&self, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        loop {
            match act() {
                Err(error) if is_full(error.kind()) && self.give() => {}
                done => return done,
            }
        }
    }

    /// Makes the reserve whole again when there is space; answers whether it is.
    fn look(&self) -> bool {
        let Some(disk) = self.disk() else { return false };
        let mut kept = self.kept();
        let (whole, beside) = (disk.wanted_bytes.max(kept.bytes), FREE_TIMES * disk.wanted_bytes);
        if disk.free_bytes < whole - kept.bytes + beside {
            return false;
        }
        // Of a quota the disk does not tell. After something found no space, what should be free is asked for as well.
        let asked = if self.is_low.load(Ordering::Relaxed) { beside } else { 0 };
        if whole + asked > kept.bytes {
            if kept.refused.is_some_and(|refused| refused.elapsed() < ASK_AGAIN_AFTER) {
                return false;
            }
            if let Err(error) = extend(&self.path(), kept.bytes, whole, asked) {
                tracing::debug!(%error, "the reserve cannot be made");
                kept.refused = Some(Instant::now());
                return false;
            }
            *kept = Kept { bytes: whole, refused: None };
        }
        drop(kept);
        if self.is_low.swap(false, Ordering::Relaxed) {
            tracing::info!("there is space again on the disk of the home: new work is taken");
        }
        true
    }

    /// How much is free on the disk of the home.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        self.disk().map(|disk| disk.free_bytes)
    }

    fn disk(&self) -> Option<Disk> {
        let disk = rustix::fs::statvfs(&self.home).ok()?;
        let all_bytes = disk.f_blocks.saturating_mul(disk.f_frsize);
        Some(Disk {
            wanted_bytes: (all_bytes / SHARE_OF_DISK).clamp(BYTES_MIN, BYTES_MAX),
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        })
    }
}

struct Disk {
    /// How large the reserve should be there.
    wanted_bytes: u64,
    free_bytes: u64,
}

/// Makes a file shorter, or removes it. Answers how many bytes are left of it.
fn cut(path: &Path, left: u64) -> io::Result<u64> {
    match OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(left)) {
        // Where nothing is written in its place (btrfs), a full quota refuses even that; a file can be removed.
        Err(error) if is_full(error.kind()) => fs::remove_file(path).map(|()| 0),
        done => done.map(|()| left),
    }
}

/// Makes a file take space, from where it ends now, if there is so much more `beside` it. When that fails it takes as
/// much as before.
fn extend(path: &Path, from: u64, to: u64, beside: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let extended = match rustix::fs::fallocate(&file, FallocateFlags::empty(), from, to + beside - from) {
        // What is beside it is not asked for there: it would have to be written.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => write_noise(&mut file, from, to),
        taken => taken.map_err(io::Error::from).and_then(|()| file.set_len(to)),
    };
    extended.inspect_err(|_| drop(file.set_len(from)))
}

/// Where space cannot be asked for, it is taken by bytes that no file system can make smaller.
fn write_noise(file: &mut File, from: u64, to: u64) -> io::Result<()> {
    let mut noise = blake3::Hasher::new().finalize_xof();
    let mut buffer = vec![0; 64 << 10];
    io::Seek::seek(file, io::SeekFrom::Start(from))?;
    let mut at = from;
    while at < to {
        let n = (to - at).min(buffer.len() as u64) as usize;
        noise.fill(&mut buffer[..n]);
        file.write_all(&buffer[..n])?;
        at += n as u64;
    }
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_up_in_pieces_and_made_again() {
        let home = tempfile::tempdir().expect("a folder");
        let reserve = Reserve::open(home.path());
        let bytes = || fs::metadata(home.path().join(FILE)).map_or(0, |found| found.len());
        let whole = bytes();
        // The disk of this test may itself have little space; then there is nothing to give.
        if whole == 0 {
            return;
        }
        assert!(!reserve.is_low());
        assert!(reserve.give());
        assert!(bytes() < whole && bytes() > 0);
        assert!(!reserve.is_low(), "there was space all the time: it is whole again");
        assert_eq!(bytes(), whole);
        let pieces = (0..100).take_while(|_| reserve.give()).count();
        assert!((2..=PIECES as usize).contains(&pieces), "{pieces}");
        assert_eq!(bytes(), 0);
    }

    #[test]
    fn what_is_beside_it_is_asked_for_and_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        extend(&path, 0, 100_000, 300_000).expect("there is space");
        extend(&path, 100_000, 100_000, 300_000).expect("there is space");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 100_000);
        // No disk has so much.
        extend(&path, 100_000, 200_000, 1 << 60).expect_err("there is no such space");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 100_000, "it takes as much as before");
        assert_eq!(cut(&path, 40_000).expect("it is there"), 40_000);
        fs::remove_file(&path).expect("removed");
        cut(&path, 10_000).expect_err("it is not there");
    }

    #[test]
    fn space_is_taken_also_where_it_cannot_be_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        let mut file = File::create(&path).expect("a file");
        write_noise(&mut file, 0, 100_000).expect("written");
        write_noise(&mut file, 100_000, 200_000).expect("written");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 200_000);
    }

    #[test]
    fn what_ends_work_may_use_it_and_new_work_may_not() {
        let check =
            |kinds: &[&str], bytes, wanted| assert_eq!(may_use(kinds.iter().copied(), bytes), wanted, "{kinds:?}");
        check(&[kind::RunFinished, kind::RunStarted, kind::RunProcessStarted], 1 << 20, true);
        check(&[kind::RunFinished, kind::RunSubmitted], 100, false);
        check(&[kind::RunParamsLogged], 100, true);
        check(&[kind::RunParamsLogged], 1 << 20, false);
        check(&[kind::RunMessageSetAside, kind::RunFinished], 1 << 20, true);
        check(&[kind::SessionEnded], 100, true);
        check(&[kind::SessionOpened], 100, false);
        let known = |kind: &str| hven_core::Fact::KINDS.iter().any(|(known, _)| *known == kind);
        assert!(KINDS.iter().all(|kind| known(kind)));
    }
}
