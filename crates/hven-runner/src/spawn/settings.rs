//! What a process has of its caller's shell: niceness, I/O class, processors and limits. They are numbers before the process
//! is made, because in the new process, which sets them, nothing may be allocated.
//!
//! What the runner may not set becomes the nearest that it may: a task is not held up by it, and its log says so.

mod cpus;
mod numbers;

#[cfg(target_os = "linux")]
#[path = "settings/linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "settings/macos.rs"]
mod system;

pub(crate) use numbers::{Refused, Settings};

use cpus::{CPU_WORDS, Cpus};
