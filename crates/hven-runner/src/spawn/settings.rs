//! The settings that a process takes over from its caller's shell: niceness, I/O class, processors and limits. They are
//! numbers before the process is made, because the new process, which applies them, must not allocate.
//!
//! If the runner is not allowed to apply a setting, it applies the nearest allowed value. The task still starts, and its log
//! names the setting.

mod cpus;
mod numbers;

#[cfg(target_os = "linux")]
#[path = "settings/linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "settings/macos.rs"]
mod system;

pub(crate) use numbers::{RefusedSettings, Settings};

use cpus::{CPU_WORDS, Cpus};
