//! Readers while streams are sealed: a reader always sees all acknowledged bytes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use hven_app::ports::{Series, Views, views::RunQuery};
use hven_core::{AttemptId, access::Scope, stream::Stream};
use hven_record::Home;

use crate::{
    facts::{batch, run_id, started, submitted},
    streams::{LOG, log_of},
    world::{Add, World, wait},
};

/// The number of times that streams are sealed while others read them; `make soak` raises it.
fn rounds() -> u64 {
    hven_testing::rounds(150)
}

/// Reads repeatedly while run 0 is sealed; checks that at least the acknowledged number of items is there.
async fn read(home: &Home, what: usize, at_least: u64) -> Result<(), String> {
    let attempt = AttemptId { run: run_id(0), number: 1 };
    let missing = |found: u64, noun: &str| {
        if found < at_least { Err(format!("{found} {noun}, but {at_least} were acknowledged")) } else { Ok(()) }
    };
    match what {
        0 => {
            let all = home.summaries(attempt).await.map_err(|e| e.to_string())?;
            missing(all.iter().map(|line| line.points).sum(), "points in the summary")
        }
        1 => missing(home.points(attempt, "acc").await.map_err(|e| e.to_string())?.len() as u64, "points"),
        2 => missing(home.samples(attempt).await.map_err(|e| e.to_string())?.len() as u64, "samples"),
        3 => {
            let frames = home.log(attempt, 0, usize::MAX).await.map_err(|e| e.to_string())?;
            missing(frames.len() as u64, "frames of the log")
        }
        _ => {
            let query = RunQuery { scopes: vec![Scope::Home], limit: 10, ..RunQuery::default() };
            let page = Views::runs(home, &query).await.map_err(|e| e.to_string())?;
            let metrics = page.items.first().map(|row| row.metrics.clone()).unwrap_or_default();
            missing(metrics.iter().map(|line| line.points).sum(), "points in the list of runs")
        }
    }
}

#[test]
fn nothing_is_absent_while_streams_are_sealed() {
    let world = World::sqlite();
    let home = world.open();
    let attempt = started(0, 1).attempt;
    let (acknowledged, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let problems = wait(async {
        home.add(batch([submitted(0)])).await.unwrap();
        let readers: Vec<_> = (0..5)
            .map(|what| {
                let (home, acknowledged, is_over) = (home.clone(), Arc::clone(&acknowledged), Arc::clone(&is_over));
                tokio::spawn(async move {
                    while !is_over.load(Ordering::Acquire) {
                        read(&home, what, acknowledged.load(Ordering::Acquire)).await?;
                    }
                    Ok::<(), String>(())
                })
            })
            .collect();
        for round in 0..rounds() {
            let point = format!("{{\"k\":\"acc\",\"v\":0.5,\"s\":{round},\"t\":{round}}}\n");
            home.add_bytes(attempt, Stream::Metrics, None, point.as_bytes()).await.unwrap();
            let sample = format!("{{\"t\":{round},\"cpu_s\":0.5,\"rss\":1,\"read\":1,\"written\":2,\"procs\":3}}\n");
            home.add_bytes(attempt, Stream::Resources, None, sample.as_bytes()).await.unwrap();
            home.add_bytes(attempt, LOG, None, &log_of(0..1)).await.unwrap();
            acknowledged.store(round + 1, Ordering::Release);
            home.seal_all(attempt).await;
            if readers.iter().any(tokio::task::JoinHandle::is_finished) {
                break;
            }
        }
        is_over.store(true, Ordering::Release);
        let mut problems = Vec::new();
        for reader in readers {
            problems.extend(reader.await.unwrap().err());
        }
        problems
    });
    assert!(problems.is_empty(), "{problems:?}");
    home.close().unwrap();
}
