//! The processes of an attempt.
//!
//! The runner is the subreaper of everything that it starts: a process whose parent ended becomes the runner's own
//! child. So the living processes of an attempt are its first process with all below it, and those orphans that belong
//! to it with all below them; walking down from the runner's children misses none and looks at no stranger.

mod family;
mod process;

#[cfg(target_os = "linux")]
#[path = "tree/linux.rs"]
mod system;

#[cfg(target_os = "macos")]
#[path = "tree/macos.rs"]
mod system;

pub(crate) use family::{leftovers, mark, signal, with_descendants};
pub(crate) use process::{Place, Stat};
pub(crate) use system::{OwnChildren, disk_bytes, proportional_memory_bytes, stat};
