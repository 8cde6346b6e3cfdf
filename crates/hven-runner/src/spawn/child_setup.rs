//! The steps of the new process before it executes the task's program.

use std::{
    ffi::{CStr, CString},
    fs::File,
    io, mem,
    os::fd::{AsFd as _, AsRawFd as _, BorrowedFd},
    ptr,
};

use libc::{c_char, c_int};

use super::{
    settings::{RefusedSettings, Settings},
    signals,
};

/// The parameters of one start.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a CStr,
    pub(crate) arguments: &'a [CString],
    /// Each is `NAME=value`.
    pub(crate) environment: &'a [CString],
    pub(crate) cwd: &'a CStr,
    pub(crate) umask: u32,
    /// `None` keeps the runner's settings.
    pub(crate) settings: Option<&'a Settings>,
    /// `None` means an empty input.
    pub(crate) stdin: Option<BorrowedFd<'a>>,
    pub(crate) stdout: BorrowedFd<'a>,
    pub(crate) stderr: BorrowedFd<'a>,
}

/// A process whose program runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Started {
    pub(crate) pid: u32,
    pub(crate) refused: RefusedSettings,
}

/// Strings in the system's form: an array that ends with a null pointer.
pub(super) fn pointers(strings: &[CString]) -> Vec<*mut c_char> {
    strings.iter().map(|s| s.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
}

/// The steps for the new process, and their result.
pub(super) struct ChildSetup<'a> {
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
    /// The settings that could not be applied.
    pub(super) refused: RefusedSettings,
    /// The error number if the program does not run.
    pub(super) error: c_int,
}

impl<'a> ChildSetup<'a> {
    /// `arguments` and `environment` are those of the launch, converted by [`pointers`].
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
            refused: RefusedSettings::default(),
            error: 0,
        }
    }

    /// Runs in the new process and applies all settings. It allocates nothing and locks nothing. All signals stay blocked until
    /// none has a handler of the runner. Returns whether the program can be executed.
    ///
    /// # Safety
    /// It changes the process that calls it. All pointers in the orders must be valid.
    pub(super) unsafe fn prepare(&mut self) -> bool {
        // SAFETY: the calls are plain system calls on values that live, as the caller guarantees.
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
            // The settings come last, because a low limit of open files, for instance, would make the other steps fail.
            if let Some(settings) = self.settings {
                self.refused = settings.apply();
            }
            true
        }
    }

    /// Executes the program. It returns only on failure.
    ///
    /// # Safety
    /// As for [`Self::prepare`].
    pub(super) unsafe fn execute(&mut self) {
        // SAFETY: the strings and arrays, which end with a null pointer, live and are only read.
        unsafe { libc::execve(self.program, self.arguments.cast(), self.environment.cast()) };
        self.error = last_error();
    }
}

/// The error number of this thread's last call.
fn last_error() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)
}

/// Blocks all signals of this thread and returns the previous mask.
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
