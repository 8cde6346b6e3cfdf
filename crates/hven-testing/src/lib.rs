//! What tests of several crates need: a PostgreSQL server of their own, a disk that can be filled, one that refuses what is
//! written to it, choices from a seed.
//!
//! Where the system has it not, a suite is left out by name; where everything must be there (`CI=true`), that is a failure.
//! Everything here panics when it goes wrong, because only tests use it.

mod left_out;
mod postgresql;
mod refusing_disk;
mod small_disk;
mod soak;

pub use left_out::left_out;
pub use postgresql::Postgresql;
pub use refusing_disk::{Disk, RefusingDisk};
pub use small_disk::{Filler, SmallDisk};
pub use soak::{Dice, rounds, seed};
