//! System calls that the standard library does not offer, each behind a safe function: waiting for many files, signals
//! as a file, waking another thread, reaping with the resource use, and signals to processes that cannot hit another
//! process.
//!
//! Linux has its own calls for most of them. Other systems (macOS) use POSIX: that module also works on Linux
//! (`--cfg hven_portable`) and is tested there.
//!
//! Every `unsafe` block here and below is one system call on values that the module owns or borrows for the call.
#![allow(unsafe_code)]

mod calls;

#[cfg(all(target_os = "linux", not(hven_portable)))]
#[path = "kernel/linux.rs"]
mod system;

#[cfg(any(not(target_os = "linux"), hven_portable))]
#[path = "kernel/portable.rs"]
mod system;

pub(crate) use calls::{
    PipeState, ProcessEnd, ResourceUse, bytes_in_pipe, ended_child, fail_on_large_files, free_bytes, hold_one_page,
    may_execute, memory_bytes, open_beneath, open_files_max, reap, set_name, set_nonblocking, set_umask,
    wait_for_space,
};
pub(crate) use system::{
    Poll, ProcessHandle, Signals, Waker, Watched, become_subreaper, close_inherited_on_exec, reserve, since_boot_s,
};

use calls::check;

#[cfg(target_os = "linux")]
pub(crate) use system::units;
