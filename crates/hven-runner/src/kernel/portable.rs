//! POSIX replacements for Linux's own calls: `poll`, a pipe that a signal handler writes to, a pipe as a wake-up, `kill`.
//!
//! Two things are weaker than on Linux. A signal goes to a process id: the id could be reused between the check of the
//! process and the signal. And there is no subreaper: a process whose parent ended is not the runner's child, and the
//! runner finds it only by its session or by the mark in its environment.
#![allow(unsafe_code)]

use std::{
    collections::BTreeMap,
    io::{self, PipeReader, PipeWriter, Read as _, Write as _},
    mem,
    os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd as _, RawFd},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use libc::c_int;

use super::{check, set_nonblocking};

/// The watched files with their keys.
type Keys = Arc<Mutex<BTreeMap<RawFd, u64>>>;

fn locked(keys: &Keys) -> MutexGuard<'_, BTreeMap<RawFd, u64>> {
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for many files at once.
#[derive(Debug)]
pub(crate) struct Poll {
    keys: Keys,
    files: Vec<libc::pollfd>,
}

/// A file that is watched until this value is dropped.
#[derive(Debug)]
pub(crate) struct Watched<T: AsFd> {
    pub(crate) file: T,
    keys: Keys,
}

impl<T: AsFd> Drop for Watched<T> {
    fn drop(&mut self) {
        locked(&self.keys).remove(&self.file.as_fd().as_raw_fd());
    }
}

