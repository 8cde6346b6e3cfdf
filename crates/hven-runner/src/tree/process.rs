//! A process as the system shows it.

use hven_core::AttemptId;

/// What the system says of a process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stat {
    pub(crate) pid: u32,
    pub(crate) name: String,
    /// It has ended and waits to be reaped.
    pub(crate) ended: bool,
    pub(crate) session: u32,
    /// In the units of the system: with the process id it names a process.
    pub(crate) start_time: u64,
    /// Its own CPU time and that of the children that it waited for.
    pub(crate) cpu_s: f64,
    pub(crate) memory_bytes: u64,
}

/// Where processes are named: the machine since it was started, and the namespace of process ids.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) boot_id: String,
    pub(crate) host: String,
    pub(crate) pid_namespace: String,
}

/// The attempt that the value of its variable names.
pub(super) fn attempt_in(variable: &[u8]) -> Option<AttemptId> {
    std::str::from_utf8(variable).ok()?.parse().ok()
}
