//! The cataloguer: takes results into the catalogue as their runs end, and has what was made again compared.

use std::{collections::HashSet, sync::Arc};

use hven_core::{Fact, RunId};
use tokio::sync::broadcast;

use crate::{App, settle};

pub async fn run(app: Arc<App>) {
    let mut told = app.ports.record.subscribe();
    let mut waited_for = look(&app).await;
    loop {
        match told.recv().await {
            Ok(recorded) => match &recorded.fact {
                Some(Fact::RunSubmitted(submitted)) if submitted.purpose.is_some() => {
                    waited_for.insert(submitted.run);
                }
                Some(Fact::RunFinished(finished)) if waited_for.remove(&finished.run) => {
                    settle::settle_by_id(&app, finished.run).await;
                }
                _ => {}
            },
            Err(broadcast::error::RecvError::Lagged(_)) => waited_for = look(&app).await,
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Takes in what ended unseen; answers the runs that go on.
async fn look(app: &App) -> HashSet<RunId> {
    let (to_settle, reproducing) = (app.ports.views.runs_to_settle().await, app.ports.views.reproducing().await);
    let runs = match to_settle.and_then(|runs| Ok([runs, reproducing?].concat())) {
        Ok(runs) => runs,
        Err(error) => {
            tracing::warn!(%error, "could not look for results that belong into the catalogue");
            return HashSet::new();
        }
    };
    for &run in &runs {
        settle::settle_by_id(app, run).await;
    }
    runs.into_iter().collect()
}
