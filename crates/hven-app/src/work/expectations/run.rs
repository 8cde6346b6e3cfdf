//! The forecast of one run.

use hven_core::{
    forecast::{Common, DurationForecast, Forecast},
    run::State,
};

use crate::{
    kernel::error::AppResult,
    ports::run::RunView,
    work::{
        expectations::{
            asked::{self, Asked},
            history::History,
            starts,
        },
        floor::Work,
    },
};

/// The forecast of a run. Everything is an estimate, and absent when there are too few earlier runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// When it starts.
    pub starts: Option<Forecast>,
    /// How long it takes, for a run that has not started.
    pub takes: Option<Forecast>,
    /// When it ends, for a running one.
    pub ends: Option<Forecast>,
    /// It runs longer than this number of earlier runs did.
    pub outlasts: Option<usize>,
    /// The forecasts of its duration rest on runs that are alike in all that is known.
    pub from_alike: bool,
    /// It asks for much more than earlier runs used.
    pub(crate) asked: Vec<Asked>,
}

pub(crate) async fn expected(work: &Work, run: &RunView) -> AppResult<Expected> {
    let Some(spec) = run.spec() else { return Ok(Expected::default()) };
    let mut expected = Expected::default();
    if run.state == State::Waiting {
        // A task of an array needs no history of its code for this.
        expected.starts = starts::start_of(work, run).await?;
    }
    let before = run.state.is_final().then_some(run.submitted_seq);
    let Some(history) = History::read(work, &run.project, spec, before).await? else { return Ok(expected) };
    expected.asked = asked::more_than_used(&spec.resources, &history.runs);
    let found = history.forecast(spec);
    expected.from_alike = found.as_ref().is_some_and(|found| found.common == Common::All);
    match (run.state, found) {
        (State::Waiting, found) => expected.takes = found.as_ref().map(DurationForecast::forecast),
        (State::Running, Some(found)) => {
            let elapsed = run.started.map_or(0.0, |started| work.now().seconds_since(started));
            expected.ends = found.remaining(elapsed);
            expected.outlasts = expected.ends.is_none().then_some(found.runs);
        }
        _ => {}
    }
    Ok(expected)
}
