//! Starts a program in a session of its own, so that neither a closed terminal nor a signal to the server's group
//! reaches it.
#![allow(unsafe_code)] // what runs between fork and exec can only be given so

use rustix::process::{Resource, Rlimit, setrlimit, setsid};
use tokio::process::Command;

/// Makes the command's process the leader of a new session, with this limit of open files.
pub(crate) fn in_own_session(command: &mut Command, open_files: Option<Rlimit>) -> &mut Command {
    let detach = move || {
        setsid()?;
        // Where the system has lowered its own highest limit since, this is refused; a runner with more is better than none.
        let _ = open_files.map(|limit| setrlimit(Resource::Nofile, limit));
        Ok(())
    };
    // SAFETY: between fork and exec only calls that are safe in a signal handler are allowed. `setsid` and `setrlimit`
    // are one system call each: they allocate nothing and take no lock.
    unsafe { command.pre_exec(detach) }
}
