//! One metric of several runs as curves.

use futures::{StreamExt, TryStreamExt, stream};
use hven_core::{RunId, Time, handle::Handle, stream::Point};

use super::named;
use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::run::RunView,
    work::{floor::Work, metrics::thin},
};

/// How many runs are read at once.
const READ_AT_ONCE: usize = 8;

/// The curves of the runs that have the metric, and the other runs.
#[derive(Clone, Debug)]
pub struct Curves {
    pub curves: Vec<RunCurve>,
    pub without: Vec<(RunId, Handle)>,
}

/// The points of the last attempt of a run, thinned.
#[derive(Clone, Debug)]
pub struct RunCurve {
    pub run: RunId,
    pub handle: Handle,
    pub name: Option<String>,
    pub started: Time,
    pub points: Vec<Point>,
    pub points_total: u64,
}

/// The curves of these runs, each with about `points_max` points at most.
pub async fn curves(
    work: &Work,
    caller: &Caller,
    names: &[String],
    key: &str,
    points_max: usize,
) -> AppResult<Curves> {
    let runs = named::runs(work, caller, names).await?;
    let attempts: Vec<_> = runs.iter().map(RunView::last_attempt).collect();
    let summaries = work.ports.series.summaries_of(&attempts).await?;
    let has_key = |run: &RunView| {
        summaries.get(&run.last_attempt()).is_some_and(|lines| lines.iter().any(|line| line.key == key))
    };
    let (with, without): (Vec<RunView>, Vec<RunView>) = runs.into_iter().partition(has_key);
    let read = |run: RunView| async move {
        let points = work.ports.series.points(run.last_attempt(), key).await?;
        AppResult::Ok(RunCurve {
            run: run.id,
            handle: run.handle,
            started: run.started.unwrap_or(run.submitted),
            name: run.name,
            points_total: points.len() as u64,
            points: thin(points, points_max),
        })
    };
    let curves = stream::iter(with).map(read).buffered(READ_AT_ONCE).try_collect().await?;
    Ok(Curves { curves, without: without.into_iter().map(|run| (run.id, run.handle)).collect() })
}
