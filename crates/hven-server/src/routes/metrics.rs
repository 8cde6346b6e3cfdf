//! Routes for metrics and resource use.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::metrics as wire;
use hven_app::{AppError, AppResult, metrics};
use hven_core::{
    Time,
    run::Number,
    stream::{Point, Sample},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![summaries, log, points, resources];

/// One line for each metric.
#[utoipa::path(get, path = "/runs/{run}/metrics", tag = "metrics", params(("run" = String, Path)),
    responses((status = 200, body = wire::Metrics)))]
pub(crate) async fn summaries(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::Metrics>> {
    let (summaries, added) = metrics::summaries(&server.app, &caller, &run).await?;
    let metrics = summaries.iter().map(convert::metrics::metric).collect();
    let added_later = added.iter().map(convert::additions::later).collect();
    Ok(Json(wire::Metrics { schema: "hven.metrics/1".to_owned(), metrics, added_later }))
}

/// Adds points. They are durable when the call answers. A point that is added to an ended run is kept separately: it is
/// not part of what the run measured, and pages show who added it and when. One call adds at most 10,000 points to an
/// ended run, and all calls together at most 10,000 values.
#[utoipa::path(post, path = "/runs/{run}/metrics", tag = "metrics", params(("run" = String, Path)),
    request_body = wire::LogMetrics, responses((status = 200, body = wire::MetricsLogged)))]
pub(crate) async fn log(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
    Body(log): Body<wire::LogMetrics>,
) -> Answer<Json<wire::MetricsLogged>> {
    let now = server.app.now();
    let points = log.points.into_iter().map(|point| point_in(point, now)).collect::<AppResult<_>>()?;
    let metrics::LoggedPoints { accepted, added_later } = metrics::log(&server.app, &caller, &run, key, points).await?;
    Ok(Json(wire::MetricsLogged { accepted, added_later }))
}

fn point_in(point: wire::NewPoint, now: Time) -> AppResult<Point> {
    let invalid = |e: serde_json::Error| AppError::Invalid {
        what: format!("the value of {}", point.key),
        why: format!("is not a number: {e}"),
    };
    let value: Number = serde_json::from_value(point.value).map_err(invalid)?;
    let time = point.time.as_deref().map(convert::parsed::<Time>).transpose()?.unwrap_or(now);
    Ok(Point { key: point.key, value, step: point.step, time_us: time.micros() })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CurveQuery {
    key: String,
    /// The number of the attempt; the last one by default.
    attempt: Option<u32>,
    /// About how many points to return at most; 2,000 by default.
    max_points: Option<usize>,
}

const POINTS_DEFAULT: usize = 2000;
const POINTS_MAX: usize = 100_000;

/// The points of one metric, thinned so that minima and maxima remain.
#[utoipa::path(get, path = "/runs/{run}/metrics/points", tag = "metrics", params(("run" = String, Path), CurveQuery),
    responses((status = 200, body = wire::Curve)))]
pub(crate) async fn points(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(of): Query<CurveQuery>,
) -> Answer<Json<wire::Curve>> {
    let points_max = of.max_points.unwrap_or(POINTS_DEFAULT).clamp(1, POINTS_MAX);
    let curve = metrics::curve(&server.app, &caller, &run, of.attempt, &of.key, points_max).await?;
    Ok(Json(wire::Curve {
        schema: "hven.curve/1".to_owned(),
        key: of.key,
        step: curve.points.iter().map(|point| point.step).collect(),
        elapsed_s: curve.points.iter().map(|point| convert::metrics::elapsed_s(point.time_us, curve.started)).collect(),
        value: curve.points.iter().map(|point| convert::metrics::number(point.value)).collect(),
        points_total: curve.points_total,
        added_later: curve.added.iter().flat_map(convert::additions::points).collect(),
    }))
}

/// The resource use of the processes of the last attempt over time.
#[utoipa::path(get, path = "/runs/{run}/resources", tag = "metrics", params(("run" = String, Path)),
    responses((status = 200, body = wire::ResourceCurves)))]
pub(crate) async fn resources(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::ResourceCurves>> {
    let metrics::ResourceUse { started, samples } = metrics::resources(&server.app, &caller, &run).await?;
    Ok(Json(wire::ResourceCurves {
        schema: "hven.resources/1".to_owned(),
        elapsed_s: samples.iter().map(|sample| convert::metrics::elapsed_s(sample.time_us, started)).collect(),
        cores: cores(&samples, started),
        memory_bytes: samples.iter().map(|sample| sample.rss).collect(),
        read_bytes: samples.iter().map(|sample| sample.read).collect(),
        written_bytes: samples.iter().map(|sample| sample.written).collect(),
        processes: samples.iter().map(|sample| sample.procs).collect(),
    }))
}

/// The cores in use between each sample and the one before. The first sample counts from the start of the attempt.
fn cores(samples: &[Sample], started: Time) -> Vec<f64> {
    let mut before = (started.micros(), 0.0);
    let mut cores = Vec::with_capacity(samples.len());
    for sample in samples {
        let seconds = convert::metrics::elapsed_s(sample.time_us, Time::from_micros(before.0));
        cores.push(if seconds > 0.0 { ((sample.cpu_s - before.1) / seconds).max(0.0) } else { 0.0 });
        before = (sample.time_us, sample.cpu_s);
    }
    cores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_cpu_seconds_per_second() {
        let sample = |time_us, cpu_s| Sample { time_us, cpu_s, rss: 0, read: 0, written: 0, procs: 1 };
        let samples = [sample(1_000_000, 0.5), sample(3_000_000, 4.5), sample(3_000_000, 4.5)];
        assert_eq!(cores(&samples, Time::from_micros(0)), [0.5, 2.0, 0.0]);
    }
}
