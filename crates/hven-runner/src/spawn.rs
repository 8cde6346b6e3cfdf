//! Starts a process.
//!
//! The process leads a session of its own. Every signal has its default action and none is blocked. It gets the task's
//! file mode mask and the other settings of its caller's shell, reads the given standard input or none, and writes to two
//! pipes. All other files of the runner are close-on-exec.
//!
//! On Linux the cost does not depend on the size of the runner: the new process borrows the runner's memory until its
//! program runs, and copies nothing. On other systems the runner forks. The new process does the same steps.
#![allow(unsafe_code)]

mod child_setup;
mod settings;
mod signals;

#[cfg(all(target_os = "linux", not(hven_portable)))]
#[path = "spawn/linux.rs"]
mod system;

#[cfg(any(not(target_os = "linux"), hven_portable))]
#[path = "spawn/portable.rs"]
mod system;

pub(crate) use child_setup::{Launch, Started};
pub(crate) use settings::Settings;
pub(crate) use system::Spawner;

use child_setup::{ChildSetup, block_signals, pointers, unblock_signals};
