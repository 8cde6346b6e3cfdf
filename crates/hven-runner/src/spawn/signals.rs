//! The actions of signals. In a new process each signal has its default action, even if Rust or the runner's parent handles or
//! ignores it.

#[cfg(not(target_os = "linux"))]
use std::mem;
use std::ptr;

use libc::c_int;

/// Signals whose action is not the default.
pub(super) fn not_default() -> Vec<c_int> {
    (1..=highest()).filter(|&signal| !is_default(signal)).collect()
}

/// An action in the kernel's form: handler, flags, a function of the libc, a set of signals. The kernel's structure is
/// smaller than this. All zeros are the default action.
#[cfg(target_os = "linux")]
type Action = [libc::c_ulong; 8];

/// Sets or reads the action of a signal. It does not use the libc, which reserves signals 32 and 33 and leaves them ignored
/// in its child processes: in the runner, and so in all tasks.
///
/// # Safety
/// Both pointers are null or point to an [`Action`].
#[cfg(target_os = "linux")]
unsafe fn act(signal: c_int, new: *const Action, old: *mut Action) -> libc::c_long {
    const SET_BYTES: usize = 8;
    // SAFETY: the caller guarantees the pointers; the kernel reads and writes only a part of an `Action`.
    unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, new, old, SET_BYTES) }
}

#[cfg(target_os = "linux")]
fn highest() -> c_int {
    libc::SIGRTMAX()
}
#[cfg(not(target_os = "linux"))]
const fn highest() -> c_int {
    31
}

#[cfg(target_os = "linux")]
fn is_default(signal: c_int) -> bool {
    let mut action: Action = [0; 8];
    // SAFETY: `action` lives through the call.
    unsafe { act(signal, ptr::null(), &raw mut action) != 0 || action[0] == libc::SIG_DFL as libc::c_ulong }
}
#[cfg(not(target_os = "linux"))]
fn is_default(signal: c_int) -> bool {
    // SAFETY: a sigaction is plain data for which zero is fine, and lives through the call.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        libc::sigaction(signal, ptr::null(), &raw mut action) != 0 || action.sa_sigaction == libc::SIG_DFL
    }
}

/// # Safety
/// Only for a new process, in which the runner's own handler of the signal does not run any more.
#[cfg(target_os = "linux")]
pub(super) unsafe fn set_default(signal: c_int) {
    let default: Action = [0; 8];
    // SAFETY: `default` lives through the call.
    unsafe { act(signal, &raw const default, ptr::null_mut()) };
}
/// # Safety
/// Only for a new process, in which the runner's own handler of the signal does not run any more.
#[cfg(not(target_os = "linux"))]
pub(super) unsafe fn set_default(signal: c_int) {
    // SAFETY: the action is a constant, not a function.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}
