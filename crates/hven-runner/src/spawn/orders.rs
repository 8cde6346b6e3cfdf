//! What the new process does before it becomes the task.

use std::{
    ffi::{CStr, CString},
    fs::File,
    io, mem,
    os::fd::{AsFd as _, AsRawFd as _, BorrowedFd},
    ptr,
};

use libc::{c_char, c_int};

use super::{
    settings::{Refused, Settings},
    signals,
};

/// What one process is started with.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a CStr,
    pub(crate) arguments: &'a [CString],
    /// `NAME=value` each.
    pub(crate) environment: &'a [CString],
    pub(crate) cwd: &'a CStr,
    pub(crate) umask: u32,
    /// `None`: as the runner has it.
    pub(crate) settings: Option<&'a Settings>,
    /// `None`: nothing.
    pub(crate) stdin: Option<BorrowedFd<'a>>,
    pub(crate) stdout: BorrowedFd<'a>,
    pub(crate) stderr: BorrowedFd<'a>,
}

/// A process whose program runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Started {
    pub(crate) pid: u32,
    pub(crate) refused: Refused,
}

/// Strings as the system wants them: ended by a null pointer.
pub(super) fn pointers(strings: &[CString]) -> Vec<*mut c_char> {
    strings.iter().map(|s| s.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
}

/// What the new process is to do, and how it went.
pub(super) struct Orders<'a> {
    pub(super) signals: &'a [c_int],
    stdin: c_int,
    stdout: c_int,
    stderr: c_int,
    umask: libc::mode_t,
    settings: Option<&'a Settings>,
    cwd: *const c_char,
    program: *const c_char,
    pub(super) arguments: *const *mut c_char,
    pub(super) environment: *const *mut c_char,
    /// Which of the settings it does not have.
    pub(super) refused: Refused,
    /// Why the program does not run.
    pub(super) error: c_int,
}

impl<'a> Orders<'a> {
    /// `arguments` and `environment` are those of the launch, as [`pointers`] makes them.
    pub(super) fn new(
        launch: &Launch<'a>,
        arguments: &[*mut c_char],
        environment: &[*mut c_char],
        null: &'a File,
        signals: &'a [c_int],
    ) -> Self {
        Self {
            signals,
            stdin: launch.stdin.unwrap_or(null.as_fd()).as_raw_fd(),
            stdout: launch.stdout.as_raw_fd(),
            stderr: launch.stderr.as_raw_fd(),
            umask: (launch.umask & 0o777) as libc::mode_t,
            settings: launch.settings,
            cwd: launch.cwd.as_ptr(),
            program: launch.program.as_ptr(),
            arguments: arguments.as_ptr(),
            environment: environment.as_ptr(),
            refused: Refused::default(),
            error: 0,
        }
    }

    /// In the new process: makes it what it is to be. It allocates nothing and locks nothing. All signals are blocked until
    /// none has a handler of the runner any more. Answers whether the program can be executed.
    ///
    /// # Safety
    /// It changes the process in which it is called. What the orders point to lives.
    pub(super) unsafe fn prepare(&mut self) -> bool {
        // SAFETY: the calls are plain system calls on values that live, as the caller says.
        unsafe {
            for signal in self.signals {
                signals::set_default(*signal);
            }
            let mut none: libc::sigset_t = mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::umask(self.umask);
            let is_ready = libc::setsid() >= 0
                && libc::dup2(self.stdin, 0) >= 0
                && libc::dup2(self.stdout, 1) >= 0
                && libc::dup2(self.stderr, 2) >= 0
                && libc::chdir(self.cwd) == 0
                && libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) == 0;
            if !is_ready {
                self.error = last_error();
                return false;
            }
            // Last of all: with few open files, for instance, the others would not be possible any more.
            if let Some(settings) = self.settings {
                self.refused = settings.apply();
            }
            true
        }
    }

    /// Executes the program. It returns only when that is not possible.
    ///
    /// # Safety
    /// As for [`Self::prepare`].
    pub(super) unsafe fn execute(&mut self) {
        // SAFETY: the strings and arrays, which end with a null pointer, live and are only read.
        unsafe { libc::execve(self.program, self.arguments.cast(), self.environment.cast()) };
        self.error = last_error();
    }
}

/// The error number of the last call, which is the thread's own.
fn last_error() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)
}

/// Blocks all signals of this thread; answers those that were blocked before.
pub(super) fn block_signals() -> libc::sigset_t {
    // SAFETY: the sets are plain data for which zero is fine, and live through the calls.
    unsafe {
        let (mut all, mut before): (libc::sigset_t, libc::sigset_t) = (mem::zeroed(), mem::zeroed());
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        before
    }
}

pub(super) fn unblock_signals(before: &libc::sigset_t) {
    // SAFETY: the set lives through the call.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, ptr::from_ref(before), ptr::null_mut()) };
}
