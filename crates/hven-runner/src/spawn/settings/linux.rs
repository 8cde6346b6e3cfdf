//! Each function is one system call, so that it can run where nothing may be allocated or locked, and needs none of the
//! types that differ between versions of libc.

use std::ptr;

use hven_core::process::ResourceLimit;
use libc::c_int;

use super::{CPU_WORDS, Cpus};

/// A limit in the kernel's form: soft and hard. The highest number means no limit.
type Pair = [u64; 2];

pub(super) fn set_limit(resource: c_int, ResourceLimit { soft, hard }: ResourceLimit) -> bool {
    let new: Pair = [soft.unwrap_or(u64::MAX), hard.unwrap_or(u64::MAX)];
    // SAFETY: `new` has the kernel's form and lives through the call.
    unsafe { libc::syscall(libc::SYS_prlimit64, 0, resource, new.as_ptr(), ptr::null_mut::<Pair>()) == 0 }
}

/// The limit of this process.
pub(super) fn limit(resource: c_int) -> Option<ResourceLimit> {
    let mut own: Pair = [0; 2];
    // SAFETY: `own` has the size that the kernel fills, and lives through the call.
    let is_known =
        unsafe { libc::syscall(libc::SYS_prlimit64, 0, resource, ptr::null::<Pair>(), own.as_mut_ptr()) == 0 };
    let number = |number| (number != u64::MAX).then_some(number);
    is_known.then(|| ResourceLimit { soft: number(own[0]), hard: number(own[1]) })
}

/// These numbers select processes in the calls for niceness and I/O.
const OF_A_PROCESS: c_int = 0;
const IO_OF_A_PROCESS: c_int = 1;

pub(super) fn set_nice(nice: c_int) -> bool {
    // SAFETY: no pointers.
    unsafe { libc::syscall(libc::SYS_setpriority, OF_A_PROCESS, 0, nice) == 0 }
}

/// The niceness of this process.
pub(super) fn nice() -> c_int {
    // SAFETY: no pointers. The kernel returns 20 - niceness, from 1 to 40.
    let answered = unsafe { libc::syscall(libc::SYS_getpriority, OF_A_PROCESS, 0) };
    20 - answered as c_int
}

pub(super) fn set_io(priority: c_int) -> bool {
    // SAFETY: no pointers.
    unsafe { libc::syscall(libc::SYS_ioprio_set, IO_OF_A_PROCESS, 0, priority) == 0 }
}

/// Returns whether the process now has exactly these processors.
pub(super) fn set_cpus(cpus: &Cpus) -> bool {
    let mut own: Cpus = [0; CPU_WORDS];
    let bytes = size_of::<Cpus>();
    // SAFETY: both buffers have `bytes` bytes and live through the calls; the kernel reads one and fills the other.
    unsafe {
        libc::syscall(libc::SYS_sched_setaffinity, 0, bytes, cpus.as_ptr()) == 0
            && libc::syscall(libc::SYS_sched_getaffinity, 0, bytes, own.as_mut_ptr()) > 0
            && own == *cpus
    }
}
