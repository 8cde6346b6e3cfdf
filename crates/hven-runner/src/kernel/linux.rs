//! Linux-only calls: `epoll`, signals and wake-ups as files (`signalfd`, `eventfd`), `pidfd`, the subreaper.
#![allow(unsafe_code)]

use std::{
    io, mem,
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    sync::Arc,
    time::Duration,
};

use libc::c_int;

use super::check;

fn owned(result: c_int) -> io::Result<OwnedFd> {
    let fd = check(result)?;
    // SAFETY: the call has just opened it, so it has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Waits for many files at once.
#[derive(Debug)]
pub(crate) struct Poll {
    epoll: Arc<OwnedFd>,
    events: Vec<libc::epoll_event>,
}

/// A file that is watched until this value is dropped. Closing the file would not be enough: a process that is being started
/// holds copies of all files for a moment, and the poll would go on to report a file that cannot be read any more.
#[derive(Debug)]
pub(crate) struct Watched<T: AsFd> {
    pub(crate) file: T,
    epoll: Arc<OwnedFd>,
}

impl<T: AsFd> Drop for Watched<T> {
    fn drop(&mut self) {
        let fd = self.file.as_fd().as_raw_fd();
        // SAFETY: both descriptors are open, and the kernel ignores the event of a removal.
        unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), libc::EPOLL_CTL_DEL, fd, std::ptr::null_mut()) };
    }
}

impl Poll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers.
        let epoll = Arc::new(owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?);
        Ok(Self { epoll, events: vec![libc::epoll_event { events: 0, u64: 0 }; 128] })
    }

    /// Watches a file; the poll returns `key` when the file can be read or has ended.
    pub(crate) fn watch<T: AsFd>(&self, file: T, key: u64) -> io::Result<Watched<T>> {
        let fd = file.as_fd();
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: key };
        // SAFETY: `event` lives through the call; both descriptors are open.
        check(unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, fd.as_raw_fd(), &raw mut event) })?;
        Ok(Watched { file, epoll: Arc::clone(&self.epoll) })
    }

    /// Returns the keys of the files that are ready; none after `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration, ready: &mut Vec<u64>) -> io::Result<()> {
        // Round up, so that the loop does not wake just before a deadline and spin.
        let timeout_ms = timeout.as_micros().div_ceil(1000).min(60_000) as c_int;
        let room = self.events.len() as c_int;
        // SAFETY: the kernel writes at most `room` events into a buffer of that size.
        let count = unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), self.events.as_mut_ptr(), room, timeout_ms) };
        ready.clear();
        match check(count) {
            Ok(count) => ready.extend(self.events[..count as usize].iter().map(|event| event.u64)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Signals to this process, as a file. They are blocked in the thread that makes it and in threads that it starts later.
#[derive(Debug)]
pub(crate) struct Signals(OwnedFd);

impl Signals {
    pub(crate) fn block(signals: &[c_int]) -> io::Result<Self> {
        // SAFETY: `set` is initialised by sigemptyset and lives through the calls.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for &signal in signals {
                libc::sigaddset(&raw mut set, signal);
            }
            match libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) {
                0 => owned(libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)).map(Self),
                error => Err(io::Error::from_raw_os_error(error)),
            }
        }
    }

    /// The next signal; several signals of one kind may be merged into one.
    pub(crate) fn next(&self) -> Option<c_int> {
        // SAFETY: a signalfd_siginfo is plain data for which zero is fine, and the kernel fills at most its size.
        unsafe {
            let mut info: libc::signalfd_siginfo = mem::zeroed();
            let size = size_of::<libc::signalfd_siginfo>();
            let read = libc::read(self.0.as_raw_fd(), (&raw mut info).cast(), size);
            (read == size as isize).then_some(info.ssi_signo as c_int)
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Wakes the thread that watches it.
#[derive(Debug)]
pub(crate) struct Waker(OwnedFd);

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers.
        owned(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) }).map(Self)
    }

    pub(crate) fn wake(&self) {
        // SAFETY: an eventfd takes eight bytes. The call can fail only when the wake-up is pending already.
        unsafe { libc::eventfd_write(self.0.as_raw_fd(), 1) };
    }

    pub(crate) fn clear(&self) {
        let mut count = 0;
        // SAFETY: `count` lives through the call. The call can fail only when no wake-up is pending.
        unsafe { libc::eventfd_read(self.0.as_raw_fd(), &raw mut count) };
    }
}

/// From now on, processes whose parents ended become children of this process.
pub(crate) fn become_subreaper() -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }).map(drop)
}

/// A handle of a process, which stays valid when the process id is reused.
#[derive(Debug)]
pub(crate) struct ProcessHandle(OwnedFd);

impl ProcessHandle {
    /// The process that has this id now.
    pub(crate) fn open(pid: u32) -> io::Result<Self> {
        // SAFETY: no pointers.
        owned(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as c_int).map(Self)
    }

    pub(crate) fn signal(&self, signal: c_int) -> io::Result<()> {
        let info: *const libc::siginfo_t = std::ptr::null();
        // SAFETY: the call accepts a null siginfo for a plain signal.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), signal, info, 0) };
        check(result as c_int).map(drop)
    }
}

/// Keeps inherited files, except for the three standard ones, from the tasks.
pub(crate) fn close_inherited_on_exec() {
    // SAFETY: no pointers; only a flag of open files changes. Kernels before 5.11 refuse the call, which is harmless.
    unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as c_int) };
}

/// Clock ticks per second in `/proc`, and bytes per page.
pub(crate) fn units() -> (f64, u64) {
    // SAFETY: no pointers; both values always exist.
    unsafe { (libc::sysconf(libc::_SC_CLK_TCK) as f64, libc::sysconf(libc::_SC_PAGESIZE) as u64) }
}

/// The time since this machine was started, in seconds, by the clock of the start times in `/proc`.
pub(crate) fn since_boot_s() -> f64 {
    // SAFETY: a timespec is plain data for which zero is fine, and lives through the call.
    unsafe {
        let mut time: libc::timespec = mem::zeroed();
        libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }
}

/// Allocates disk space for the first `bytes` bytes of a file without changing the file's length.
pub(crate) fn reserve(file: BorrowedFd<'_>, bytes: u64) -> io::Result<()> {
    // SAFETY: no pointers; the file is open.
    let result = unsafe { libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, 0, bytes as libc::off_t) };
    check(result).map(drop)
}
