//! When a waiting run starts.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use hven_core::{
    RunId, Time,
    forecast::{Before, DurationForecast, Forecast, LATTICE, Place, start_forecast},
    question::Question,
    resources::Resources,
    run::Spec,
};

use crate::{
    kernel::error::AppResult,
    ports::{
        engine::{EngineStanding, Line, WaitReason},
        run::RunView,
    },
    work::{arrays::pace::start_of_run, expectations::history::History, floor::Work},
};

/// The most histories that are read for one answer.
const HISTORIES_MAX: usize = 8;

/// When a waiting run starts, if nothing comes before it that is not there yet. `None` when the line before it is not certain, or when
/// one of the runs before it has too few earlier runs.
pub(super) async fn start_of(work: &Work, run: &RunView) -> AppResult<Option<Forecast>> {
    let is_in_line = match work.schedule.standing(run.id, work.now()) {
        Some(EngineStanding::Waiting(reason)) => {
            matches!(reason, WaitReason::Queue { .. } | WaitReason::Busy { .. } | WaitReason::Placed { .. })
        }
        _ => false,
    };
    if is_in_line && let Some(found) = start_of_run(work, run.id).await? {
        return Ok(Some(found));
    }
    let (Some(line), Some(spec)) = (work.schedule.line(run.id), run.spec()) else { return Ok(None) };
    let Some(durations) = Durations::read(work, &line).await? else { return Ok(None) };
    let places: Option<Vec<Place>> = line
        .places
        .iter()
        .map(|place| {
            Some(Place {
                capacity: place.capacity.clone(),
                running: durations.all(&place.running)?,
                waiting: durations.all(&place.waiting)?,
            })
        })
        .collect();
    let (Some(places), Some(queued)) = (places, durations.all(&line.queued)) else { return Ok(None) };
    Ok(start_forecast(&places, &queued, &spec.resources, durations.from).filter(|_| durations.from > 0))
}

/// How long the runs of a line still take.
struct Durations {
    of: HashMap<RunId, Vec<f64>>,
    /// On how many earlier runs this rests.
    from: usize,
}

/// Runs with the same question, with their specifications.
type AskingRuns = Vec<(RunId, Arc<Spec>)>;

impl Durations {
    async fn read(work: &Work, line: &Line) -> AppResult<Option<Self>> {
        let of_places = line.places.iter().flat_map(|place| place.running.iter().chain(&place.waiting));
        let runs: Vec<RunId> = of_places.chain(&line.queued).map(|(run, _)| *run).collect();
        let started: HashMap<RunId, Time> = {
            let running: Vec<RunId> =
                line.places.iter().flat_map(|place| &place.running).map(|(run, _)| *run).collect();
            let views = work.ports.views.runs_by_id(&running).await?;
            views.into_iter().filter_map(|run| Some((run.id, run.started?))).collect()
        };
        let (now, mut of, mut from) = (work.now(), HashMap::new(), 0);
        let mut groups: BTreeMap<(String, String), AskingRuns> = BTreeMap::new();
        {
            let live = work.schedule.live();
            for id in runs {
                let Some(run) = live.get(&id) else { return Ok(None) };
                let Some(question) = Question::of(&run.spec) else { return Ok(None) };
                groups.entry((run.project.to_string(), question.key())).or_default().push((id, run.spec.clone()));
            }
        }
        if groups.len() > HISTORIES_MAX {
            return Ok(None);
        }
        for ((project, _), runs) in groups {
            let (Ok(project), Some((_, spec))) = (project.parse(), runs.first()) else { return Ok(None) };
            let Some(history) = History::read(work, &project, spec, None).await? else { return Ok(None) };
            // Runs with equal specifications have the same forecast.
            let mut known: Vec<(Arc<Spec>, DurationForecast)> = Vec::new();
            for (id, spec) in runs {
                let place = match known.iter().position(|(other, _)| *other == spec) {
                    Some(place) => place,
                    None => {
                        let Some(found) = history.forecast(&spec) else { return Ok(None) };
                        known.push((spec, found));
                        known.len() - 1
                    }
                };
                let found = &known[place].1;
                let seconds = match started.get(&id) {
                    Some(started) => found.distribution.lattice_remaining(now.seconds_since(*started)),
                    None => Some(found.distribution.lattice()),
                };
                // One that outlasted all earlier ones may end at any time.
                let Some(seconds) = seconds.filter(|seconds| seconds.len() == LATTICE - 1) else { return Ok(None) };
                of.insert(id, seconds);
            }
            from += history.runs.len();
        }
        Ok(Some(Self { of, from }))
    }

    fn all(&self, runs: &[(RunId, Resources)]) -> Option<Vec<Before>> {
        let before = |(run, wants): &(RunId, Resources)| {
            Some(Before { wants: wants.clone(), seconds: self.of.get(run)?.clone() })
        };
        runs.iter().map(before).collect()
    }
}
