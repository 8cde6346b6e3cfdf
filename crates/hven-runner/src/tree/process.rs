//! A process as the system shows it.

use hven_core::AttemptId;

/// The state of a process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stat {
    pub(crate) pid: u32,
    pub(crate) name: String,
    /// It has ended and was not reaped yet.
    pub(crate) ended: bool,
    pub(crate) session: u32,
    /// In the system's unit. Together with the process id it identifies a process.
    pub(crate) start_time: u64,
    /// Its own CPU time and that of the children that it waited for.
    pub(crate) cpu_s: f64,
    pub(crate) memory_bytes: u64,
}

/// The scope of process ids: the machine since its start, and the namespace of process ids.
#[derive(Clone, Debug)]
pub(crate) struct ProcessScope {
    pub(crate) boot_id: String,
    pub(crate) host: String,
    pub(crate) pid_namespace: String,
}

/// The attempt that the value of the mark variable names.
pub(super) fn attempt_in(variable: &[u8]) -> Option<AttemptId> {
    std::str::from_utf8(variable).ok()?.parse().ok()
}
