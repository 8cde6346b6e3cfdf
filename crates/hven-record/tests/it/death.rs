//! Threads of the record that panic: the home reports it, and no caller waits forever.

use std::time::Duration;

use hven_app::ports::{Record, StoreError, record::FactQuery};

use crate::{
    facts::{batch, submitted},
    world::{Add, World, wait},
};

#[test]
fn a_panic_of_the_writer_is_reported_and_no_call_waits_for_it() {
    let world = World::sqlite();
    let home = world.open();
    wait(home.add(batch([submitted(0)]))).unwrap();
    let rebuilt = home.rebuild_views(Box::new(|_| panic!("on purpose, in the writer's thread")));
    assert!(matches!(rebuilt, Err(StoreError::Closed)), "{rebuilt:?}");
    let why = wait(async { tokio::time::timeout(Duration::from_secs(20), home.died()).await });
    assert_eq!(why.unwrap(), "its thread record-writer panicked");
    assert!(matches!(wait(home.add(batch([submitted(1)]))), Err(StoreError::Closed)));
    drop(home);
    // The next process reads the durable facts.
    let home = world.open();
    let facts = wait(home.facts(FactQuery { limit: 10, ..FactQuery::default() })).unwrap();
    assert_eq!(facts.len(), 2);
    home.close().unwrap();
}

#[test]
fn a_home_that_is_closed_has_not_died() {
    let world = World::sqlite();
    let home = world.open();
    home.close().unwrap();
    let died = wait(async { tokio::time::timeout(Duration::from_millis(50), home.died()).await });
    assert!(died.is_err(), "{died:?}");
}
