//! What tests of several crates ask of the system: a PostgreSQL server of their own, a disk that can be filled.
//!
//! Where the system has it not, a suite is left out by name; where everything must be there (`CI=true`), that is a failure.
//! Everything here panics when it goes wrong, because only tests use it.

mod postgresql;
mod small_disk;

pub use postgresql::Postgresql;
pub use small_disk::{Filler, SmallDisk};

/// Says that a suite is left out, which needs something that the system does not have.
#[allow(clippy::print_stderr, reason = "whoever runs the tests should see it")]
pub fn left_out(suite: &str, cases: usize, why: &str) {
    eprintln!("left out: {suite}, {cases} cases: {why}");
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{suite} was left out: {why}");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
