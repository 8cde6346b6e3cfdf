//! A server of an older version, still at work when a newer command comes. Those before 0.2.0 cannot prove themselves, so
//! they are told nothing: their process is ended, when it is certain that it is theirs. Only Linux says which process has
//! a lock open; elsewhere the person is asked to end it.

use std::{os::unix::fs::MetadataExt, path::Path, thread, time::Duration};

use hven_client::{Error, ServerFile};
use hven_record::Holder;
use rustix::process::{Pid, Signal, kill_process};

use crate::server_process::wait_until_ended;

/// How long an old server may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(30);

/// Whether the file was written by a version older than this program's.
pub fn is_older(file: &ServerFile) -> bool {
    numbers(&file.version) < numbers(env!("CARGO_PKG_VERSION"))
}

/// `1.2.3-rc` as numbers; what is behind a hyphen does not count.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Whether the process that the file names serves this home: it is this user's, and it holds the home's lock. Where the
/// system does not say that, what the home's files say counts.
pub fn serves(home: &Path, file: &ServerFile) -> bool {
    let is_ours = || {
        let Ok(process) = std::fs::metadata(format!("/proc/{}", file.pid)) else { return !cfg!(target_os = "linux") };
        process.uid() == rustix::process::geteuid().as_raw()
    };
    Holder::of(home).is_some_and(|holder| holder.pid == file.pid) && is_ours()
}

/// Has the server finish what it does and end; tasks go on meanwhile. One that has ended already is no error.
pub fn end(home: &Path, file: &ServerFile) -> hven_client::Result<()> {
    let pid = i32::try_from(file.pid).ok().and_then(Pid::from_raw);
    let Some(pid) = pid.filter(|_| serves(home, file)) else { return Ok(()) };
    let busy = |what: &str, hint: String| Error::Locate {
        code: "server.busy",
        message: format!("the server of the older version {} {what}", file.version),
        hint: Some(hint),
    };
    if !cfg!(target_os = "linux") {
        // Two files alone would say whom a signal meets.
        let what = format!("may still run as process {}; this system does not say whether that is it", file.pid);
        let look = format!("look with `ps -p {}`: end the process when it is hven, and try again", file.pid);
        return Err(busy(&what, format!("{look}; when it is not, remove {}", home.join(ServerFile::NAME).display())));
    }
    // That it has ended meanwhile is what is wanted.
    let _ = kill_process(pid, Signal::TERM);
    let has_ended = wait_until_ended(home, file, END_TIMEOUT) && wait_for_lock(home, file);
    let end = || format!("end the process {} and try again; running tasks go on", file.pid);
    has_ended.then_some(()).ok_or_else(|| busy("does not end", end()))
}

/// A server removes its file before it has put everything away; the home is free when its lock is.
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
