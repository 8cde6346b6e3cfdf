//! Measures lists of runs with a condition: a home with many runs, each with many metrics, is written fact by fact, and the
//! columns of two metrics and a parameter are read again and again.
//!
//! `cargo run --release -p hven-record --example quantities -- 10000 1000`

#![allow(clippy::print_stdout, reason = "the output of the measurement")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement stops at the first error")]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use hven_app::ports::{Quantities, Record, quantities::Quantity, views::RunQuery};
use hven_core::{
    ActorId, AttemptId, Digest, Fact, RunId, RunnerId, Time,
    access::Scope,
    fact::Batch,
    handle::Handle,
    params::Origin,
    run::{
        AttemptResult, Finished, MetricSummary, Number, Outcome, ParamsLogged, PartSealed, Spec, Started, Submitted,
    },
    stream::Stream,
};
use hven_record::{Home, Settings};
use serde_json::json;

/// How often a list is read; the median counts.
const ROUNDS: usize = 15;

fn now() -> Time {
    Time::from_micros(1_767_225_600_000_000)
}

fn facts(n: u64, metrics: u64) -> Vec<Fact> {
    let run = RunId::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n));
    let attempt = AttemptId { run, number: 1 };
    let submitted = Submitted {
        run,
        handle: Handle { count: n },
        project: "astro".parse().expect("a project"),
        name: Some(format!("fit {n}")),
        spec: Spec::of_command(vec!["python3".to_owned(), "fit.py".to_owned()], "/home/tycho"),
        launch: "0123456789abcdef0123456789abcdef".to_owned(),
        cache_key: None,
        purpose: None,
        tolerances: Default::default(),
        absent: None,
        task: None,
    };
    let params =
        BTreeMap::from([("lr".to_owned(), json!(f64::from((n % 7) as u32) * 0.01)), ("seed".to_owned(), json!(n))]);
    let line = |key: u64| {
        let value = ((n * 7919 + key * 104_729) % 10_007) as f64 / 10_007.0;
        MetricSummary {
            key: format!("layer.{key}/norm"),
            points: 100,
            last: Number(value),
            last_step: 99,
            last_time: now(),
            min: Some(value / 2.0),
            max: Some(value * 2.0),
        }
    };
    let part = PartSealed {
        attempt,
        stream: Stream::Metrics.as_str().to_owned(),
        part: 0,
        from: 0,
        to: 1000,
        rows: 100 * metrics,
        object: Digest::of(&n.to_le_bytes()),
        object_bytes: 1000,
        summary: (0..metrics).map(line).collect(),
    };
    let result = AttemptResult {
        started: Some(now()),
        ended: Some(now()),
        wall_s: 1.0,
        ..AttemptResult::without_process(Outcome::Done)
    };
    vec![
        submitted.into(),
        Started { attempt, runner: RunnerId::from_u128(9) }.into(),
        ParamsLogged { run, of: Origin::Attempt(1), params }.into(),
        part.into(),
        Finished { run, attempt: Some(1), result }.into(),
    ]
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let (runs, metrics) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(1_000));
    let folder = tempfile::tempdir().unwrap();
    let home = Home::create_or_open(folder.path(), Settings::default()).unwrap();
    let start = Instant::now();
    for n in 0..runs {
        let batch = Batch::new(now(), ActorId::from_u128(77), facts(n, metrics));
        Record::append(&home, batch).await.unwrap();
        if n % 1000 == 999 {
            println!("{} runs: {:.1} ms for each", n + 1, start.elapsed().as_secs_f64() * 1e3 / (n + 1) as f64);
        }
    }
    let database = std::fs::metadata(folder.path().join("record.db")).map_or(0, |file| file.len());
    println!("record.db: {} MB", database / 1_000_000);
    let query = RunQuery { scopes: vec![Scope::Home], ..RunQuery::default() };
    let key = |n: u64| Quantity::Metric(format!("layer.{}/norm", n % metrics));
    for (name, columns) in [
        ("no quantity", vec![]),
        ("one metric", vec![key(5)]),
        ("two metrics and a parameter", vec![key(5), key(77), Quantity::Param("lr".to_owned())]),
        ("a metric that does not exist", vec![Quantity::Metric("loss".to_owned())]),
    ] {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let table = home.quantity_table(&query, &columns, false).await.unwrap();
            times.push(start.elapsed());
            assert_eq!(table.runs.len() as u64, runs);
        }
        println!("{name}: {:.1} ms", median(times));
    }
    let start = Instant::now();
    let names = home.quantity_names(&query, 2000).await.unwrap();
    println!("names of {} runs: {} in {:.0} ms", names.runs, names.metrics.len(), start.elapsed().as_secs_f64() * 1e3);
    home.close().unwrap();
}
