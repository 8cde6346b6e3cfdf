//! Processes of this machine, identified so that none is mistaken for another.
//!
//! The system reuses process ids, so a process is identified by its id, its start time and the boot of its machine. Without
//! `/proc` (on macOS) only a free id is conclusive; an id in use may belong to any process.

use std::{fs, path::Path};

use hven_api::spool::Process;

/// This machine since its start, and its namespace of process ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    pub boot_id: String,
    pub host: String,
    pub pid_namespace: String,
}

impl Machine {
    pub fn current() -> Self {
        let line = |path| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let host = if cfg!(target_os = "linux") {
            line("/proc/sys/kernel/hostname")
        } else {
            rustix::system::uname().nodename().to_string_lossy().into_owned()
        };
        Self {
            boot_id: line("/proc/sys/kernel/random/boot_id"),
            host,
            pid_namespace: namespace.to_string_lossy().into_owned(),
        }
    }
}

/// The state of a process that was noted earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessState {
    Alive,
    Ended,
    /// Its machine was restarted since, so it has ended.
    Rebooted,
    /// It belongs to another machine or to another container and is not visible here.
    Elsewhere,
}

pub fn state_of(process: &Process, machine: &Machine) -> ProcessState {
    if process.boot_id != machine.boot_id {
        return if process.host == machine.host { ProcessState::Rebooted } else { ProcessState::Elsewhere };
    }
    if process.pid_namespace != machine.pid_namespace {
        return ProcessState::Elsewhere;
    }
    if !Path::new("/proc/self/stat").exists() {
        let is_free = process.host == machine.host && !exists(process.pid);
        return if is_free { ProcessState::Ended } else { ProcessState::Elsewhere };
    }
    match stat(process.pid) {
        Some(stat) if stat.start_time == process.start_time && !stat.ended => ProcessState::Alive,
        _ => ProcessState::Ended,
    }
}

/// Whether a process has this id.
fn exists(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_none_or(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// The fields of `/proc/<pid>/stat` that are needed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// It has ended and was not reaped yet.
    pub ended: bool,
    pub session: u32,
    /// In clock ticks since the machine was started.
    pub start_time: u64,
}

/// `None` when there is no such process.
pub fn stat(pid: u32) -> Option<Stat> {
    parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(line: &[u8]) -> Option<Stat> {
    // The name is in parentheses and may contain any characters; the other fields follow the last parenthesis.
    let name_end = line.iter().rposition(|&byte| byte == b')')?;
    let fields: Vec<&str> = std::str::from_utf8(line.get(name_end + 1..)?).ok()?.split_ascii_whitespace().collect();
    // Fields are numbered as in proc(5); the first of these is field 3.
    let field = |number: usize| fields.get(number - 3).copied();
    Some(Stat {
        ended: matches!(field(3)?, "Z" | "X"),
        session: field(6)?.parse().ok()?,
        start_time: field(22)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_may_contain_any_characters() {
        let line = b"42 (a) Z (b c) S 1 42 41 0 -1 4194560 1 0 0 0 7 3 2 1 20 0 1 0 12345 1000 10 0\n";
        assert_eq!(parse(line), Some(Stat { ended: false, session: 41, start_time: 12345 }));
        assert_eq!(parse(b"42 (short) S 1"), None);
        assert_eq!(parse(b""), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_states_of_a_noted_process_are_distinguished() {
        let machine = Machine::current();
        let own = stat(std::process::id()).expect("this process lives");
        let noted = Process {
            pid: std::process::id(),
            start_time: own.start_time,
            sid: own.session,
            boot_id: machine.boot_id.clone(),
            host: machine.host.clone(),
            pid_namespace: machine.pid_namespace.clone(),
        };
        let check = |change: fn(&mut Process), expect: ProcessState| {
            let mut process = noted.clone();
            change(&mut process);
            assert_eq!(state_of(&process, &machine), expect, "{process:?}");
        };
        check(|_| {}, ProcessState::Alive);
        check(|p| p.start_time += 1, ProcessState::Ended);
        check(|p| p.pid = u32::MAX, ProcessState::Ended);
        check(|p| p.boot_id = "another".to_owned(), ProcessState::Rebooted);
        check(|p| (p.boot_id, p.host) = ("another".to_owned(), "another".to_owned()), ProcessState::Elsewhere);
        check(|p| p.pid_namespace = "another".to_owned(), ProcessState::Elsewhere);
    }
}
