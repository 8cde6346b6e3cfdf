//! The load: the same calls for each server.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{http::Connection, machine::median_and_p90};

/// How often each search and the history are repeated; the median counts.
const REPEATS: usize = 10;
const WRITERS: usize = 8;
/// The time of the first point.
const TIME_MS: i64 = 1_700_000_000_000;
const CONNECTIONS: usize = 16;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) runs: u32,
    pub(crate) batches: u32,
    pub(crate) singles: u32,
}

/// The waiting times of a client.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) batch_ms: f64,
    pub(crate) batch_8_points_per_s: f64,
    pub(crate) single_per_s: f64,
    pub(crate) single_16_per_s: f64,
    pub(crate) runs_per_s: f64,
    pub(crate) search_1000_ms: f64,
    pub(crate) search_filter_ms: f64,
    pub(crate) search_top_10_ms: f64,
    pub(crate) history_ms: f64,
}

/// A path of MLflow's REST API.
pub(crate) fn mlflow(path: &str) -> String {
    format!("/api/2.0/mlflow/{path}")
}

struct Client<'s> {
    connection: Connection,
    experiment: &'s str,
}

impl Client<'_> {
    fn run(&mut self, name: &str) -> anyhow::Result<String> {
        let wanted = json!({ "experiment_id": self.experiment, "start_time": TIME_MS, "run_name": name });
        let made = self.connection.call("POST", &mlflow("runs/create"), &wanted)?;
        let id = made["run"]["info"]["run_id"].as_str();
        Ok(id.ok_or_else(|| anyhow!("the answer names no run"))?.to_owned())
    }

    /// Logs a batch. Returns the time that it took.
    fn batch(&mut self, run: &str, number: u32) -> anyhow::Result<Duration> {
        let body = batch(run, number);
        let start = Instant::now();
        self.connection.call("POST", &mlflow("runs/log-batch"), &body)?;
        Ok(start.elapsed())
    }

    fn singles(&mut self, run: &str, count: u32) -> anyhow::Result<()> {
        for step in 0..count {
            let point = single(run, step);
            self.connection.call("POST", &mlflow("runs/log-metric"), &point)?;
        }
        Ok(())
    }

    /// The median time of a call in milliseconds, and its last answer.
    fn repeated(&mut self, method: &str, path: &str, body: &Value) -> anyhow::Result<(f64, Value)> {
        let (mut times, mut last) = (Vec::with_capacity(REPEATS), Value::Null);
        for _ in 0..REPEATS {
            let start = Instant::now();
            last = self.connection.call(method, &mlflow(path), body)?;
            times.push(start.elapsed());
        }
        Ok((median_and_p90(times).0 * 1e3, last))
    }

    /// The median time of a search in milliseconds. It finds this many runs.
    fn search(&mut self, body: &Value, expected: usize) -> anyhow::Result<f64> {
        let (time, answer) = self.repeated("POST", "runs/search", body)?;
        let found = answer["runs"].as_array().map_or(0, Vec::len);
        if found == expected { Ok(time) } else { Err(anyhow!("a search found {found} runs instead of {expected}")) }
    }
}

/// The body of a batch of 1,000 points: 100 steps of ten metrics.
pub(crate) fn batch(run: &str, number: u32) -> Value {
    let point = |i: u32| {
        let (step, key) = (number * 100 + i / 10, i % 10);
        json!({
            "key": format!("m{key}"), "value": f64::from(step) * 0.001 + f64::from(key), "step": step,
            "timestamp": TIME_MS + i64::from(step),
        })
    };
    json!({ "run_id": run, "metrics": (0..1000).map(point).collect::<Vec<_>>() })
}

/// The body of a call with one point.
pub(crate) fn single(run: &str, step: u32) -> Value {
    json!({
        "run_id": run, "key": "x", "value": f64::from(step) * 0.5, "step": step, "timestamp": TIME_MS + i64::from(step),
    })
}

