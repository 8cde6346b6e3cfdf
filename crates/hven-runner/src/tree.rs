//! The processes of an attempt.
//!
//! The runner is the subreaper of all its descendants: a process whose parent ended becomes a child of the runner. So the
//! living processes of an attempt are its first process, its orphans, and the descendants of both. A walk down from the
//! runner's children finds them all and no other process.

mod attempt_processes;
mod process;

#[cfg(target_os = "linux")]
#[path = "tree/linux.rs"]
mod system;

#[cfg(target_os = "macos")]
#[path = "tree/macos.rs"]
mod system;

pub(crate) use attempt_processes::{leftovers, mark, signal, with_descendants};
pub(crate) use process::{ProcessScope, Stat};
pub(crate) use system::{OwnChildren, disk_bytes, proportional_memory_bytes, stat};
