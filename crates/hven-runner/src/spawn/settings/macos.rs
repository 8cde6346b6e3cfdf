//! The settings that macOS supports: limits and niceness. It has neither I/O classes for new processes nor sets of
//! processors.

use hven_core::process::ResourceLimit;
use libc::c_int;

use super::Cpus;

pub(super) fn set_limit(resource: c_int, ResourceLimit { soft, hard }: ResourceLimit) -> bool {
    let number = |number: Option<u64>| number.unwrap_or(libc::RLIM_INFINITY);
    let new = libc::rlimit { rlim_cur: number(soft), rlim_max: number(hard) };
    // SAFETY: `new` lives through the call.
    unsafe { libc::setrlimit(resource, &raw const new) == 0 }
}

/// The limit of this process.
pub(super) fn limit(resource: c_int) -> Option<ResourceLimit> {
    let mut own = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `own` lives through the call.
    let is_known = unsafe { libc::getrlimit(resource, &raw mut own) == 0 };
    let number = |number| (number != libc::RLIM_INFINITY).then_some(number);
    is_known.then(|| ResourceLimit { soft: number(own.rlim_cur), hard: number(own.rlim_max) })
}

pub(super) fn set_nice(nice: c_int) -> bool {
    // SAFETY: no pointers.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) == 0 }
}

/// The niceness of this process.
pub(super) fn nice() -> c_int {
    // SAFETY: no pointers.
    unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
}

pub(super) const fn set_io(priority: c_int) -> bool {
    priority == 0
}

pub(super) const fn set_cpus(_: &Cpus) -> bool {
    false
}
