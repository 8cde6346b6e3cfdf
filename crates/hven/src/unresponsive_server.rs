//! Ends the server of a home that is in use but does not answer: the server hangs, was stopped, or is overloaded; or
//! the process is no server, but another command of Hven.
//!
//! Only the system decides which process holds the home's lock. A server is ended by a signal, so that `hven down`
//! always frees the home.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use hven_client::{Failure, ServerFile};
use hven_record::Holder;
use rustix::process::Signal;

use crate::{older_server, server_process};

/// How long a server may take to end after TERM, and any other process to leave the home by itself.
const END_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the system may take to end a killed process.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// Ends the server that holds the home's lock and does not answer; returns a description of what was done. For another
/// process it waits.
pub fn end(home: &Path) -> anyhow::Result<String> {
    let Some(holder) = Holder::of(home).filter(|holder| server_process::is_alive(holder.pid)) else {
        return match Holder::elsewhere(home) {
            Some(other) => Err(used_elsewhere(home, &other)),
            None => Ok("no server runs".to_owned()),
        };
    };
    match ServerFile::read(home).filter(|file| older_server::serves(home, file)) {
        Some(server) => end_by_signals(home, &server),
        None => wait_for(home, &holder),
    }
}

fn used_elsewhere(home: &Path, other: &Holder) -> anyhow::Error {
    let message = format!(
        "{} is in use by process {} on {}, or was not closed there; this machine cannot know which",
        home.display(),
        other.pid,
        other.host
    );
    Failure::new("home.locked", message).hint(format!("`hven down` on {} ends a server there", other.host)).into()
}

/// Asks a server to end, even a stopped one, and kills it when it does not.
fn end_by_signals(home: &Path, server: &ServerFile) -> anyhow::Result<String> {
    let pid = server.pid;
    if !cfg!(target_os = "linux") {
        // Only two files would show which process receives the signal.
        let message = format!(
            "the server (process {pid}) does not answer, and this system does not report whether that process is the server"
        );
        let hint = format!("check with `ps -p {pid}`; if it is hven, `kill {pid}` ends it");
        return Err(Failure::new("server.busy", message).hint(hint).into());
    }
    hven_terminal::stderr_line(&format!("the server (process {pid}) does not answer: it gets a signal to end"));
    for signal in [Signal::TERM, Signal::CONT] {
        // An error means that the process has ended already.
        let _ = server_process::signal(server, signal);
    }
    if server_process::wait_until_ended(home, server, END_TIMEOUT) {
        return Ok(format!("the server (process {pid}) did not answer, and has ended"));
    }
    // The process may have ended, and its number may belong to another process now.
    if older_server::serves(home, server) {
        let waited = END_TIMEOUT.as_secs();
        hven_terminal::stderr_line(&format!("the server (process {pid}) has not ended after {waited} s: it is killed"));
        let _ = server_process::signal(server, Signal::KILL);
    }
    if server_process::wait_until_ended(home, server, KILL_TIMEOUT) {
        return Ok(format!(
            "the server (process {pid}) did not answer, and was killed; acknowledged writes are durable, and running \
             tasks continue"
        ));
    }
    let message = format!("the server (process {pid}) was killed, and the system has not ended it yet");
    let hint = "an unresponsive disk blocks processes; see the system's log";
    Err(Failure::new("server.busy", message).hint(hint).into())
}

/// Waits until a process that is no server, or no server yet, has left the home.
fn wait_for(home: &Path, holder: &Holder) -> anyhow::Result<String> {
    let pid = holder.pid;
    hven_terminal::stderr_line(&format!("process {pid} has the home, and no server answers there: waiting for it"));
    let started = Instant::now();
    while Holder::of(home).as_ref() == Some(holder) && server_process::is_alive(pid) {
        if ServerFile::read(home).is_some_and(|file| file.pid == pid) {
            let message = format!("process {pid} is a server that has just started");
            return Err(Failure::new("home.locked", message).hint("`hven down` again ends it").into());
        }
        if started.elapsed() > END_TIMEOUT {
            let message = format!(
                "process {pid} has the home {}, and no server answers there: it is another command of Hven, or a server that \
                 starts or ends",
                home.display()
            );
            let hint = format!("wait until it is done; `ps -p {pid}` shows what it is, and `kill {pid}` ends it");
            return Err(Failure::new("home.locked", message).hint(hint).into());
        }
        thread::sleep(PAUSE);
    }
    Ok(format!("no server runs: process {pid}, which had the home, has left it"))
}
