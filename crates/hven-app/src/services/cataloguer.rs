//! The cataloguer: takes results into the catalogue as their runs end, and has what was reproduced compared.

use std::{collections::HashSet, sync::Arc, time::Duration};

use hven_core::{Fact, RunId};
use tokio::{
    sync::broadcast,
    time::{Interval, MissedTickBehavior},
};

use crate::catalogue::{floor::Catalogue, recipe_results};

/// How often it is tried again to take in what a full disk kept out, and to read what could not be read.
const AGAIN_EVERY: Duration = Duration::from_secs(2);

pub async fn run(catalogue: Arc<Catalogue>) {
    let mut told = catalogue.ports.record.subscribe();
    let mut runs = Runs::default();
    runs.look(&catalogue).await;
    let mut again = ticks();
    loop {
        let recorded = tokio::select! {
            recorded = told.recv() => recorded,
            _ = again.tick(), if runs.has_more() => {
                if runs.is_to_look {
                    runs.look(&catalogue).await;
                }
                if catalogue.ports.record.has_room() {
                    for run in std::mem::take(&mut runs.postponed) {
                        runs.settle(&catalogue, run).await;
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
                    runs.settle(&catalogue, finished.run).await;
                }
                _ => {}
            },
            Err(broadcast::error::RecvError::Lagged(_)) => runs.look(&catalogue).await,
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// It is asked for a tick only while there is something to do again. After a long time without, one is due, not all that were
/// missed.
fn ticks() -> Interval {
    let mut ticks = tokio::time::interval(AGAIN_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Runs whose results belong into the catalogue.
#[derive(Default)]
struct Runs {
    /// Those that go on.
    awaited: HashSet<RunId>,
    /// Those whose results could not be taken in yet.
    postponed: HashSet<RunId>,
    /// The last look failed: runs may have ended unseen.
    is_to_look: bool,
}

impl Runs {
    /// Whether something is to be tried again.
    fn has_more(&self) -> bool {
        self.is_to_look || !self.postponed.is_empty()
    }

    async fn settle(&mut self, catalogue: &Catalogue, run: RunId) {
        if recipe_results::settle_by_id(catalogue, run).await {
            self.postponed.insert(run);
        }
    }

    /// Takes in what ended unseen, and finds out which go on.
    async fn look(&mut self, catalogue: &Catalogue) {
        let (to_settle, reproducing) =
            (catalogue.ports.views.runs_to_settle().await, catalogue.ports.views.reproducing().await);
        let runs = match to_settle.and_then(|runs| Ok([runs, reproducing?].concat())) {
            Ok(runs) => runs,
            Err(error) => {
                tracing::warn!(%error, "could not look for results that belong into the catalogue; trying again");
                self.is_to_look = true;
                return;
            }
        };
        self.is_to_look = false;
        for &run in &runs {
            self.settle(catalogue, run).await;
        }
        // Those whose end was missed are settled now.
        self.awaited = runs.into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_that_were_missed_do_not_come_all_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let _guard = runtime.enter();
        assert_eq!(ticks().missed_tick_behavior(), MissedTickBehavior::Delay);
    }

    #[test]
    fn a_look_that_failed_is_repeated() {
        let mut runs = Runs::default();
        assert!(!runs.has_more());
        runs.is_to_look = true;
        assert!(runs.has_more());
    }
}
