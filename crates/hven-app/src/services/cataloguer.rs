//! The cataloguer: takes results into the catalogue as their runs end, and has what was made again compared.

use std::{collections::HashSet, sync::Arc, time::Duration};

use hven_core::{Fact, RunId};
use tokio::sync::broadcast;

use crate::{App, settle};

/// How often it is tried again to take in what a full disk kept out.
const AGAIN_EVERY: Duration = Duration::from_secs(2);

pub async fn run(app: Arc<App>) {
    let mut told = app.ports.record.subscribe();
    let mut runs = Runs::default();
    runs.look(&app).await;
    let mut again = tokio::time::interval(AGAIN_EVERY);
    loop {
        let recorded = tokio::select! {
            recorded = told.recv() => recorded,
            _ = again.tick(), if !runs.postponed.is_empty() => {
                if app.ports.record.has_room() {
                    for run in std::mem::take(&mut runs.postponed) {
                        runs.settle(&app, run).await;
                    }
                }
                continue;
            }
        };
        match recorded {
            Ok(recorded) => match &recorded.fact {
                Some(Fact::RunSubmitted(submitted)) if submitted.purpose.is_some() => {
                    runs.awaited.insert(submitted.run);
                }
                Some(Fact::RunFinished(finished)) if runs.awaited.remove(&finished.run) => {
                    runs.settle(&app, finished.run).await;
                }
                _ => {}
            },
            Err(broadcast::error::RecvError::Lagged(_)) => runs.look(&app).await,
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Runs whose results belong into the catalogue.
#[derive(Default)]
struct Runs {
    /// Those that go on.
    awaited: HashSet<RunId>,
    /// Those whose results could not be taken in yet.
    postponed: HashSet<RunId>,
}

impl Runs {
    async fn settle(&mut self, app: &App, run: RunId) {
        if settle::settle_by_id(app, run).await {
            self.postponed.insert(run);
        }
    }

    /// Takes in what ended unseen, and finds out which go on.
    async fn look(&mut self, app: &App) {
        let (to_settle, reproducing) = (app.ports.views.runs_to_settle().await, app.ports.views.reproducing().await);
        let runs = match to_settle.and_then(|runs| Ok([runs, reproducing?].concat())) {
            Ok(runs) => runs,
            Err(error) => {
                tracing::warn!(%error, "could not look for results that belong into the catalogue");
                return;
            }
        };
        for &run in &runs {
            self.settle(app, run).await;
        }
        self.awaited.extend(runs);
    }
}
