//! One process per home: a lock on `hven.lock`, which also contains the holder.
//!
//! The kernel releases the lock when the process ends. Closing a home empties the file. If the file names another machine but
//! is not locked, the state of that machine is unknown (homes lie on network disks), so its process never counts as dead.

use std::{
    fs::{self, File, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use hven_core::Time;
use serde::{Deserialize, Serialize};

use crate::errors::{OpenError, is_full};

/// The process that holds a home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub host: String,
    pub pid: u32,
    /// The boot of its machine: after another boot the process is gone.
    pub boot_id: String,
    pub started: Time,
}

/// The name of the locked file.
const FILE: &str = "hven.lock";
/// How long a taken lock is tried again.
const WAIT: Duration = Duration::from_millis(500);
/// How long it is tried again while its holder is ending.
const WAIT_FOR_ENDING: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

impl Holder {
    /// The holder on this machine, if the lock's file names it and the system confirms that this process has the file open.
    /// `None` if there is none, or if the two disagree.
    ///
    /// This does not try the lock itself, because a server that starts at this moment would find it taken.
    pub fn of(home: &Path) -> Option<Self> {
        let path = fs::canonicalize(home.join(FILE)).ok()?;
        let holder = Self::named_in(&path)?;
        let is_here = holder.host == host() && holder.boot_id == boot_id();
        (is_here && has_open(holder.pid, &path)).then_some(holder)
    }

    /// The holder on another machine that has not closed the home. Whether it still lives is not visible from here.
    pub fn elsewhere(home: &Path) -> Option<Self> {
        Self::named_in(&home.join(FILE)).filter(|holder| holder.host != host())
    }

    fn named_in(lock: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(lock).ok()?).ok()
    }
}

/// Whether a process of this user has a file open. If the system cannot tell, the answer is yes.
fn has_open(pid: u32, path: &Path) -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    open.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|file| file == path))
}

/// Takes the lock. A process that was killed holds it until the kernel has ended all of its threads, so a taken lock is tried again
/// for a moment, and longer if its holder is ending.
fn lock_soon(file: &File, path: &Path) -> Result<(), TryLockError> {
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if started.elapsed() < WAIT => {}
            Err(TryLockError::WouldBlock) if started.elapsed() < WAIT_FOR_ENDING && is_holder_ending(path) => {}
            result => return result,
        }
        thread::sleep(PAUSE);
    }
}

/// Whether the main thread of the holder on this machine has ended, while other threads may not have.
fn is_holder_ending(path: &Path) -> bool {
    let Some(holder) = Holder::named_in(path).filter(|holder| holder.host == host()) else { return false };
    let stat = fs::read_to_string(format!("/proc/{}/stat", holder.pid)).unwrap_or_default();
    // The state follows the name in parentheses, which may contain any character.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}

#[derive(Debug)]
pub(crate) struct HomeLock {
    file: File,
}

impl HomeLock {
    /// Takes the lock. With `take_over`, the home is used although another machine did not close it.
    pub(crate) fn take(home: &Path, now: Time, take_over: bool) -> Result<Self, OpenError> {
        check_owner(home)?;
        let path = home.join(FILE);
        let open = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open.map_err(|e| OpenError::io(home, e))?;
        let locked = lock_soon(&file, &path);
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|e| OpenError::io(&path, e))?;
        let holder: Option<Holder> = serde_json::from_str(&text).ok();
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let (host, pid) = holder.map_or_else(|| ("this machine".to_owned(), 0), |h| (h.host, h.pid));
                return Err(OpenError::InUse { path: home.to_owned(), host, pid, url: server_url(home) });
            }
            Err(TryLockError::Error(e)) => return Err(OpenError::io(&path, e)),
        }
        if let Some(other) = holder
            && other.host != host()
            && !take_over
        {
            let since = other.started.to_string();
            return Err(OpenError::LockedElsewhere { path: home.to_owned(), host: other.host, pid: other.pid, since });
        }
        let me = Holder { host: host(), pid: std::process::id(), boot_id: boot_id(), started: now };
        let mut lock = Self { file };
        match lock.write(&serde_json::to_string(&me).unwrap_or_default()) {
            // The lock holds even without its text, and a home on a full disk must open, so that the user can make room.
            Err(e) if !is_full(e.kind()) => Err(OpenError::io(&path, e)),
            _ => Ok(lock),
        }
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }

    /// Releases the lock of a closed home.
    pub(crate) fn release(mut self) {
        if let Err(e) = self.write("") {
            tracing::warn!(error = %e, "the home's lock could not be emptied");
        }
    }
}

/// Refuses a folder of another user, who could change everything that is written there.
pub(crate) fn check_owner(home: &Path) -> Result<(), OpenError> {
    let owner = fs::metadata(home).map_err(|e| OpenError::io(home, e))?.uid();
    let you = rustix::process::geteuid().as_raw();
    if owner == you { Ok(()) } else { Err(OpenError::ForeignOwner { path: home.to_owned(), owner, you }) }
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

/// The address of the home's server according to its file.
fn server_url(home: &Path) -> Option<String> {
    let text = fs::read_to_string(server_file(home)).ok()?;
    let server: serde_json::Value = serde_json::from_str(&text).ok()?;
    server.get("url")?.as_str().map(str::to_owned)
}

fn server_file(home: &Path) -> PathBuf {
    home.join("server.json")
}
