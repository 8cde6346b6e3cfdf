//! Starts a program in a session of its own, so that neither the closing of a terminal nor a signal to the server's process
//! group reaches it.
#![allow(unsafe_code)] // `pre_exec` is unsafe

use rustix::process::{Resource, Rlimit, setrlimit, setsid};
use tokio::process::Command;

/// Makes the command's process the leader of a new session with this limit of open files.
pub(crate) fn in_own_session(command: &mut Command, open_files: Option<Rlimit>) -> &mut Command {
    let detach = move || {
        setsid()?;
        // This fails if the system has lowered its highest limit since. The runner then keeps its higher limit.
        let _ = open_files.map(|limit| setrlimit(Resource::Nofile, limit));
        Ok(())
    };
    // SAFETY: between fork and exec only calls that are safe in a signal handler are allowed. `setsid` and `setrlimit`
    // are one system call each: they allocate nothing and take no lock.
    unsafe { command.pre_exec(detach) }
}
