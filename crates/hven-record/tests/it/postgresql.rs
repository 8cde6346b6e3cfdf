//! The same suite on PostgreSQL.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hven_testing::Postgresql;

use crate::{conformance::CASES, world::World};

#[test]
fn conformance_on_postgresql() {
    let Some(server) = Postgresql::start("conformance on PostgreSQL", CASES.len()) else { return };
    let mut failed = Vec::new();
    for (i, (name, case)) in CASES.iter().enumerate() {
        let world = World::postgresql(&server.pairs(), &format!("home_{i}"));
        if catch_unwind(AssertUnwindSafe(|| case(&world))).is_err() {
            failed.push(*name);
        }
    }
    assert_eq!(failed, Vec::<&str>::new());
    two_servers_on_one_schema(&server.pairs());
}

fn two_servers_on_one_schema(url: &str) {
    let first = World::postgresql(url, "shared");
    let home = first.open();
    let second = World::postgresql(url, "shared");
    let refused = hven_record::Home::create_or_open(&second.path(), second.settings.clone()).unwrap_err();
    assert!(refused.to_string().contains("another server appends"), "{refused}");
    home.close().unwrap();
    assert!(first.path().join("FORMAT").exists());
}
