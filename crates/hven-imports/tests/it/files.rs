//! Folders `mlruns` that are damaged, or made to harm.

use std::{fs, os::unix::fs::symlink, path::Path};

use hven_imports::{
    Faults,
    mlflow::{FileStore, Store},
};
use tempfile::TempDir;

use crate::samples::{lines, points, runs};

const RUN: &str = "6d65f1e9e2a74dddb41096a8370df022";

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn store() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(&root.join("1/meta.yaml"), "experiment_id: '1'\nname: tune\nlifecycle_stage: active\n");
    write(
        &root.join("1").join(RUN).join("meta.yaml"),
        &format!("run_id: {RUN}\nrun_name: one\nstatus: 3\nstart_time: 5\nend_time: 9\n"),
    );
    folder
}

#[test]
fn folders_of_other_things_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = FileStore::open(folder.path(), None).expect_err("it is empty").to_string();
    assert!(error.contains("no folder in it has a file meta.yaml"), "{error}");
    assert!(FileStore::open(&folder.path().join("none"), None).is_err());
    let store = store();
    let error = FileStore::open(&store.path().join("1"), None).expect_err("an experiment").to_string();
    assert!(error.contains("it is one experiment or run: name the folder that holds the experiments"), "{error}");
}

#[test]
fn damaged_parts_are_left_out_with_their_reason() {
    let folder = store();
    let run = folder.path().join("1").join(RUN);
    // The second line has no step, as the first versions of MLflow wrote it; the third is cut off.
    write(&run.join("metrics/loss"), "5 0.5 1\n6 nan\n7\n8 x 2\n9 -inf 3\n");
    write(&run.join("metrics/long"), &"1".repeat(10_000));
    write(&run.join("metrics/deep/er"), "5 1e-3 0\n");
    write(&run.join("params/lr"), "0.1");
    write(&run.join("tags/mlflow.parentRunId"), "abc");
    symlink("/etc/passwd", run.join("params/stolen")).expect("linked");
    symlink("/etc", folder.path().join("1/ffffffffffffffffffffffffffffffff")).expect("linked");
    write(&folder.path().join("1/11111111111111111111111111111111/meta.yaml"), "run_id: other\n");
    write(&folder.path().join("1/22222222222222222222222222222222/meta.yaml"), "a: &a [x]\nb: *a\n");
    write(&folder.path().join("2").join(RUN).join("meta.yaml"), "run_id: x\n");
    let store = FileStore::open(folder.path(), None).expect("a folder");
    let mut faults = Faults::default();
    let all = runs(&store, &mut faults);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].parent.as_deref(), Some("abc"));
    let details = store.details(&all[0], &mut faults).expect("details");
    assert_eq!(details.params.len(), 1);
    let (found, _) = points(&store, &all[0], &mut faults);
    let found: Vec<String> =
        found.iter().map(|point| format!("{} {} {}", point.key, point.step, point.value.0)).collect();
    assert_eq!(found, ["deep/er 0 0.001", "loss 1 0.5", "loss 0 NaN", "loss 3 -inf"]);
    let lines = lines(&faults);
    for expected in [
        "1 metrics: the rest of the file cannot be read: a line is too long (long)",
        "2 points: a line is no time, value and step (loss)",
        "1 files: is a link (stolen)",
        "1 runs: meta.yaml has another id than the folder (11111111111111111111111111111111)",
        "1 runs: the folder of their experiment has no meta.yaml",
        "it has a name for an earlier part",
    ] {
        assert!(lines.iter().any(|line| line.contains(expected)), "{expected}: {lines:#?}");
    }
    assert_eq!(lines.len(), 6, "{lines:#?}");
}
