//! Starts a program in a session of its own, so that neither a closed terminal nor a signal to the server's group
//! reaches it.
#![allow(unsafe_code)] // what runs between fork and exec can only be given so

use tokio::process::Command;

/// Makes the command's process the leader of a new session.
pub(crate) fn in_own_session(command: &mut Command) -> &mut Command {
    // SAFETY: between fork and exec only calls that are safe in a signal handler are allowed. `setsid` is one system
    // call: it allocates nothing and takes no lock.
    unsafe { command.pre_exec(|| rustix::process::setsid().map(drop).map_err(Into::into)) }
}