impl Poll {
    #[allow(clippy::unnecessary_wraps)] // On Linux it can fail.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { keys: Arc::default(), files: Vec::new() })
    }

    /// Watches a file; the poll returns `key` when the file can be read or has ended.
    #[allow(clippy::unnecessary_wraps)] // On Linux it can fail.
    pub(crate) fn watch<T: AsFd>(&self, file: T, key: u64) -> io::Result<Watched<T>> {
        locked(&self.keys).insert(file.as_fd().as_raw_fd(), key);
        Ok(Watched { file, keys: Arc::clone(&self.keys) })
    }

    /// Returns the keys of the files that are ready; none after `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration, ready: &mut Vec<u64>) -> io::Result<()> {
        ready.clear();
        self.files.clear();
        let keys = locked(&self.keys).clone();
        self.files.extend(keys.keys().map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }));
        // Round up, so that the loop does not wake just before a deadline and spin.
        let timeout_ms = timeout.as_micros().div_ceil(1000).min(60_000) as c_int;
        let count = self.files.len() as libc::nfds_t;
        // SAFETY: the kernel writes to the `count` entries of `files`, which lives through the call.
        match check(unsafe { libc::poll(self.files.as_mut_ptr(), count, timeout_ms) }) {
            Ok(_) => {
                let ready_files = self.files.iter().filter(|file| file.revents != 0);
                ready.extend(ready_files.filter_map(|file| keys.get(&file.fd)));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The pipe to which the handler writes the number of each signal; -1 before it exists.
static SIGNALLED: AtomicI32 = AtomicI32::new(-1);

extern "C" fn note(signal: c_int) {
    let byte = signal as u8;
    // SAFETY: one byte that lives through the call. A handler may write to a pipe. The write does not block; a full pipe
    // holds enough signals to wake the reader. The previous error number is restored.
    unsafe {
        let error = *errno();
        libc::write(SIGNALLED.load(Ordering::Relaxed), (&raw const byte).cast(), 1);
        *errno() = error;
    }
}

#[cfg(target_os = "macos")]
unsafe fn errno() -> *mut c_int {
    // SAFETY: it always returns this thread's own.
    unsafe { libc::__error() }
}
#[cfg(not(target_os = "macos"))]
unsafe fn errno() -> *mut c_int {
    // SAFETY: it always returns this thread's own.
    unsafe { libc::__errno_location() }
}

/// Signals to this process, as a file. They have no other effect any more.
#[derive(Debug)]
pub(crate) struct Signals(PipeReader);

impl Signals {
    pub(crate) fn block(signals: &[c_int]) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        set_nonblocking(reader.as_fd())?;
        set_nonblocking(writer.as_fd())?;
        // The writing end stays open until the process ends, because the handlers use it.
        SIGNALLED.store(writer.into_raw_fd(), Ordering::Relaxed);
        for &signal in signals {
            // SAFETY: a sigaction is plain data for which zero is fine; the handler makes only allowed calls.
            unsafe {
                let mut action: libc::sigaction = mem::zeroed();
                let handler: extern "C" fn(c_int) = note;
                action.sa_sigaction = handler as usize;
                action.sa_flags = libc::SA_RESTART;
                libc::sigemptyset(&raw mut action.sa_mask);
                check(libc::sigaction(signal, &raw const action, std::ptr::null_mut()))?;
            }
        }
        Ok(Self(reader))
    }

    /// The next signal.
    pub(crate) fn next(&self) -> Option<c_int> {
        let mut byte = [0];
        matches!((&self.0).read(&mut byte), Ok(1)).then(|| c_int::from(byte[0]))
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Wakes the thread that watches it.
#[derive(Debug)]
pub(crate) struct Waker {
    reader: PipeReader,
    writer: PipeWriter,
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        set_nonblocking(reader.as_fd())?;
        set_nonblocking(writer.as_fd())?;
        Ok(Self { reader, writer })
    }

    pub(crate) fn wake(&self) {
        // The write can fail only when the pipe is full, and then a wake-up is pending already.
        let _ = (&self.writer).write(&[1]);
    }

    pub(crate) fn clear(&self) {
        let mut bytes = [0; 64];
        while matches!((&self.reader).read(&mut bytes), Ok(1..)) {}
    }
}

/// Does nothing outside Linux, which has no such call: orphans are found by their session and their mark.
#[allow(clippy::unnecessary_wraps)] // On Linux it can fail.
pub(crate) fn become_subreaper() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    // SAFETY: no pointers.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })?;
    Ok(())
}

/// A process that existed when this value was made.
#[derive(Debug)]
pub(crate) struct ProcessHandle(libc::pid_t);

impl ProcessHandle {
    pub(crate) fn open(pid: u32) -> io::Result<Self> {
        // SAFETY: no pointers; signal 0 only checks that the process exists.
        check(unsafe { libc::kill(pid as libc::pid_t, 0) })?;
        Ok(Self(pid as libc::pid_t))
    }

    pub(crate) fn signal(&self, signal: c_int) -> io::Result<()> {
        // SAFETY: no pointers.
        check(unsafe { libc::kill(self.0, signal) }).map(drop)
    }
}

/// Keeps inherited files, except for the three standard ones, from the tasks.
pub(crate) fn close_inherited_on_exec() {
    /// A server has fewer open files when it starts a runner.
    const INHERITED_MAX: c_int = 1024;
    for fd in 3..INHERITED_MAX {
        // SAFETY: no pointers; only a flag of open files changes, and unused numbers are ignored.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// The unit of start times and CPU times of processes, per second, and bytes per page.
#[cfg(target_os = "linux")]
pub(crate) fn units() -> (f64, u64) {
    // SAFETY: no pointers; both values always exist.
    unsafe { (libc::sysconf(libc::_SC_CLK_TCK) as f64, libc::sysconf(libc::_SC_PAGESIZE) as u64) }
}

/// The current time by the clock of the start times of processes, in seconds.
pub(crate) fn since_boot_s() -> f64 {
    // SAFETY: a timespec is plain data for which zero is fine, and lives through the call.
    unsafe {
        let mut time: libc::timespec = mem::zeroed();
        libc::clock_gettime(CLOCK_OF_STARTS, &raw mut time);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }
}

#[cfg(target_os = "linux")]
const CLOCK_OF_STARTS: libc::clockid_t = libc::CLOCK_BOOTTIME;
#[cfg(not(target_os = "linux"))]
const CLOCK_OF_STARTS: libc::clockid_t = libc::CLOCK_REALTIME;

/// Does nothing: POSIX can allocate space only by making the file longer.
#[allow(clippy::unnecessary_wraps)] // On Linux it can fail.
pub(crate) fn reserve(_file: BorrowedFd<'_>, _bytes: u64) -> io::Result<()> {
    Ok(())
}
