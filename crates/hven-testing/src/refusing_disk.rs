//! A disk that refuses what is written to it, for the processes that a test starts there.
//!
//! A full quota needs a file system that knows quotas, and one with open files cannot be made read-only by hand. So the
//! test itself is the disk: each call by which these processes would change a file waits until the test has said whether
//! it is carried out, or answered with the error of such a disk (notifications of seccomp, on Linux). No rights are needed
//! for that. What is written through mapped memory does not pass here.

mod blocks;
mod holder;

#[cfg(target_os = "linux")]
mod answers;

#[cfg(target_os = "linux")]
mod seccomp;

pub use blocks::Disk;
pub use holder::RefusingDisk;

use blocks::{BLOCK_BYTES, in_blocks, resolved, used};
