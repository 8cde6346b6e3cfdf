//! The keeper of runners: makes sure that this machine has a runner, and starts it again when there is evidence that
//! its process has ended. A runner that returns reports what it finished and what was lost.

use std::{collections::HashMap, sync::Arc, time::Duration};

use hven_core::{ActorId, RunnerId, Time, runner::Gone};

use crate::{
    kernel::{error::AppResult, random::random},
    ports::engine::EngineEvent,
    work::floor::Work,
};

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A runner with a message within this time is present.
const HEARD_RECENTLY_S: f64 = 1.0;

/// How long a started runner may take to attach before the keeper checks its process.
const ATTACH_WITHIN_S: f64 = 2.0;

pub async fn run(work: Arc<Work>) {
    let mut keeper = Keeper { work, started: HashMap::new() };
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        if let Err(error) = keeper.look().await {
            tracing::error!(%error, "could not look after the runners; trying again");
        }
    }
}

struct Keeper {
    work: Arc<Work>,
    /// The time at which this server last started each runner.
    started: HashMap<RunnerId, Time>,
}

impl Keeper {
    async fn look(&mut self) -> AppResult<()> {
        let there = self.work.ports.views.runners_there().await?;
        // A started runner that has not attached for the first time is not in the record.
        let expected = self.started.keys().filter(|id| !there.contains(id));
        let candidates: Vec<RunnerId> = there.iter().chain(expected).copied().collect();
        let mut alive = false;
        for runner in candidates {
            alive |= self.check_runner(runner, there.contains(&runner)).await?;
        }
        if !alive {
            let runner = RunnerId::mint(self.work.now(), random());
            self.start(runner).await;
        }
        Ok(())
    }

    /// Whether the runner is present or is being started.
    async fn check_runner(&mut self, runner: RunnerId, is_enrolled: bool) -> AppResult<bool> {
        let now = self.work.now();
        let within = |since: Option<Time>, seconds| since.is_some_and(|since| now.seconds_since(since) < seconds);
        if within(self.work.runners.heard(runner), HEARD_RECENTLY_S)
            || within(self.started.get(&runner).copied(), ATTACH_WITHIN_S)
        {
            return Ok(true);
        }
        let Some(evidence) = self.work.ports.launcher.is_gone(runner).await else {
            // Silent, but not known to have ended, so it may still be working.
            self.work.runners.note_silent(runner, now);
            return Ok(true);
        };
        self.work.runners.forget_silent(runner);
        if self.work.ports.launcher.can_return(runner).await {
            tracing::warn!(%runner, evidence, "a runner is gone and is started again");
            self.start(runner).await;
            return Ok(true);
        }
        self.started.remove(&runner);
        if is_enrolled {
            self.remove_runner(runner, evidence).await?;
        }
        Ok(false)
    }

    async fn start(&mut self, runner: RunnerId) {
        self.started.insert(runner, self.work.now());
        match self.work.ports.launcher.start(runner).await {
            Ok(()) => tracing::info!(%runner, "started a runner"),
            Err(error) => tracing::error!(%error, "could not start a runner; trying again"),
        }
    }

    /// Removes a runner that does not return. Its unfinished work is lost.
    async fn remove_runner(&self, runner: RunnerId, evidence: String) -> AppResult<()> {
        tracing::warn!(%runner, evidence, "a runner is gone for good");
        // The engine comes first: if the server were killed after the fact, the engine would never learn of the loss.
        self.work.runners.drop_link(runner);
        let event = EngineEvent::RunnerGone { runner, why: evidence.clone() };
        self.work.schedule.send_event_durably(event, self.work.now()).await;
        // The token is revoked before the fact is recorded, so that a check after the fact refuses it.
        self.work.keys.revoke_runner(runner);
        self.work.record(ActorId::SYSTEM, None, vec![Gone { runner, evidence }.into()]).await?;
        if let Err(error) = self.work.ports.launcher.forget(runner).await {
            tracing::warn!(%runner, %error, "the spool of a runner that is gone could not be removed");
        }
        Ok(())
    }
}
