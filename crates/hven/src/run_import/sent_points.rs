//! Sends points of metrics. Points that the run has already are left out, so that a repeated import brings none twice.

use std::{
    collections::{BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use hven_api::metrics::NewPoint;
use hven_client::Client;
use hven_core::{
    Time,
    stream::{Point, check_key},
};
use serde_json::Value;

use super::{
    failed::{Failed, Outcome},
    tally::Tally,
};

/// The most points in one call: a call has 16 MiB at most, and a name of a metric 250 bytes.
const SENT_AT_ONCE: usize = 10_000;
/// The reason for the names that [`check_key`] refuses.
pub const BAD_NAME: &str = "their name is empty, longer than 250 bytes, or has control characters";
const HISTORY_PAGE: &str = "200000";

/// The points that a run has, as numbers made of them, so that many fit into memory.
#[derive(Debug, Default)]
pub struct PointsHere(HashSet<u64>);

impl PointsHere {
    /// Loads the points of a run.
    pub fn of_run(client: &Client, run: &str) -> hven_client::Result<Self> {
        let mut here = Self::default();
        let metrics = client.metrics(run)?;
        let mut keys: BTreeSet<String> = metrics.metrics.into_iter().map(|metric| metric.key).collect();
        let added = metrics.added_later.into_iter().filter(|added| added.kind == "metric");
        keys.extend(added.map(|added| added.name));
        for key in keys {
            here.add_history(client, run, &key)?;
        }
        Ok(here)
    }

    fn add_history(&mut self, client: &Client, run: &str, key: &str) -> hven_client::Result<()> {
        let mut token = String::new();
        loop {
            let mut query = vec![("run_id", run), ("metric_key", key), ("max_results", HISTORY_PAGE)];
            if !token.is_empty() {
                query.push(("page_token", &token));
            }
            let answer = client.mlflow_get("metrics/get-history", &query)?;
            for point in answer["metrics"].as_array().into_iter().flatten() {
                let value = match &point["value"] {
                    Value::String(_) => f64::NAN,
                    value => value.as_f64().unwrap_or(f64::NAN),
                };
                let (step, millis) = (point["step"].as_i64().unwrap_or(0), point["timestamp"].as_i64().unwrap_or(0));
                self.0.insert(mark(key, value, step, millis));
            }
            match answer["next_page_token"].as_str().filter(|next| !next.is_empty()) {
                Some(next) => next.clone_into(&mut token),
                None => return Ok(()),
            }
        }
    }

    fn has(&self, point: &Point) -> bool {
        !self.0.is_empty()
            && self.0.contains(&mark(&point.key, point.value.0, point.step, point.time_us.div_euclid(1000)))
    }
}

/// Histories are in milliseconds, and infinities in them are the largest numbers.
fn mark(key: &str, value: f64, step: i64, millis: i64) -> u64 {
    let value = if value.is_nan() { f64::NAN } else { value.clamp(f64::MIN, f64::MAX) };
    let mut hasher = DefaultHasher::new();
    (key, value.to_bits(), step, millis).hash(&mut hasher);
    hasher.finish()
}

/// Sends the points that the run does not have; counts them. Without a client it only counts.
pub fn send(client: Option<&Client>, run: &str, here: &PointsHere, points: Vec<Point>, tally: &Tally) -> Outcome<u64> {
    let mut new = Vec::with_capacity(points.len());
    for point in points {
        if check_key(&point.key).is_err() {
            tally.fault("points", &point.key, BAD_NAME);
        } else if !here.has(&point) {
            new.push(point);
        }
    }
    let count = new.len() as u64;
    if let Some(client) = client {
        for part in new.chunks(SENT_AT_ONCE) {
            let wire = part.iter().map(wire).collect::<Outcome<Vec<_>>>()?;
            client.log_metrics(run, wire)?;
        }
    }
    tally.lock().content.points += count;
    Ok(count)
}

fn wire(point: &Point) -> Outcome<NewPoint> {
    let value = serde_json::to_value(point.value).map_err(|error| Failed::Everywhere(error.into()))?;
    let time = Time::from_micros(point.time_us).to_string();
    Ok(NewPoint { key: point.key.clone(), value, step: point.step, time: Some(time) })
}

#[cfg(test)]
mod tests {
    use hven_core::number::Number;

    use super::*;

    #[test]
    fn a_point_is_known_by_what_a_history_says_of_it() {
        let point =
            |value: f64, step: i64, time_us: i64| Point { key: "loss".to_owned(), value: Number(value), step, time_us };
        let mut here = PointsHere::default();
        assert!(!here.has(&point(0.5, 1, 1_000_000)));
        here.0.insert(mark("loss", 0.5, 1, 1000));
        here.0.insert(mark("loss", f64::MAX, 2, 1000));
        here.0.insert(mark("loss", f64::NAN, 3, -1));
        assert!(here.has(&point(0.5, 1, 1_000_999)));
        assert!(here.has(&point(f64::INFINITY, 2, 1_000_000)));
        assert!(here.has(&point(-f64::NAN, 3, -1)));
        for other in [point(0.5, 2, 1_000_000), point(0.5, 1, 1_001_000), point(f64::NEG_INFINITY, 2, 1_000_000)] {
            assert!(!here.has(&other), "{other:?}");
        }
    }
}
