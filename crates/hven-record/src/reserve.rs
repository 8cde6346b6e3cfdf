//! The reserve: a file that occupies disk space until it is needed.
//!
//! On a full disk the reserve is freed piece by piece, so that facts which end work or make room can still be recorded: the end
//! of a run, a cancellation, an erasure, a collection. New work is refused until there is space again, and the reserve is
//! restored first. That requires several times its size, so that it does not alternate between the two states.

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
/// The size of the reserve on a large disk.
const BYTES_MAX: u64 = 16 << 20;
/// The smallest size of the reserve.
const BYTES_MIN: u64 = 1 << 20;
/// On a small disk, the reserve is the disk's size divided by this.
const SHARE_OF_DISK: u64 = 16;
/// The number of pieces, so that no other program can take the whole reserve at once.
const PIECES: u64 = 16;
/// New work is accepted when the reserve is complete and this many times its size is free in addition.
const FREE_TIMES: u64 = 3;
/// A disk with less free space counts as full.
const FULL_BELOW_BYTES: u64 = 64 << 10;
/// A disk with this much free space is not full.
const SOME_BYTES: u64 = 1 << 20;
/// The time after a failed allocation in which no further one is tried, although the disk reports free space.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Parameters that a script logs may use the reserve up to this size.
const PARAMS_BYTES_MAX: usize = 64 << 10;

/// The kinds of facts that may use the reserve: they end something, revoke a right or make room. Facts about work that a runner
/// has already started, and about its refused messages, must be recorded too, because the ends of runs wait behind them.
const KINDS: &[&str] = kinds![
    ArrayCancelled,
    ArrayEnded,
    ArrayStopped,
    HomeCreated,
    ObjectsCollected,
    ObjectErased,
    PayloadErased,
    RepairCancelled,
    RepairEnded,
    RoleRevoked,
    RunAttemptEnded,
    RunCancelRequested,
    RunClosed,
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
    TokenRevoked,
    WorkflowCancelled,
    WorkflowEnded,
    WorkflowStepEnded
];

/// Whether facts of these kinds and of this size may use the reserve.
pub(crate) fn may_use<'a>(mut kinds: impl Iterator<Item = &'a str>, bytes: usize) -> bool {
    kinds.all(|kind| KINDS.contains(&kind) && (kind != kind::RunParamsLogged || bytes <= PARAMS_BYTES_MAX))
}

#[derive(Debug)]
pub(crate) struct Reserve {
    home: PathBuf,
    kept: Mutex<ReserveState>,
    is_low: AtomicBool,
}

#[derive(Debug)]
struct ReserveState {
    /// The size of the file.
    bytes: u64,
    /// When an allocation failed last.
    refused: Option<Instant>,
}

impl Reserve {
    /// Finds the reserve of a home, or creates it if there is space.
    pub(crate) fn open(home: &Path) -> Self {
        let found = fs::metadata(home.join(FILE)).ok().map(|found| found.len());
        let kept = Mutex::new(ReserveState { bytes: found.unwrap_or(0), refused: None });
        let reserve = Self { home: home.to_owned(), kept, is_low: AtomicBool::new(false) };
        // An incomplete reserve means that the disk was full, so the server accepts new work under the same condition as before
        // its restart. The same holds if almost nothing is free.
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

    fn kept(&self) -> MutexGuard<'_, ReserveState> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the disk is full, or was full and has not enough space again.
    pub(crate) fn is_low(&self) -> bool {
        self.is_low.load(Ordering::Relaxed) && !self.look()
    }

    /// Whether the disk has some free space, perhaps not enough for new work.
    pub(crate) fn has_some_space(&self) -> bool {
        self.disk().is_some_and(|disk| disk.free_bytes >= SOME_BYTES)
    }

    /// Refuses new work while the disk is full.
    pub(crate) fn refuse_if_low(&self, what: &str) -> StoreResult<()> {
        if self.is_low() { Err(self.refusal(what)) } else { Ok(()) }
    }

    pub(crate) fn refusal(&self, what: &str) -> StoreError {
        let needed = self.disk().map_or(BYTES_MAX, |disk| disk.wanted_bytes) * (1 + FREE_TIMES);
        StoreError::Full {
            what: format!("{what}: Hven accepts new work again when {} MB are free", needed.div_ceil(1_000_000)),
        }
    }

    /// Records that an operation found no space.
    pub(crate) fn note_full(&self) {
        if !self.is_low.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the disk of the home, or a quota, is full: Hven refuses new work until there is space again"
            );
        }
    }

    /// Records it if `outcome` is such an error.
    pub(crate) fn note<T>(&self, outcome: StoreResult<T>) -> StoreResult<T> {
        if matches!(outcome, Err(StoreError::Full { .. })) {
            self.note_full();
        }
        outcome
    }

    /// Frees a piece of the reserve; returns `false` if none is left.
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
                tracing::info!(left_bytes = left, "released a part of the reserve");
                true
            }
            Err(error) => {
                // A user may have removed the file to make room.
                tracing::warn!(%error, "the reserve cannot be released");
                kept.bytes = 0;
                false
            }
        }
    }

    /// Calls `act`, and frees pieces of the reserve as long as it fails on a full disk.
    pub(crate) fn with<T>(&self, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        loop {
            match act() {
                Err(error) if is_full(error.kind()) && self.give() => {}
                done => return done,
            }
        }
    }

    /// Restores the reserve if there is space; returns whether it is complete.
    fn look(&self) -> bool {
        let Some(disk) = self.disk() else { return false };
        let mut kept = self.kept();
        let (whole, extra) = (disk.wanted_bytes.max(kept.bytes), FREE_TIMES * disk.wanted_bytes);
        if disk.free_bytes < whole - kept.bytes + extra {
            return false;
        }
        // Quotas are not visible as free space. After a failure, the free space is therefore tested by an allocation.
        let asked = if self.is_low.load(Ordering::Relaxed) { extra } else { 0 };
        if whole + asked > kept.bytes {
            if kept.refused.is_some_and(|refused| refused.elapsed() < ASK_AGAIN_AFTER) {
                return false;
            }
            if let Err(error) = extend(&self.path(), kept.bytes, whole, asked) {
                tracing::debug!(%error, "the reserve cannot be created");
                kept.refused = Some(Instant::now());
                return false;
            }
            *kept = ReserveState { bytes: whole, refused: None };
        }
        drop(kept);
        if self.is_low.swap(false, Ordering::Relaxed) {
            tracing::info!("the disk of the home has space again: Hven accepts new work");
        }
        true
    }

    /// The free space on the disk of the home.
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
    /// The size that the reserve should have on this disk.
    wanted_bytes: u64,
    free_bytes: u64,
}

