//! Says which suites were left out, and why.

use std::{fs::File, io::Write as _};

/// A file that the tests of a run share: what was left out stands there, a line each, also of tests that passed.
const LIST: &str = "HVEN_LEFT_OUT";

/// Says that a suite is left out, which needs something that the system does not have.
#[allow(clippy::print_stderr, reason = "whoever runs the tests should see it")]
pub fn left_out(suite: &str, cases: usize, why: &str) {
    eprintln!("left out: {suite}, {cases} cases: {why}");
    if let Some(list) = std::env::var_os(LIST) {
        let mut list = File::options().append(true).create(true).open(list).expect("a list");
        // In one call, because others write there at the same time.
        list.write_all(format!("{suite}: {cases} tests ({why})\n").as_bytes()).expect("written");
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{suite} was left out: {why}");
}

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
