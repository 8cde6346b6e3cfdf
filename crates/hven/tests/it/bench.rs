//! `hven bench` with small numbers: the test checks that it works, not the speed.

use crate::session::Session;

#[test]
fn tasks_are_measured() {
    let session = Session::new();
    let found = session.hven(&["bench", "tasks", "--tasks", "120", "--json"]).ok().json();
    assert_eq!((&found["schema"], &found["tasks"]), (&"hven.bench_tasks/1".into(), &120.into()));
    assert!(found["hven_per_s"].as_f64().expect("a number") > 1.0);
}
