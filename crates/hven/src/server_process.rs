//! The process of a server: whether it lives, signals to it, and its end.

use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use hven_client::ServerFile;
use rustix::process::Signal;

const PAUSE: Duration = Duration::from_millis(4);

/// Tells a server to end by a signal; it does so in order.
pub fn tell_to_end(file: &ServerFile) -> io::Result<()> {
    signal(file, Signal::TERM)
}

/// Sends a signal to a server. The caller is certain that the process is the server.
pub fn signal(file: &ServerFile, signal: Signal) -> io::Result<()> {
    let number = i32::try_from(file.pid).ok().and_then(rustix::process::Pid::from_raw);
    let number = number.ok_or(io::ErrorKind::NotFound)?;
    Ok(rustix::process::kill_process(number, signal)?)
}

/// Waits until a server that was told to end has done so; `false` when it has not within `timeout`.
pub fn wait_until_ended(home: &Path, file: &ServerFile, timeout: Duration) -> bool {
    let begun = Instant::now();
    while lives(file.pid) && ServerFile::read(home).as_ref().is_none_or(|now| now == file) {
        if begun.elapsed() > timeout {
            return false;
        }
        thread::sleep(PAUSE);
    }
    true
}

/// Whether a process exists and has not ended. A number that was given to another process since then passes too: the
/// server's proof decides.
pub fn lives(pid: u32) -> bool {
    let Some(number) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    match rustix::process::test_kill_process(number) {
        Ok(()) => !is_zombie(pid),
        Err(error) => error == rustix::io::Errno::PERM,
    }
}

/// Whether a process has ended and its parent has not looked yet, which may take long.
fn is_zombie(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state stands behind the name in parentheses, which may hold anything.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_ended_is_dead_before_its_parent_has_looked() {
        let mut child = Command::new("true").spawn().expect("it starts");
        let begun = Instant::now();
        while lives(child.id()) {
            assert!(begun.elapsed() < Duration::from_secs(20), "it ends soon");
            thread::sleep(PAUSE);
        }
        assert!(child.wait().expect("it was not waited for").success());
    }

    #[test]
    fn this_process_lives() {
        assert!(lives(std::process::id()));
        assert!(!lives(0x7fff_fffe));
    }
}
