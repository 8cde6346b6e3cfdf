//! Logs metric points and returns curves.

use bytes::Bytes;
use hven_core::{
    AttemptId, Time,
    access::Role,
    limits,
    run::MetricSummary,
    stream::{Point, Sample, Stream, check_key},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::{run_for, run_to_log},
    },
    ports::{
        run::{AddedPoints, AdditionView, RunView},
        series::StreamPiece,
    },
    work::{
        additions::{self, Phase},
        external::report::heard,
        floor::Work,
    },
};

const POINTS_MAX: usize = 100_000;

/// The result of logging points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedPoints {
    pub accepted: u64,
    /// The run had ended, so the points are not part of its measured values.
    pub added_later: bool,
}

/// Adds points to a run. They are durable when it returns. A process may add points to its own run while it is running.
///
/// The key is used only after the end of the run. Before the end, a repeated point with the same time is one point of
/// the curve, and a repeated point without a time is two.
pub async fn log(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    points: Vec<Point>,
) -> AppResult<LoggedPoints> {
    let run = run_to_log(work, caller, name, Role::Member).await?;
    log_to(work, caller, &run, key, points).await
}

/// The same; `None` for a run that is archived: it gets nothing.
pub async fn log_unless_archived(
    work: &Work,
    caller: &Caller,
    name: &str,
    points: Vec<Point>,
) -> AppResult<Option<LoggedPoints>> {
    let run = run_to_log(work, caller, name, Role::Member).await?;
    if run.archived {
        return Ok(None);
    }
    log_to(work, caller, &run, None, points).await.map(Some)
}

async fn log_to(
    work: &Work,
    caller: &Caller,
    run: &RunView,
    key: Option<String>,
    points: Vec<Point>,
) -> AppResult<LoggedPoints> {
    limits::count("points", points.len(), POINTS_MAX)?;
    for point in &points {
        check_key(&point.key)?;
        limits::time(&format!("the time of {}", point.key), Time::from_micros(point.time_us))?;
    }
    let accepted = points.len() as u64;
    let _no_end = work.schedule.without_ends().await;
    match additions::phase(work, caller, run).await? {
        Phase::BeforeEnd { attempt } => {
            let attempt = additions::attempt_of(run, attempt)?;
            let bytes = lines(&points);
            if !bytes.is_empty() {
                let piece = StreamPiece { attempt, stream: Stream::MetricsApi, offset: None, bytes };
                work.ports.series.append(vec![piece]).await?;
            }
            heard(work, run).await?;
            Ok(LoggedPoints { accepted, added_later: false })
        }
        Phase::AfterEnd(run) => {
            let added_later = points.is_empty() || additions::add_metrics(work, caller, key, &run, points).await?;
            Ok(LoggedPoints { accepted, added_later })
        }
    }
}

pub(crate) fn lines(points: &[Point]) -> Bytes {
    let mut bytes = Vec::with_capacity(points.len() * 48);
    for point in points {
        // Points are plain data, so making their JSON cannot fail.
        if serde_json::to_writer(&mut bytes, point).is_ok() {
            bytes.push(b'\n');
        }
    }
    bytes.into()
}

/// The summaries of a run's metrics, and the additions after its end.
pub async fn summaries(work: &Work, caller: &Caller, name: &str) -> AppResult<(Vec<MetricSummary>, Vec<AdditionView>)> {
    let run = run_for(work, caller, name, Role::Viewer).await?;
    Ok((work.ports.series.summaries(run.last_attempt()).await?, run.added))
}

/// The points of one metric, thinned to about `points_max`.
#[derive(Clone, Debug)]
pub struct MetricCurve {
    pub started: Time,
    pub points: Vec<Point>,
    pub points_total: u64,
    /// Points that were added after the run's end, fact by fact. They are no part of the curve.
    pub added: Vec<AddedPoints>,
}

