//! Decides whether a user's commands may run as the Unix user of the server. The check runs whenever a command is about
//! to start.
//!
//! A command can read and change everything that this Unix user can, including the home and its key. A check at
//! submission alone is not enough: the run may wait for days or be retried, and the permission may be revoked
//! meanwhile. The driver checks when it places a run. The runner's pull checks again, because a placed run waits until
//! its runner asks for it. An attempt that a runner has taken may still wait there for resources. So when roles change,
//! and when a runner attaches, the runner is ordered not to start attempts that are not allowed any more. Grants are
//! cached until any role changes.

use std::{collections::HashSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use hven_core::{
    ActorId, AttemptId, RunnerId, UserId,
    access::{Grant, may_run_as_server},
    project::ProjectPath,
    recorded::Recorded,
};

use crate::{
    kernel::{error::AppResult, rights::RightsWatch},
    ports::engine::EngineAction,
    work::{cached_grants::USERS_MAX, floor::Work, runners::links::RunnerCommand, schedule::LiveRun},
};

const RETRY_AFTER: Duration = Duration::from_millis(100);

async fn grants(work: &Work, user: UserId) -> AppResult<Arc<[Grant]>> {
    let changes = {
        let known = work.permissions.known();
        if let Some(grants) = known.grants.get(&user) {
            return Ok(Arc::clone(grants));
        }
        known.changes
    };
    let grants: Arc<[Grant]> = work.ports.views.roles(user).await?.into();
    let mut known = work.permissions.known();
    if known.changes == changes {
        if known.grants.len() >= USERS_MAX {
            known.grants.clear();
        }
        known.grants.insert(user, Arc::clone(&grants));
    }
    Ok(grants)
}

async fn may_run(work: &Work, by: ActorId, project: &ProjectPath) -> bool {
    loop {
        match grants(work, UserId::from_u128(by.as_u128())).await {
            Ok(grants) => return may_run_as_server(&grants, project),
            Err(error) => tracing::error!(%error, "the roles of a user could not be read; trying again"),
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

/// Whether the work of a run may start. A recipe always may. A command may when its submitter may run commands.
pub(crate) async fn may_start(work: &Work, live: &LiveRun) -> bool {
    live.spec.recipe.is_some() || may_run(work, live.submitted_by, &live.project).await
}

/// The attempts among the actions that may not start.
pub(crate) async fn refused<'a>(work: &Work, actions: impl Iterator<Item = &'a EngineAction>) -> HashSet<AttemptId> {
    let mut refused = HashSet::new();
    for action in actions {
        let (EngineAction::Place { attempt, .. } | EngineAction::SendAgain { attempt, .. }) = action else { continue };
        let live = work.schedule.live().get(&attempt.run).cloned();
        if let Some(live) = live
            && !may_start(work, &live).await
        {
            refused.insert(*attempt);
        }
    }
    refused
}

#[async_trait]
impl RightsWatch for Work {
    /// Withdraws attempts that may not start any more from the runners, after roles have changed or may have changed.
    async fn rights_changed(&self) {
        self.permissions.forget();
        withdraw(self, |_| true).await;
    }
}

/// Orders runners not to start those of their attempts that may not start any more. Only the runner knows whether a
/// process has started, so it decides: a running process continues, and any other attempt ends as not started.
pub(crate) async fn withdraw(work: &Work, is_meant: impl Fn(RunnerId) -> bool) {
    let given: Vec<(AttemptId, RunnerId, LiveRun)> = {
        let live = work.schedule.live();
        let given = live.values().filter_map(|live| Some((live.attempt?, live)));
        given.filter(|((_, runner), _)| is_meant(*runner)).map(|((a, r), live)| (a, r, live.clone())).collect()
    };
    for (attempt, runner, live) in given {
        if !may_start(work, &live).await {
            work.runners.send(runner, RunnerCommand::Withdraw { attempt, why: Recorded::MayNotRun.to_string() });
        }
    }
    work.runners.wake();
}