/// Shortens a file or removes it. Returns its remaining size.
fn cut(path: &Path, left: u64) -> io::Result<u64> {
    match OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(left)) {
        // On a copy-on-write file system (btrfs), a full quota refuses even truncation; removing the file works.
        Err(error) if is_full(error.kind()) => fs::remove_file(path).map(|()| 0),
        done => done.map(|()| left),
    }
}

/// Allocates space for a file from its end on, if `extra` more bytes are free. If that fails, the file is unchanged.
fn extend(path: &Path, from: u64, to: u64, extra: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let extended = match rustix::fs::fallocate(&file, FallocateFlags::empty(), from, to + extra - from) {
        // Without `fallocate`, the additional free space is not tested, because it would have to be written.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => write_noise(&mut file, from, to),
        taken => taken.map_err(io::Error::from).and_then(|()| file.set_len(to)),
    };
    extended.inspect_err(|_| drop(file.set_len(from)))
}

/// Without `fallocate`, occupies space with bytes that no file system can compress.
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
    fn the_reserve_is_freed_in_pieces_and_restored() {
        let home = tempfile::tempdir().expect("a folder");
        let reserve = Reserve::open(home.path());
        let bytes = || fs::metadata(home.path().join(FILE)).map_or(0, |found| found.len());
        let whole = bytes();
        // The disk of this test may have little space; then there is no reserve.
        if whole == 0 {
            return;
        }
        assert!(!reserve.is_low());
        assert!(reserve.give());
        assert!(bytes() < whole && bytes() > 0);
        assert!(!reserve.is_low(), "there was space, so the reserve is complete again");
        assert_eq!(bytes(), whole);
        let pieces = (0..100).take_while(|_| reserve.give()).count();
        assert!((2..=PIECES as usize).contains(&pieces), "{pieces}");
        assert_eq!(bytes(), 0);
    }

    #[test]
    fn additional_space_is_tested_and_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        extend(&path, 0, 100_000, 300_000).expect("there is space");
        extend(&path, 100_000, 100_000, 300_000).expect("there is space");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 100_000);
        // No disk has this much space.
        extend(&path, 100_000, 200_000, 1 << 60).expect_err("there is no such space");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 100_000, "the file is unchanged");
        assert_eq!(cut(&path, 40_000).expect("it is there"), 40_000);
        fs::remove_file(&path).expect("removed");
        cut(&path, 10_000).expect_err("it is not there");
    }

    #[test]
    fn space_is_occupied_even_without_fallocate() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        let mut file = File::create(&path).expect("a file");
        write_noise(&mut file, 0, 100_000).expect("written");
        write_noise(&mut file, 100_000, 200_000).expect("written");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 200_000);
    }

    #[test]
    fn facts_that_end_work_may_use_the_reserve_and_new_work_may_not() {
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
