//! The stores that other programs made (`tests/samples/README.md`), unpacked, and readers of whole stores.

use std::{fs::File, path::Path};

use hven_core::stream::Point;
use hven_imports::{
    Faults,
    mlflow::{RunInfo, Store},
};
use tempfile::TempDir;

pub fn unpacked(name: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(format!("{name}.tar.zst"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let plain = zstd::Decoder::new(file).expect("it is compressed");
    tar::Archive::new(plain).unpack(folder.path()).expect("unpacked");
    folder
}

/// All points of a run, and the longest page.
pub fn points(store: &dyn Store, run: &RunInfo, faults: &mut Faults) -> (Vec<Point>, usize) {
    let mut pages = store.points(run).expect("it has points");
    let (mut all, mut longest) = (Vec::new(), 0);
    loop {
        let page = pages.next(faults).expect("a page");
        if page.is_empty() {
            return (all, longest);
        }
        longest = longest.max(page.len());
        all.extend(page);
    }
}

/// All runs of a store by name.
pub fn runs(store: &dyn Store, faults: &mut Faults) -> Vec<RunInfo> {
    let mut all = Vec::new();
    for experiment in store.experiments(faults).expect("experiments") {
        all.extend(store.runs(&experiment, faults).expect("runs"));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The faults, each in one line.
pub fn lines(faults: &Faults) -> Vec<String> {
    faults
        .list()
        .into_iter()
        .map(|fault| format!("{} {}: {} ({})", fault.count, fault.kind, fault.why, fault.first))
        .collect()
}
