//! Databases that are of another program, damaged, or made to harm.

use std::{fs, path::PathBuf};

use hven_imports::{
    Error, Faults,
    mlflow::{Database, Store},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::samples::{lines, points, runs, unpacked};

fn sample() -> (TempDir, PathBuf) {
    let folder = unpacked("mlflow-3.17.2-database");
    let path = folder.path().join("mlflow.db");
    (folder, path)
}

/// A sample after some SQL.
fn changed(sql: &str) -> (TempDir, Database) {
    let (folder, path) = sample();
    Connection::open(&path).expect("opened").execute_batch(sql).expect("changed");
    let store = Database::open(&path, None).expect("a database");
    (folder, store)
}

#[test]
fn other_files_are_refused_with_the_reason() {
    let (folder, path) = sample();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    };
    let other = folder.path().join("other.db");
    Connection::open(&other).expect("made").execute_batch("CREATE TABLE bookmarks (url TEXT)").expect("made");
    let half = fs::read(&path).expect("read");
    let old = folder.path().join("old.db");
    fs::copy(&path, &old).expect("copied");
    Connection::open(&old)
        .expect("opened")
        .execute_batch("ALTER TABLE metrics DROP COLUMN is_nan")
        .expect_err("it is in a key");
    Connection::open(&old)
        .expect("opened")
        .execute_batch("DROP TABLE metrics; CREATE TABLE metrics (key, value, timestamp, run_uuid)")
        .expect("made");
    for (path, why) in [
        (folder.path().join("none.db"), "cannot be read"),
        (write("text.db", b"just a text that is long enough to be no header of a database"), "is no file of SQLite"),
        (write("empty.db", b""), "it has no table experiments, runs, metrics, params, tags"),
        (write("half.db", &half[..half.len() / 100]), "database"),
        (other, "it has no table experiments"),
        (old, "the table metrics has no column step"),
    ] {
        let error = Database::open(&path, None).expect_err("it is no store").to_string();
        assert!(error.contains(why), "{}: {error}", path.display());
    }
}

#[test]
fn a_damaged_page_is_an_error_and_never_a_panic() {
    let (_folder, path) = sample();
    let good = fs::read(&path).expect("read");
    for start in (1024..good.len()).step_by(7919) {
        let mut bytes = good.clone();
        bytes[start..].iter_mut().take(600).for_each(|byte| *byte ^= 0x5a);
        fs::write(&path, &bytes).expect("written");
        let Ok(store) = Database::open(&path, None) else { continue };
        let mut faults = Faults::default();
        let Ok(experiments) = store.experiments(&mut faults) else { continue };
        for experiment in experiments {
            for run in store.runs(&experiment, &mut faults).unwrap_or_default() {
                drop(store.details(&run, &mut faults));
                let Ok(mut pages) = store.points(&run) else { continue };
                while pages.next(&mut faults).is_ok_and(|page| !page.is_empty()) {}
            }
        }
    }
}

#[test]
fn a_run_without_experiment_is_counted() {
    let (_folder, store) =
        changed("PRAGMA foreign_keys = OFF; UPDATE runs SET experiment_id = 999 WHERE name = 'killed'");
    let mut faults = Faults::default();
    assert!(runs(&store, &mut faults).iter().all(|run| run.name.as_deref() != Some("killed")));
    store.not_imported(&mut faults).expect("counted");
    assert_eq!(faults.list().len(), 1);
    assert_eq!((faults.list()[0].kind, faults.list()[0].count), ("runs", 1));
    assert_eq!(faults.list()[0].why, "their experiment is not in the store");
}

#[test]
fn values_of_other_types_are_faults() {
    let (_folder, store) = changed(
        "PRAGMA ignore_check_constraints = ON; \
         INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) \
         SELECT 'odd', 'many', 5, run_uuid, 0, 0 FROM runs WHERE name = 'killed'; \
         UPDATE runs SET status = 'ASLEEP' WHERE name = 'child'; \
         UPDATE params SET value = x'ff00' WHERE key = 'name'",
    );
    let mut faults = Faults::default();
    let all = runs(&store, &mut faults);
    let killed = all.iter().find(|run| run.name.as_deref() == Some("killed")).expect("it is there");
    assert!(points(&store, killed, &mut faults).0.is_empty());
    let lines = lines(&faults);
    assert!(lines[0].starts_with("1 points: their value or time is no number (odd)"), "{lines:?}");
    assert!(lines[1].starts_with("1 runs: their status \"ASLEEP\" is none of MLflow"), "{lines:?}");
}

#[test]
fn files_outside_of_the_store_are_not_read() {
    let (folder, path) = sample();
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret"), "x").expect("written");
    for (uri, why) in [
        ("s3://bucket/1/artifacts".to_owned(), "an address of the kind `s3:`"),
        (outside.path().display().to_string(), "outside of the store"),
        (format!("{}/mlruns/../../{}", folder.path().display(), outside.path().display()), "their folder is"),
        ("/etc".to_owned(), "outside of the store"),
        ("file:///etc/../etc".to_owned(), "outside of the store"),
        ("../..".to_owned(), "outside of the store"),
    ] {
        let sql = format!("UPDATE runs SET artifact_uri = '{uri}' WHERE name = 'killed'");
        Connection::open(&path).expect("opened").execute_batch(&sql).expect("changed");
        let store = Database::open(&path, None).expect("a database");
        let mut faults = Faults::default();
        let all = runs(&store, &mut faults);
        let killed = all.iter().find(|run| run.name.as_deref() == Some("killed")).expect("it is there");
        assert!(store.artifacts(killed, &mut faults).expect("looked").is_empty(), "{uri}");
        let found = faults.list();
        assert_eq!((found.len(), found[0].kind), (1, "runs without their files"), "{uri}");
        assert!(found[0].why.contains(why), "{uri}: {}", found[0].why);
    }
}

#[test]
fn a_million_points_come_in_pages() {
    let (_folder, store) = changed(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) \
         INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) \
         SELECT 'long', i * 0.5, i, (SELECT run_uuid FROM runs WHERE name = 'killed'), i, 0 FROM n",
    );
    let mut faults = Faults::default();
    let all = runs(&store, &mut faults);
    let killed = all.iter().find(|run| run.name.as_deref() == Some("killed")).expect("it is there");
    let mut pages = store.points(killed).expect("points");
    let (mut count, mut sum) = (0_u64, 0.0);
    loop {
        let page = pages.next(&mut faults).expect("a page");
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 10_000);
        count += page.len() as u64;
        sum += page.iter().map(|point| point.value.0).sum::<f64>();
    }
    assert_eq!((count, sum), (1_000_000, 0.5 * 999_999.0 * 500_000.0));
}

#[test]
fn a_database_that_is_read_stays_as_it_is() {
    let (folder, path) = sample();
    let before = fs::read(&path).expect("read");
    let store = Database::open(&path, None).expect("a database");
    runs(&store, &mut Faults::default());
    drop(store);
    assert_eq!(fs::read(&path).expect("read"), before);
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).expect("listed").map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names, ["mlflow.db", "mlruns"]);
    assert!(matches!(Database::open(folder.path(), None), Err(Error::Database { .. } | Error::Io { .. })));
}