/// The points of one attempt; `None`: the last one. Points that were added after the end belong to the last attempt.
pub async fn curve(
    work: &Work,
    caller: &Caller,
    name: &str,
    attempt: Option<u32>,
    key: &str,
    points_max: usize,
) -> AppResult<MetricCurve> {
    let run = run_for(work, caller, name, Role::Viewer).await?;
    let last = run.last_attempt();
    let attempt = attempt.map_or(last, |number| AttemptId { run: run.id, number });
    let points = work.ports.series.points(attempt, key).await?;
    let mut added = Vec::new();
    if attempt == last && run.added.iter().any(|view| view.addition.name == key) {
        added = work.ports.views.added_points(run.id, key).await?;
        for one in &mut added {
            one.points = thin(std::mem::take(&mut one.points), points_max);
        }
    }
    if points.is_empty() && added.is_empty() {
        return Err(AppError::not_found("metric", key));
    }
    let started = if attempt == last {
        run.started
    } else {
        let attempts = work.ports.views.attempts(run.id).await?;
        attempts.iter().find(|view| view.id == attempt).map(|view| view.started)
    };
    let started = started.unwrap_or(run.submitted);
    Ok(MetricCurve { started, points_total: points.len() as u64, points: thin(points, points_max), added })
}

/// Keeps the shape of a curve with fewer points: the first, lowest, highest and last point of each section of equal
/// length.
pub(crate) fn thin(points: Vec<Point>, points_max: usize) -> Vec<Point> {
    const KEPT_OF_EACH: usize = 4;
    if points.len() <= points_max.max(KEPT_OF_EACH) {
        return points;
    }
    let stretches = (points_max / KEPT_OF_EACH).max(1);
    let length = points.len().div_ceil(stretches);
    let mut kept = Vec::with_capacity(points_max);
    for stretch in points.chunks(length) {
        let by_value = |a: &&usize, b: &&usize| stretch[**a].value.0.total_cmp(&stretch[**b].value.0);
        let numbers: Vec<usize> = (0..stretch.len()).filter(|&i| !stretch[i].value.0.is_nan()).collect();
        let mut wanted = vec![0, stretch.len() - 1];
        wanted.extend(numbers.iter().min_by(by_value).copied());
        wanted.extend(numbers.iter().max_by(by_value).copied());
        wanted.sort_unstable();
        wanted.dedup();
        kept.extend(wanted.into_iter().map(|i| stretch[i].clone()));
    }
    kept
}

/// The resource use of the last attempt over time.
#[derive(Clone, Debug)]
pub struct ResourceUse {
    pub started: Time,
    pub samples: Vec<Sample>,
}

pub async fn resources(work: &Work, caller: &Caller, name: &str) -> AppResult<ResourceUse> {
    let run = run_for(work, caller, name, Role::Viewer).await?;
    let started = run.started.unwrap_or(run.submitted);
    if run.attempts == 0 {
        return Ok(ResourceUse { started, samples: Vec::new() });
    }
    Ok(ResourceUse { started, samples: work.ports.series.samples(run.last_attempt()).await? })
}

#[cfg(test)]
mod tests {
    use hven_core::run::Number;

    use super::*;

    #[test]
    fn thinning_keeps_ends_and_extremes() {
        let points: Vec<Point> = (0..10_000)
            .map(|i| {
                let value = if i == 5003 { 1e9 } else { f64::from(i % 7) };
                Point { key: "k".into(), value: Number(value), step: i64::from(i), time_us: 0 }
            })
            .collect();
        let thinned = thin(points.clone(), 100);
        assert!(thinned.len() <= 100);
        assert_eq!((thinned[0].step, thinned[thinned.len() - 1].step), (0, 9999));
        assert!(thinned.iter().any(|point| point.step == 5003));
        assert!(thinned.is_sorted_by_key(|point| point.step));
        assert_eq!(thin(points[..50].to_vec(), 100).len(), 50);
    }
}
