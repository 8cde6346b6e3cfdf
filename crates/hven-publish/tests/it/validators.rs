//! Foreign validators of a publication: roc-validator checks its RO-Crate, prov checks its PROV-JSON. `make setup` installs
//! both below the target folder. Without them the test runner skips these tests by name.

use std::{path::Path, process::Command};

use hven_publish::write;

use crate::sample::{hostile, planets};

#[test]
fn validators_accept_crate_and_provenance() {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("validators/bin/python");
    let place = tempfile::tempdir().expect("a folder");
    let folders = [place.path().join("planets"), place.path().join("hostile")];
    for (folder, (publication, store)) in folders.iter().zip([planets(), hostile()]) {
        write(&publication, &store, folder, None).expect("it is written");
    }
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ro-crate/check.py");
    let done = Command::new(&python).arg(check).args(&folders).output();
    let done = done.unwrap_or_else(|wrong| panic!("{}: {wrong}; make setup installs it", python.display()));
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "2 publications are valid\n", "{told}");
}
