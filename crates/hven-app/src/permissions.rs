//! Whether a user's commands may run as the Unix user of the server, asked each time that one is about to start.
//!
//! A command that runs there can read and change everything that this Unix user can, the home and its key included. So it
//! is not enough to ask when a run is submitted: it may wait for days, or be tried again, and the permission may be taken
//! back meanwhile. The driver asks when it places a run, and the runner's pull once more, because what is placed waits until
//! its runner asks for it. What a runner has taken may still wait there for room: when roles change, and when a runner
//! attaches, it is told not to begin what may not start any more. Grants are remembered until any role changes.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hven_core::{
    ActorId, AttemptId, RunnerId, UserId,
    access::{Grant, may_run_as_server},
    project::ProjectPath,
    recorded::Recorded,
};

use crate::{App, AppResult, ports::engine::Action, runners::Command, schedule::Live};

/// How many users' grants are remembered.
const USERS_MAX: usize = 1000;
const RETRY_AFTER: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(crate) struct Permissions {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// How often roles have changed: what was read before a change is not remembered after it.
    changes: u64,
    grants: HashMap<UserId, Arc<[Grant]>>,
}

impl Permissions {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        let mut known = self.known();
        known.changes += 1;
        known.grants.clear();
    }
}

async fn grants(app: &App, user: UserId) -> AppResult<Arc<[Grant]>> {
    let changes = {
        let known = app.permissions.known();
        if let Some(grants) = known.grants.get(&user) {
            return Ok(Arc::clone(grants));
        }
        known.changes
    };
    let grants: Arc<[Grant]> = app.ports.views.roles(user).await?.into();
    let mut known = app.permissions.known();
    if known.changes == changes {
        if known.grants.len() >= USERS_MAX {
            known.grants.clear();
        }
        known.grants.insert(user, Arc::clone(&grants));
    }
    Ok(grants)
}

async fn may_run(app: &App, by: ActorId, project: &ProjectPath) -> bool {
    loop {
        match grants(app, UserId::from_u128(by.as_u128())).await {
            Ok(grants) => return may_run_as_server(&grants, project),
            Err(error) => tracing::error!(%error, "the roles of a user could not be read; trying again"),
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

/// Whether the work of a run may start: what ships with Hven may, a command when its submitter may run commands.
pub(crate) async fn may_start(app: &App, live: &Live) -> bool {
    live.spec.recipe.is_some() || may_run(app, live.submitted_by, &live.project).await
}

/// Of the attempts that are about to start, those that may not.
pub(crate) async fn refused<'a>(app: &App, actions: impl Iterator<Item = &'a Action>) -> HashSet<AttemptId> {
    let mut refused = HashSet::new();
    for action in actions {
        let (Action::Place { attempt, .. } | Action::SendAgain { attempt, .. }) = action else { continue };
        let live = app.schedule.live().get(&attempt.run).cloned();
        if let Some(live) = live
            && !may_start(app, &live).await
        {
            refused.insert(*attempt);
        }
    }
    refused
}

/// Roles have changed, or may have: what may not start any more is taken back from the runners.
pub(crate) async fn changed(app: &App) {
    app.permissions.forget();
    withdraw(app, |_| true).await;
}

/// Tells runners not to begin those of their attempts that may not start any more. Only the runner knows whether a process
/// has begun, so it decides: what runs goes on, and what does not ends as not started.
pub(crate) async fn withdraw(app: &App, is_meant: impl Fn(RunnerId) -> bool) {
    let given: Vec<(AttemptId, RunnerId, Live)> = {
        let live = app.schedule.live();
        let given = live.values().filter_map(|live| Some((live.attempt?, live)));
        given.filter(|((_, runner), _)| is_meant(*runner)).map(|((a, r), live)| (a, r, live.clone())).collect()
    };
    for (attempt, runner, live) in given {
        if !may_start(app, &live).await {
            app.runners.send(runner, Command::Withdraw { attempt, why: Recorded::MayNotRun.to_string() });
        }
    }
    app.runners.ring();
}
