//! Helpers for the tests of several crates: a PostgreSQL server for one test, a home whose files are in memory, a disk that a
//! test can fill, a disk that refuses writes, and random choices from a seed.
//!
//! If the system lacks something, the suite is skipped and reported by name; with `CI=true` this is a failure. All helpers
//! panic on errors, because only tests use them.

mod left_out;
mod memory_folder;
mod postgresql;
mod refusing_disk;
mod small_disk;
mod soak;

pub use left_out::left_out;
pub use memory_folder::{memory_folder, memory_home};
pub use postgresql::Postgresql;
pub use refusing_disk::{Disk, RefusingDisk};
pub use small_disk::{Filler, SmallDisk};
pub use soak::{Dice, rounds, seed};
