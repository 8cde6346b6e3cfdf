//! Finds the processes of an attempt, reads their marks and sends them signals.

use std::path::Path;

use hven_api::spool::{ATTEMPT_VARIABLE, Process};
use hven_core::AttemptId;

use super::{
    process::{ProcessScope, Stat, attempt_in},
    system::{self, children, stat, variable},
};
use crate::kernel;

impl Stat {
    /// The start time in seconds, by the clock of [`kernel::since_boot_s`].
    pub(crate) fn began_s(&self) -> f64 {
        system::began_s(self.start_time)
    }
}

impl ProcessScope {
    pub(crate) fn current() -> Self {
        system::scope()
    }

    pub(crate) fn process(&self, stat: &Stat) -> Process {
        Process {
            pid: stat.pid,
            start_time: stat.start_time,
            sid: stat.session,
            boot_id: self.boot_id.clone(),
            host: self.host.clone(),
            pid_namespace: self.pid_namespace.clone(),
        }
    }

    /// Whether a process that was noted earlier may still live, because the machine was not restarted since.
    pub(crate) fn may_contain(&self, process: &Process) -> bool {
        process.boot_id == self.boot_id && process.pid_namespace == self.pid_namespace
    }
}

/// The living processes out of `roots`, and all their living descendants.
pub(crate) fn with_descendants(roots: impl IntoIterator<Item = u32>) -> Vec<Stat> {
    let mut found: Vec<Stat> = Vec::new();
    let mut ahead: Vec<u32> = roots.into_iter().collect();
    while let Some(pid) = ahead.pop() {
        let Some(stat) = stat(pid).filter(|stat| !stat.ended) else { continue };
        if found.iter().any(|seen| seen.pid == pid) {
            continue;
        }
        ahead.extend(children(pid));
        found.push(stat);
    }
    found
}

/// The attempt that the initial environment of a process names.
pub(crate) fn mark(pid: u32) -> Option<AttemptId> {
    attempt_in(&variable(pid, ATTEMPT_VARIABLE)?)
}

/// The processes of an attempt whose runner has died: those in the session of its first process, and those that carry the
/// marks of the attempt and of the spool. (A copy of a home holds the same attempts, but must not end their processes.)
/// Checks every process of the machine.
pub(crate) fn leftovers(attempt: AttemptId, metrics: &Path, first: Option<&Process>) -> Vec<Stat> {
    let own = std::process::id();
    let pids = system::all().into_iter();
    let all: Vec<Stat> = pids.filter(|&pid| pid != own).filter_map(stat).filter(|stat| !stat.ended).collect();
    // If the id of the first process was reused, the session with that number does not belong to the attempt.
    let session = first.filter(|first| {
        let now = all.iter().find(|stat| stat.pid == first.pid);
        now.is_none_or(|now| now.start_time == first.start_time)
    });
    let metrics = metrics.as_os_str().as_encoded_bytes();
    let belongs = |stat: &Stat| match mark(stat.pid) {
        Some(of) => of == attempt && variable(stat.pid, "HVEN_METRICS").is_some_and(|value| value == metrics),
        None => session.is_some_and(|first| stat.session == first.sid && stat.start_time >= first.start_time),
    };
    all.iter().filter(|stat| belongs(stat)).cloned().collect()
}

/// Sends a signal to exactly this process, not to another one that reuses its id.
pub(crate) fn signal(process: &Stat, number: i32) {
    let Ok(handle) = kernel::ProcessHandle::open(process.pid) else { return };
    if stat(process.pid).is_some_and(|now| now.start_time == process.start_time) {
        // This fails when the process has ended or now belongs to another user, whose processes the runner must not end.
        let _ = handle.signal(number);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::system::{disk_bytes, proportional_memory_bytes},
        *,
    };

    #[test]
    fn the_test_process_is_found() {
        let pid = std::process::id();
        let stat = stat(pid).expect("a living process");
        assert!(stat.memory_bytes > 0 && !stat.ended);
        assert!(proportional_memory_bytes(pid).is_some_and(|pss| pss > 0));
        assert!(disk_bytes(pid).is_some());
        assert!(ProcessScope::current().may_contain(&ProcessScope::current().process(&stat)));
    }
}
