//! The few things of Linux that the standard library does not offer, each behind a safe function: waiting for many
//! files at once (`epoll`), signals as a file (`signalfd`), a bell for other threads (`eventfd`), reaping with the
//! resource use, and signals to processes that cannot hit a stranger (`pidfd`).
//!
//! Every `unsafe` block here is one system call on values that this module owns or borrows for the call.
#![allow(unsafe_code)]

use std::{
    ffi::CString,
    io, mem,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    sync::Arc,
    time::Duration,
};

use libc::c_int;

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

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

/// A child that has ended and was not reaped yet.
pub(crate) fn ended_child() -> Option<u32> {
    // SAFETY: a siginfo_t is plain data for which zero is fine; its pid is read only when the call filled it.
    unsafe {
        let mut info: libc::siginfo_t = mem::zeroed();
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        if libc::waitid(libc::P_ALL, 0, &raw mut info, flags) != 0 {
            return None;
        }
        u32::try_from(info.si_pid()).ok().filter(|&pid| pid != 0)
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Exit(i32),
    Signal(i32),
}

/// What a process and the children that it waited for used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) user_s: f64,
    pub(crate) system_s: f64,
    pub(crate) memory_max_bytes: u64,
    pub(crate) read_bytes: u64,
    pub(crate) written_bytes: u64,
}

/// Takes the status of a child that has ended.
pub(crate) fn reap(pid: u32) -> Option<(Ending, Used)> {
    let mut status = 0;
    // SAFETY: a rusage is plain data for which zero is fine; both live through the call.
    let usage = unsafe {
        let mut usage: libc::rusage = mem::zeroed();
        let reaped = libc::wait4(pid as c_int, &raw mut status, libc::WNOHANG, &raw mut usage);
        if reaped != pid as c_int {
            return None;
        }
        usage
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let used = Used {
        user_s: seconds(usage.ru_utime),
        system_s: seconds(usage.ru_stime),
        memory_max_bytes: usage.ru_maxrss as u64 * 1024,
        // The kernel counts blocks of 512 bytes whatever the disk's are.
        read_bytes: usage.ru_inblock as u64 * 512,
        written_bytes: usage.ru_oublock as u64 * 512,
    };
    let ending = if libc::WIFSIGNALED(status) {
        Ending::Signal(libc::WTERMSIG(status))
    } else {
        Ending::Exit(libc::WEXITSTATUS(status))
    };
    Some((ending, used))
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

/// Reading from it never waits.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }).map(drop)
}

/// Sets the file mode mask of this process and answers what it was.
pub(crate) fn set_umask(mask: u32) -> u32 {
    // SAFETY: no pointers; cannot fail.
    unsafe { libc::umask(mask & 0o777) }
}

/// How many bytes this user may still write where `path` is.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: a statvfs is plain data for which zero is fine; both live through the call.
    unsafe {
        let mut space: libc::statvfs = mem::zeroed();
        check(libc::statvfs(path.as_ptr(), &raw mut space))?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }
}

/// Whether this user may enter a folder or execute a file.
pub(crate) fn may_execute(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: `path` lives through the call.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::X_OK, libc::AT_EACCESS) == 0 }
}

/// Clock ticks per second in `/proc`, and bytes per page.
pub(crate) fn units() -> (f64, u64) {
    // SAFETY: no pointers; both values are always there.
    unsafe { (libc::sysconf(libc::_SC_CLK_TCK) as f64, libc::sysconf(libc::_SC_PAGESIZE) as u64) }
}

/// How many files this process may have open.
pub(crate) fn open_files_max() -> u64 {
    // SAFETY: an rlimit is plain data for which zero is fine, and lives through the call.
    unsafe {
        let mut limit: libc::rlimit = mem::zeroed();
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
        limit.rlim_cur
    }
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
