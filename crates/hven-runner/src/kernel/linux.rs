//! What only Linux has: `epoll`, signals and bells as files (`signalfd`, `eventfd`), `pidfd`, the subreaper.
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
    // SAFETY: the call has just opened it, so nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Waits for many files at once.
#[derive(Debug)]
pub(crate) struct Poll {
    epoll: Arc<OwnedFd>,
    events: Vec<libc::epoll_event>,
}

/// A file that is watched until this is dropped. Closing it would not be enough: a process that is just being started
/// has every file of ours for another moment, and for that long the poll would go on to report what nobody can read.
#[derive(Debug)]
pub(crate) struct Watched<T: AsFd> {
    pub(crate) file: T,
    epoll: Arc<OwnedFd>,
}

impl<T: AsFd> Drop for Watched<T> {
    fn drop(&mut self) {
        let fd = self.file.as_fd().as_raw_fd();
        // SAFETY: both descriptors are open, and no event is read when one is taken out.
        unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), libc::EPOLL_CTL_DEL, fd, std::ptr::null_mut()) };
    }
}

impl Poll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers.
        let epoll = Arc::new(owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?);
        Ok(Self { epoll, events: vec![libc::epoll_event { events: 0, u64: 0 }; 128] })
    }

    /// Watches a file; `key` comes back when it can be read or has ended.
    pub(crate) fn watch<T: AsFd>(&self, file: T, key: u64) -> io::Result<Watched<T>> {
        let fd = file.as_fd();
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: key };
        // SAFETY: `event` lives through the call; both descriptors are open.
        check(unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, fd.as_raw_fd(), &raw mut event) })?;
        Ok(Watched { file, epoll: Arc::clone(&self.epoll) })
    }

    /// The keys of the files that have something; none after `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration, ready: &mut Vec<u64>) -> io::Result<()> {
        // Rounded up, so that one does not wake a moment before a deadline and spin.
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

/// Signals to this process, as a file. They are blocked in the thread that made it and in those made after.
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

    /// The next signal that came; several of a kind may come as one.
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

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Wakes the thread that watches it.
#[derive(Debug)]
pub(crate) struct Bell(OwnedFd);

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers.
        owned(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) }).map(Self)
    }

    pub(crate) fn ring(&self) {
        // SAFETY: an eventfd takes eight bytes. It can only fail when it rings already.
        unsafe { libc::eventfd_write(self.0.as_raw_fd(), 1) };
    }

    pub(crate) fn silence(&self) {
        let mut count = 0;
        // SAFETY: `count` lives through the call. It can only fail when it does not ring.
        unsafe { libc::eventfd_read(self.0.as_raw_fd(), &raw mut count) };
    }
}

/// From now on, processes whose parent ended become children of this one.
pub(crate) fn become_subreaper() -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }).map(drop)
}

/// A handle on a process, which stays with it when its id is given to another.
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
        // SAFETY: a null siginfo is what the call wants for a plain signal.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), signal, info, 0) };
        check(result as c_int).map(drop)
    }
}

/// Files that were inherited, but for the three standard ones, do not reach the tasks.
pub(crate) fn close_inherited_on_exec() {
    // SAFETY: no pointers; only a flag of open files changes. Kernels before 5.11 refuse, and then nothing is lost but
    // tidiness.
    unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as c_int) };
}

/// Clock ticks per second in `/proc`, and bytes per page.
pub(crate) fn units() -> (f64, u64) {
    // SAFETY: no pointers; both values are always there.
    unsafe { (libc::sysconf(libc::_SC_CLK_TCK) as f64, libc::sysconf(libc::_SC_PAGESIZE) as u64) }
}

/// How long ago this machine was started, in seconds: the clock by which `/proc` says when processes began.
pub(crate) fn since_boot_s() -> f64 {
    // SAFETY: a timespec is plain data for which zero is fine, and lives through the call.
    unsafe {
        let mut time: libc::timespec = mem::zeroed();
        libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }
}

/// Reserves space on the disk for so many bytes of a file, also beyond its end, which stays where it is.
pub(crate) fn reserve(file: BorrowedFd<'_>, bytes: u64) -> io::Result<()> {
    // SAFETY: no pointers; the file is open.
    let result = unsafe { libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, 0, bytes as libc::off_t) };
    check(result).map(drop)
}
