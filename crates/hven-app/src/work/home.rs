//! The home and its server: state, runners, shutdown and backup.

use std::{collections::BTreeMap, sync::Arc};

use hven_core::{Time, access::Role, run::State};

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{
        backup::Backup,
        people::RunnerView,
        run::{RunOrder, RunRow},
    },
    work::{floor::Work, runs},
};

/// The state of a server, in addition to its start settings.
#[derive(Clone, Debug)]
pub struct ServerState {
    pub runs: BTreeMap<State, u64>,
    /// The newest first.
    pub runners: Vec<RunnerState>,
    /// The number of facts in the record.
    pub facts: u64,
}

#[derive(Clone, Debug)]
pub struct RunnerState {
    pub view: RunnerView,
    /// The time of its last message.
    pub heard: Option<Time>,
    /// `attached`, `silent` or `gone`.
    pub state: &'static str,
}

impl RunnerState {
    /// Whether it was heard of lately, so that runs can start in it.
    pub(super) fn is_attached(&self) -> bool {
        self.state == ATTACHED
    }
}

const ATTACHED: &str = "attached";

/// The largest number of runners that are shown: the newest.
const RUNNERS_MAX: usize = 100;

/// A runner that polls sends a message at least every 30 seconds.
const SILENT_AFTER_S: f64 = 45.0;

/// The state of the server, with its runners.
pub async fn server(work: &Work, caller: &Caller) -> AppResult<ServerState> {
    let runs = runs::counts(work, caller).await?;
    let runners = runners(work, |_| true).await?;
    Ok(ServerState { runs, runners, facts: work.ports.record.head().seq })
}

/// The newest runners that fit.
pub(super) async fn runners(work: &Work, fits: fn(&RunnerView) -> bool) -> AppResult<Vec<RunnerState>> {
    let now = work.now();
    let fitting = work.ports.views.runners().await?.into_iter().rev().filter(fits).take(RUNNERS_MAX);
    let runners = fitting.map(|view| {
        let heard = work.runners.heard(view.id);
        RunnerState { state: runner_state(view.gone, heard, now), view, heard }
    });
    Ok(runners.collect())
}

fn runner_state(gone: Option<Time>, heard: Option<Time>, now: Time) -> &'static str {
    match (gone, heard) {
        (Some(_), _) => "gone",
        (None, Some(heard)) if now.seconds_since(heard) < SILENT_AFTER_S => ATTACHED,
        (None, _) => "silent",
    }
}

/// The running, waiting and recently ended runs.
#[derive(Clone, Debug)]
pub struct Overview {
    pub runs: BTreeMap<State, u64>,
    pub running: Vec<RunRow>,
    pub waiting: Vec<RunRow>,
    pub ended: Vec<RunRow>,
}

impl NeedsLabels for Overview {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.running.add_to(wanted);
        self.waiting.add_to(wanted);
        self.ended.add_to(wanted);
    }
}

/// The running, waiting and recently ended runs.
pub async fn overview(work: &Work, caller: &Caller) -> AppResult<Labelled<Overview>> {
    use State::{Cancelled, Done, Failed, Lost, Running, Stopping, Waiting};
    let overview = Overview {
        runs: runs::counts(work, caller).await?,
        running: some_runs(work, caller, &[Running, Stopping], RunOrder::NewestFirst).await?,
        waiting: some_runs(work, caller, &[Waiting], RunOrder::OldestFirst).await?,
        ended: some_runs(work, caller, &[Done, Failed, Cancelled, Lost], RunOrder::NewestFirst).await?,
    };
    label(work, overview).await
}

async fn some_runs(work: &Work, caller: &Caller, states: &[State], order: RunOrder) -> AppResult<Vec<RunRow>> {
    const SHOWN: usize = 20;
    let filter = runs::RunFilter { states: states.to_vec(), order, limit: SHOWN, ..runs::RunFilter::default() };
    Ok(runs::list(work, caller, filter).await?.items)
}

/// Closes the server if the caller may. Runs continue.
pub fn shut_down(caller: &Caller, close: impl FnOnce()) -> AppResult<()> {
    caller.require_home(Role::Owner)?;
    close();
    Ok(())
}

/// The writer of a copy of the whole home, for owners of the home.
pub fn backup(work: &Work, caller: &Caller) -> AppResult<Arc<dyn Backup>> {
    caller.require_home(Role::Owner)?;
    Ok(Arc::clone(&work.ports.backup))
}
