//! Reports many runs to a server, as clients do.

use std::{path::Path, thread, time::Instant};

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Map, Value, json};

use crate::{
    http::Connection,
    machine::{POLL_INTERVAL, TIMEOUT},
};

/// How much a home holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) runs: u32,
    pub(super) metrics: u32,
    pub(super) params: u32,
    pub(super) long_runs: u32,
    pub(super) steps: u32,
}

/// The metric of the long runs.
pub(super) const LONG_METRIC: &str = "long";
/// How many points one call logs.
const CALL_POINTS: u32 = 20_000;
/// Calls at the same time.
const WRITERS: usize = 4;

/// A value between 0 and 1 that differs between runs and between quantities, and is the same each time.
fn value(run: u32, quantity: u32) -> f64 {
    let mixed = (run ^ quantity.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x85EB_CA6B);
    f64::from(mixed ^ (mixed >> 13)) / f64::from(u32::MAX)
}

/// Reports all runs, the long ones first, and waits until their points lie where they stay.
pub(super) fn fill(address: &str, token: &str, home: &Path, sizes: &Sizes) -> anyhow::Result<()> {
    let writers = thread::scope(|scope| {
        let write = |writer: usize| {
            scope.spawn(move || {
                let mut connection = Connection::open(address, Some(token))?;
                (0..sizes.runs)
                    .filter(|number| *number as usize % WRITERS == writer)
                    .try_for_each(|number| report(&mut connection, number, sizes))
            })
        };
        let all: Vec<_> = (0..WRITERS).map(write).collect();
        all.into_iter().map(|writer| writer.join().map_err(|_| anyhow!("a writer failed"))?).collect::<Vec<_>>()
    });
    writers.into_iter().collect::<anyhow::Result<()>>()?;
    wait_until_sealed(home)
}

fn report(connection: &mut Connection, number: u32, sizes: &Sizes) -> anyhow::Result<()> {
    let params: Map<String, Value> =
        (0..sizes.params).map(|param| (format!("p{param}"), json!(value(number, 1_000_000 + param)))).collect();
    let wanted = json!({
        "project": "bench", "name": format!("run-{number}"), "source": "bench", "params": params,
    });
    let opened = connection.call("POST", "/api/v1/runs/external", &wanted)?;
    let run = opened["run"]["id"].as_str().context("the answer names no run")?.to_owned();
    let at = format!("/api/v1/runs/{run}/metrics");
    let points: Vec<Value> = (0..sizes.metrics)
        .map(|metric| json!({ "key": format!("m{metric}"), "value": value(number, metric) }))
        .collect();
    connection.call("POST", &at, &json!({ "points": points }))?;
    if number < sizes.long_runs {
        for first in (0..sizes.steps).step_by(CALL_POINTS as usize) {
            let point = |step: u32| {
                let noise = value(step, number);
                json!({ "key": LONG_METRIC, "value": (f64::from(step) * 1e-4).sin() + noise, "step": step })
            };
            let points: Vec<Value> = (first..sizes.steps.min(first + CALL_POINTS)).map(point).collect();
            connection.call("POST", &at, &json!({ "points": points }))?;
        }
    }
    connection.call("POST", &format!("/api/v1/runs/{run}/close"), &json!({ "state": "done" }))?;
    Ok(())
}

/// Waits until no points of ended runs are left in the streams that are written.
fn wait_until_sealed(home: &Path) -> anyhow::Result<()> {
    let streams = home.join("segments");
    let start = Instant::now();
    while std::fs::read_dir(&streams)?.next().is_some() {
        if start.elapsed() > TIMEOUT {
            bail!("the points of ended runs were not sealed");
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}