/// Does the same on several connections at once, and returns the time until all are ready.
fn at_once(
    count: usize,
    open: &(dyn Fn() -> anyhow::Result<Connection> + Sync),
    experiment: &str,
    work: &(dyn Fn(&mut Client<'_>, usize) -> anyhow::Result<()> + Sync),
) -> anyhow::Result<Duration> {
    let start = Instant::now();
    thread::scope(|scope| {
        let one = |number: usize| scope.spawn(move || work(&mut Client { connection: open()?, experiment }, number));
        let all: Vec<_> = (0..count).map(one).collect();
        all.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a writer failed"))?)
    })?;
    Ok(start.elapsed())
}

/// Measures the server at an address.
pub(crate) fn run(address: &str, token: Option<&str>, sizes: &Sizes) -> anyhow::Result<Measured> {
    let open = || Connection::open(address, token);
    let mut connection = open()?;
    let made = connection.call("POST", &mlflow("experiments/create"), &json!({ "name": "bench" }))?;
    let experiment = made["experiment_id"].as_str().ok_or_else(|| anyhow!("the answer names no experiment"))?;
    let mut client = Client { connection, experiment };

    let batches = client.run("batches")?;
    let times = (0..sizes.batches).map(|number| client.batch(&batches, number)).collect::<anyhow::Result<Vec<_>>>()?;
    let batch_ms = median_and_p90(times).0 * 1e3;
    let each = sizes.batches.div_ceil(10);
    let eight = at_once(WRITERS, &open, experiment, &|client, number| {
        let run = client.run(&format!("writer-{number}"))?;
        (0..each).try_for_each(|number| client.batch(&run, number).map(drop))
    })?;

    // The connection was idle meanwhile, and some servers close such a connection after five seconds.
    client.connection = open()?;
    let single = client.run("single")?;
    client.singles(&single, 20)?;
    let start = Instant::now();
    client.singles(&single, sizes.singles)?;
    let single_s = start.elapsed().as_secs_f64();
    let sixteen = at_once(CONNECTIONS, &open, experiment, &|client, number| {
        let run = client.run(&format!("single-{number}"))?;
        client.singles(&run, sizes.singles)
    })?;

    client.connection = open()?;
    let start = Instant::now();
    for number in 0..sizes.runs {
        let run = client.run(&format!("r{number}"))?;
        let value = |factor: u32, range: u32| f64::from(number.wrapping_mul(factor) % range) / f64::from(range);
        let metric = |key: &str, value: f64| json!({ "key": key, "value": value, "step": 0, "timestamp": TIME_MS });
        let body = json!({
            "run_id": run, "metrics": [metric("loss", value(7919, 1000)), metric("acc", value(31, 97))],
            "params": [{ "key": "lr", "value": format!("1e-{}", number % 5) }, { "key": "depth", "value": (number % 12).to_string() }],
        });
        client.connection.call("POST", &mlflow("runs/log-batch"), &body)?;
    }
    let runs_s = start.elapsed().as_secs_f64();

    let of = [experiment];
    let matching = (0..sizes.runs).filter(|i| i.wrapping_mul(7919) % 1000 < 500 && i % 12 == 3).count();
    let first_1000 = (sizes.runs as usize + 2 + WRITERS + CONNECTIONS).min(1000);
    let search_1000_ms = client.search(&json!({ "experiment_ids": of, "max_results": 1000 }), first_1000)?;
    let filter = json!({
        "experiment_ids": of, "filter": "metrics.loss < 0.5 and params.depth = '3'", "order_by": ["metrics.loss ASC"],
        "max_results": 100,
    });
    let search_filter_ms = client.search(&filter, matching.min(100))?;
    let top = json!({ "experiment_ids": of, "order_by": ["metrics.loss ASC"], "max_results": 10 });
    let search_top_10_ms = client.search(&top, 10.min(sizes.runs as usize))?;
    let path = format!("metrics/get-history?run_id={batches}&run_uuid={batches}&metric_key=m0&max_results=5000");
    let (history_ms, history) = client.repeated("GET", &path, &Value::Null)?;
    let points = history["metrics"].as_array().map_or(0, Vec::len);
    if points != (sizes.batches as usize * 100).min(5000) {
        return Err(anyhow!("the history has {points} points"));
    }
    Ok(Measured {
        batch_ms,
        batch_8_points_per_s: f64::from(each) * (WRITERS * 1000) as f64 / eight.as_secs_f64(),
        single_per_s: f64::from(sizes.singles) / single_s,
        single_16_per_s: f64::from(sizes.singles) * CONNECTIONS as f64 / sixteen.as_secs_f64(),
        runs_per_s: f64::from(sizes.runs) / runs_s,
        search_1000_ms,
        search_filter_ms,
        search_top_10_ms,
        history_ms,
    })
}
