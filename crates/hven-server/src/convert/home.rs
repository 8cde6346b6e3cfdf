//! Converts the state of the server and the overview of runs to wire types.

use std::collections::BTreeMap;

use hven_api::{home as wire, runs::RunSummary};
use hven_app::{
    home::{Overview, RunnerState},
    labelled::Labelled,
    ports::views::RunRow,
};
use hven_core::{resources::ResourceUnit, run::State};

use super::{runs, spec::resources};

pub(crate) fn counts(counts: BTreeMap<State, u64>) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(state, count)| (state.as_str().to_owned(), count)).collect()
}

pub(crate) fn runner(runner: RunnerState) -> wire::Runner {
    let RunnerState { view, heard, state } = runner;
    let unit = |ResourceUnit { name, model }| wire::ResourceUnit { name, model };
    let units = |(resource, units): (String, Vec<ResourceUnit>)| (resource, units.into_iter().map(unit).collect());
    wire::Runner {
        id: view.id.to_string(),
        state: state.to_owned(),
        pool: view.pool,
        host: view.host,
        version: view.version,
        capacity: resources(&view.capacity),
        units: view.units.into_iter().map(units).collect(),
        heard: heard.map(|heard| heard.to_string()),
    }
}

pub(crate) fn overview(shown: Labelled<Overview>) -> wire::Overview {
    let Labelled { of: overview, labels } = shown;
    let rows = |rows: &[RunRow]| -> Vec<RunSummary> { rows.iter().map(|row| runs::row(row, &labels)).collect() };
    wire::Overview {
        schema: "hven.overview/1".to_owned(),
        running: rows(&overview.running),
        waiting: rows(&overview.waiting),
        ended: rows(&overview.ended),
        runs: counts(overview.runs),
    }
}
