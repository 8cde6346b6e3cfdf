//! Starting a process. It costs the same however large the runner is: the new process borrows the runner's memory until
//! its program runs, and copies nothing.
//!
//! The process leads a session of its own, has the default action for every signal and none blocked, has the task's
//! file mode mask, reads from nothing and writes to two pipes. All other files of the runner are close-on-exec.
//!
//! On Linux the runner does itself what `posix_spawn` would do; elsewhere it asks for that.
#![allow(unsafe_code)]

#[cfg(all(target_os = "linux", not(hven_portable)))]
#[path = "spawn/linux.rs"]
mod system;
#[cfg(any(not(target_os = "linux"), hven_portable))]
#[path = "spawn/portable.rs"]
mod system;

use std::{
    ffi::{CStr, CString},
    os::fd::BorrowedFd,
    ptr,
};

use libc::c_char;

pub(crate) use system::Spawner;

/// What one process is started with.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a CStr,
    pub(crate) arguments: &'a [CString],
    /// `NAME=value` each.
    pub(crate) environment: &'a [CString],
    pub(crate) cwd: &'a CStr,
    pub(crate) umask: u32,
    pub(crate) stdout: BorrowedFd<'a>,
    pub(crate) stderr: BorrowedFd<'a>,
}

/// Strings as the system wants them: ended by a null pointer.
fn pointers(strings: &[CString]) -> Vec<*mut c_char> {
    strings.iter().map(|s| s.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
}
