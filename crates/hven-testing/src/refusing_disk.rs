//! A disk that refuses writes of the processes that a test starts on it.
//!
//! A full quota needs a file system with quotas, and a file system with open files cannot be made read-only. Therefore the
//! test simulates the disk: each system call by which these processes would change a file waits for the test, which lets the
//! system execute it or answers with the error of such a disk (seccomp notifications, on Linux). This needs no privileges.
//! Writes through mapped memory are not intercepted.

mod blocks;
mod holder;

#[cfg(target_os = "linux")]
mod answers;

#[cfg(target_os = "linux")]
mod seccomp;

pub use blocks::Disk;
pub use holder::RefusingDisk;

use blocks::{BLOCK_BYTES, in_blocks, resolved, used};
