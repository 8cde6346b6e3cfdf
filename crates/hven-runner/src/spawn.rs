//! Starting a process.
//!
//! The process leads a session of its own, has the default action for every signal and none blocked, has the task's
//! file mode mask and what else its caller's shell hands on, reads from what it was given or from nothing, and writes to
//! two pipes. All other files of the runner are close-on-exec.
//!
//! On Linux it costs the same however large the runner is: the new process borrows the runner's memory until its program
//! runs, and copies nothing. Elsewhere the runner forks. What the new process does is the same.
#![allow(unsafe_code)]

mod orders;
mod settings;
mod signals;

#[cfg(all(target_os = "linux", not(hven_portable)))]
#[path = "spawn/linux.rs"]
mod system;

#[cfg(any(not(target_os = "linux"), hven_portable))]
#[path = "spawn/portable.rs"]
mod system;

pub(crate) use orders::{Launch, Started};
pub(crate) use settings::Settings;
pub(crate) use system::Spawner;

use orders::{Orders, block_signals, pointers, unblock_signals};
