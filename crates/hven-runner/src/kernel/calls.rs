//! System calls that are the same on every system.

use std::{
    ffi::CString,
    fs::File,
    io, mem,
    os::{
        fd::{AsRawFd, BorrowedFd, FromRawFd},
        unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    },
    path::{Component, Path},
    time::Duration,
};

use libc::c_int;

/// The unit in which `getrusage` counts the largest memory.
const MEMORY_UNIT_BYTES: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };

pub(super) fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
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
pub(crate) enum ProcessEnd {
    Exit(i32),
    Signal(i32),
}

/// The resource use of a process and of the children that it waited for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResourceUse {
    pub(crate) user_s: f64,
    pub(crate) system_s: f64,
    pub(crate) memory_max_bytes: u64,
    pub(crate) read_bytes: u64,
    pub(crate) written_bytes: u64,
}

/// Reaps a child that has ended.
pub(crate) fn reap(pid: u32) -> Option<(ProcessEnd, ResourceUse)> {
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
    let used = ResourceUse {
        user_s: seconds(usage.ru_utime),
        system_s: seconds(usage.ru_stime),
        memory_max_bytes: usage.ru_maxrss as u64 * MEMORY_UNIT_BYTES,
        // The kernel counts blocks of 512 bytes, whatever the block size of the disk is.
        read_bytes: usage.ru_inblock as u64 * 512,
        written_bytes: usage.ru_oublock as u64 * 512,
    };
    let ending = if libc::WIFSIGNALED(status) {
        ProcessEnd::Signal(libc::WTERMSIG(status))
    } else {
        ProcessEnd::Exit(libc::WEXITSTATUS(status))
    };
    Some((ending, used))
}

/// Makes reads and writes of the file never block.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }).map(drop)
}

/// The state of a pipe, as its writer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PipeState {
    Free,
    Full,
    /// All readers have closed the pipe.
    Closed,
}

/// Waits until a pipe has room, or until the timeout.
pub(crate) fn wait_for_space(pipe: BorrowedFd<'_>, timeout: Duration) -> PipeState {
    let mut polled = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let timeout_ms = timeout.as_millis().min(60_000) as c_int;
    // SAFETY: `polled` is one entry and lives through the call. If the call fails, `revents` stays 0.
    unsafe { libc::poll(&raw mut polled, 1, timeout_ms) };
    match polled.revents {
        0 => PipeState::Full,
        libc::POLLOUT => PipeState::Free,
        _ => PipeState::Closed,
    }
}

/// How many bytes lie in a pipe, asked at its writing end. macOS does not report it there, so the answer is 0.
pub(crate) fn bytes_in_pipe(pipe: BorrowedFd<'_>) -> usize {
    let mut count: c_int = 0;
    // SAFETY: the kernel writes one number, which lives through the call.
    let asked = unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &raw mut count) };
    if asked == 0 { usize::try_from(count).unwrap_or(0) } else { 0 }
}

/// Limits a pipe to one page: it has room again when the reader has read the whole page.
#[cfg(target_os = "linux")]
pub(crate) fn hold_one_page(pipe: BorrowedFd<'_>) {
    // SAFETY: no pointers. If the call fails, the pipe holds more.
    unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, 1) };
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn hold_one_page(_: BorrowedFd<'_>) {}

/// Sets the file mode mask of this process and returns the previous one.
#[allow(clippy::unnecessary_cast)] // The type differs between systems.
pub(crate) fn set_umask(mask: u32) -> u32 {
    // SAFETY: no pointers; cannot fail.
    unsafe { libc::umask((mask & 0o777) as libc::mode_t) as u32 }
}

/// Sets the process name that `ps` and `top` show. Without it, a program that was started from an open file has a number as
/// its name.
#[cfg(target_os = "linux")]
pub(crate) fn set_name() {
    // SAFETY: the name is a string that ends with zero; the kernel copies it.
    unsafe { libc::prctl(libc::PR_SET_NAME, c"hven-runner".as_ptr()) };
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn set_name() {}

/// Turns a write beyond the limit of file sizes (`ulimit -f`) into an error instead of the end of the runner. Tasks start
/// with the default action.
pub(crate) fn fail_on_large_files() {
    // SAFETY: the action is a constant, not a function.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// How many bytes this user may still write to the file system of `path`.
///
/// # Errors
/// Also when the file system does not report it.
#[allow(clippy::unnecessary_cast)] // The types differ between systems.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: a statvfs is plain data for which zero is fine; both live through the call.
    unsafe {
        let mut space: libc::statvfs = mem::zeroed();
        check(libc::statvfs(path.as_ptr(), &raw mut space))?;
        if space.f_blocks == 0 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok((space.f_bavail as u64).saturating_mul(space.f_frsize as u64))
    }
}

/// Opens a file below a folder. Follows no link in `below` and never blocks on a pipe. Refuses a path that could lead out of
/// the folder.
pub(crate) fn open_beneath(root: &Path, below: &Path) -> io::Result<File> {
    let mut parts = below.components().peekable();
    let mut file = File::options().read(true).custom_flags(libc::O_DIRECTORY).open(root)?;
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path leads out of its folder"));
        };
        let name = CString::new(name.as_bytes())?;
        let last = if parts.peek().is_some() { libc::O_DIRECTORY } else { libc::O_NONBLOCK | libc::O_NOCTTY };
        let flags = libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NOFOLLOW | last;
        // SAFETY: `name` lives through the call; the descriptor is new and has no other owner.
        file = unsafe { File::from_raw_fd(check(libc::openat(file.as_raw_fd(), name.as_ptr(), flags))?) };
    }
    Ok(file)
}

/// Whether this user may enter a folder or execute a file.
pub(crate) fn may_execute(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: `path` lives through the call.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::X_OK, libc::AT_EACCESS) == 0 }
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

/// How much memory this machine has; 0 if the system does not report it.
pub(crate) fn memory_bytes() -> u64 {
    // SAFETY: no pointers. An unknown value is negative.
    let (pages, page_bytes) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    u64::try_from(pages).unwrap_or(0) * u64::try_from(page_bytes).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn a_path_does_not_lead_out_of_its_folder() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("sub")).expect("a folder");
        for file in ["root/a", "root/sub/a", "outside"] {
            fs::write(dir.path().join(file), file).expect("a file");
        }
        symlink("../outside", root.join("link")).expect("a link");
        symlink("sub", root.join("other")).expect("a link");
        let check = |below: &str, is_opened: bool| {
            assert_eq!(open_beneath(&root, Path::new(below)).is_ok(), is_opened, "{below}");
        };
        check("a", true);
        check("sub/a", true);
        check("../outside", false);
        check("sub/../../outside", false);
        check(&dir.path().join("outside").to_string_lossy(), false);
        check("link", false);
        check("other/a", false);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_system_without_a_known_size_does_not_count_as_full() {
        assert!(free_bytes(Path::new("/proc")).is_err(), "it has no blocks at all");
        assert!(free_bytes(&std::env::temp_dir()).is_ok());
    }
}
