//! Remarks in the command line: added, listed, described by the record, and found in the lineage.

#![allow(unreachable_pub, reason = "a test program has no outside")]

use std::{path::Path, process::Command};

fn hven(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hven"));
    let done = command
        .arg("--home")
        .arg(folder.join("home"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("hven starts");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

#[test]
fn a_remark_is_described_listed_and_found_in_the_lineage() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("planets.csv"), "name,mass\nearth,1\n").expect("written");
    let here = folder.path();
    hven(here, &["data", "add", "planets.csv"]);
    let made = hven(here, &["remark", "add", "planets@1", "odd", "Mars is missing."]);
    assert_eq!(made, "remark odd is made\n");
    assert!(hven(here, &["remark", "ls"]).contains("Mars is missing."));
    assert!(hven(here, &["log"]).contains("remark odd was made: Mars is missing."));
    let under = hven(here, &["why", "remark/odd"]);
    assert!(under.contains("remark odd: Mars is missing.") && under.contains("dataset planets@1"), "{under}");
    let above = hven(here, &["why", "planets@1"]);
    assert!(above.contains("remark odd: Mars is missing."), "{above}");
    hven(here, &["down"]);
    let kept = hven(here, &["doctor", "--rebuild"]);
    assert!(!kept.contains("differ"), "{kept}");
}
