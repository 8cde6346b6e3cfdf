//! Reports skipped test suites and the reasons.

use std::{fs::File, io::Write as _};

/// A file that all tests of a run share. It gets a line for each skipped suite, even if the test passed.
const LIST: &str = "HVEN_LEFT_OUT";

/// Reports that a suite is skipped because the system lacks something.
#[allow(clippy::print_stderr, reason = "the person who runs the tests should see it")]
pub fn left_out(suite: &str, cases: usize, why: &str) {
    eprintln!("left out: {suite}, {cases} cases: {why}");
    if let Some(list) = std::env::var_os(LIST) {
        let mut list = File::options().append(true).create(true).open(list).expect("a list");
        // Write in one call, because other tests write to the file at the same time.
        list.write_all(format!("{suite}: {cases} tests ({why})\n").as_bytes()).expect("written");
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{suite} was left out: {why}");
}

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
