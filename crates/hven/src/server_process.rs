//! The process of a server: whether it runs, signals to it, and waiting for its end.

use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use hven_client::ServerFile;
use rustix::process::Signal;

const PAUSE: Duration = Duration::from_millis(4);

/// Asks a server to end by a signal. The server closes in order.
pub fn send_term(file: &ServerFile) -> io::Result<()> {
    signal(file, Signal::TERM)
}

/// Sends a signal to a server. The caller must be certain that the process is the server.
pub fn signal(file: &ServerFile, signal: Signal) -> io::Result<()> {
    let number = i32::try_from(file.pid).ok().and_then(rustix::process::Pid::from_raw);
    let number = number.ok_or(io::ErrorKind::NotFound)?;
    Ok(rustix::process::kill_process(number, signal)?)
}

/// Waits until a server that was asked to end has ended; `false` when it has not ended within `timeout`.
pub fn wait_until_ended(home: &Path, file: &ServerFile, timeout: Duration) -> bool {
    let started = Instant::now();
    while is_alive(file.pid) && ServerFile::read(home).as_ref().is_none_or(|now| now == file) {
        if started.elapsed() > timeout {
            return false;
        }
        thread::sleep(PAUSE);
    }
    true
}

/// Whether a process exists and has not ended. The system may have given the number to another process, so the proof of
/// the server decides.
pub fn is_alive(pid: u32) -> bool {
    let Some(number) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    match rustix::process::test_kill_process(number) {
        Ok(()) => !is_zombie(pid),
        Err(error) => error == rustix::io::Errno::PERM,
    }
}

/// Whether a process has ended but its parent has not collected its status yet.
fn is_zombie(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name in parentheses, which may contain any character.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn an_ended_process_is_dead_before_its_parent_collects_its_status() {
        let mut child = Command::new("true").spawn().expect("it starts");
        let started = Instant::now();
        while is_alive(child.id()) {
            assert!(started.elapsed() < Duration::from_secs(20), "it ends soon");
            thread::sleep(PAUSE);
        }
        assert!(child.wait().expect("it was not waited for").success());
    }

    #[test]
    fn the_own_process_lives() {
        assert!(is_alive(std::process::id()));
        assert!(!is_alive(0x7fff_fffe));
    }
}
