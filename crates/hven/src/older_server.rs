//! A server of an older version that still runs when a newer command starts. Versions before 0.2.0 cannot prove
//! themselves, so the command sends them no request. It ends their process by a signal, when it is certain that the
//! process is the server. Only Linux reports which process holds a lock; on other systems the user is asked to end it.

use std::{os::unix::fs::MetadataExt, path::Path, thread, time::Duration};

use hven_client::{Error, ServerFile};
use hven_record::Holder;
use rustix::process::{Pid, Signal, kill_process};

use crate::server_process::wait_until_ended;

/// How long an old server may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(30);

/// Whether a version older than this program wrote the file.
pub fn is_older(file: &ServerFile) -> bool {
    numbers(&file.version) < numbers(env!("CARGO_PKG_VERSION"))
}

/// `1.2.3-rc` as numbers. The part after a hyphen is ignored.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Whether the process in the file serves this home: it belongs to this user and holds the home's lock. Where the
/// system does not report lock holders, the files of the home decide.
pub fn serves(home: &Path, file: &ServerFile) -> bool {
    let is_ours = || {
        let Ok(process) = std::fs::metadata(format!("/proc/{}", file.pid)) else { return !cfg!(target_os = "linux") };
        process.uid() == rustix::process::geteuid().as_raw()
    };
    Holder::of(home).is_some_and(|holder| holder.pid == file.pid) && is_ours()
}

/// Asks the server to finish its work and to end. Tasks continue. A server that has ended is no error.
pub fn end(home: &Path, file: &ServerFile) -> hven_client::Result<()> {
    let pid = i32::try_from(file.pid).ok().and_then(Pid::from_raw);
    let Some(pid) = pid.filter(|_| serves(home, file)) else { return Ok(()) };
    let busy = |what: &str, hint: String| Error::Locate {
        code: "server.busy",
        message: format!("the server of the older version {} {what}", file.version),
        hint: Some(hint),
    };
    if !cfg!(target_os = "linux") {
        // Only two files would show which process receives the signal.
        let what = format!(
            "may still run as process {}; this system does not report whether that process is the server",
            file.pid
        );
        let look = format!("check with `ps -p {}`: end the process if it is hven, and try again", file.pid);
        return Err(busy(&what, format!("{look}; if it is not, remove {}", home.join(ServerFile::NAME).display())));
    }
    // The error means that the process has ended already.
    let _ = kill_process(pid, Signal::TERM);
    let has_ended = wait_until_ended(home, file, END_TIMEOUT) && wait_for_lock(home, file);
    let end = || format!("end process {} and try again; running tasks continue", file.pid);
    has_ended.then_some(()).ok_or_else(|| busy("does not end", end()))
}

/// Waits until the lock is free: a server removes its file before it has closed everything.
fn wait_for_lock(home: &Path, file: &ServerFile) -> bool {
    const PAUSE: Duration = Duration::from_millis(4);
    (0..END_TIMEOUT.as_millis() / PAUSE.as_millis()).any(|_| {
        let is_free = !serves(home, file);
        if !is_free {
            thread::sleep(PAUSE);
        }
        is_free
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: &str) -> ServerFile {
        let (url, version) = ("http://127.0.0.1:1".to_owned(), version.to_owned());
        ServerFile { url, pid: std::process::id(), version, instead_of: None }
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(numbers("0.9.0") < numbers("0.10.0"));
        assert!(numbers("1.0.0-rc.1") == numbers("1.0.0"));
        assert!(!is_older(&file(env!("CARGO_PKG_VERSION"))));
        assert!(is_older(&file("0.1.0")));
    }

    #[test]
    fn a_process_serves_a_home_only_when_it_holds_its_lock() {
        let home = tempfile::tempdir().expect("a folder");
        assert!(!serves(home.path(), &file("0.1.0")), "there is no lock");
        let opened = hven_record::Home::create_or_open(&home.path().join("home"), hven_record::Settings::default());
        let opened = opened.expect("a home");
        assert!(serves(&home.path().join("home"), &file("0.1.0")));
        let other = ServerFile { pid: 1, ..file("0.1.0") };
        assert!(!serves(&home.path().join("home"), &other));
        opened.close().expect("closed");
        assert!(!serves(&home.path().join("home"), &file("0.1.0")));
    }
}
