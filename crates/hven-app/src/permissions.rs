//! Whether a user's commands may run as the Unix user of the server, asked each time that one is about to start.
//!
//! Whoever may have commands run there can read and change everything that this Unix user can, the home and its key
//! included. So it is not enough to ask when a run is submitted: it may wait for days, or be tried again, and the
//! permission may be taken back meanwhile. Grants are remembered until any role changes.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hven_core::{
    ActorId, AttemptId, UserId,
    access::{Grant, may_run_as_server},
    project::ProjectPath,
};

use crate::{App, AppResult, ports::engine::Action};

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

    /// Roles have changed, or may have.
    pub(crate) fn forget(&self) {
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

/// Of the attempts that are about to start, those of commands whose submitter may not run them any more.
pub(crate) async fn refused<'a>(app: &App, actions: impl Iterator<Item = &'a Action>) -> HashSet<AttemptId> {
    let mut refused = HashSet::new();
    for action in actions {
        let (Action::Place { attempt, .. } | Action::SendAgain { attempt, .. }) = action else { continue };
        let live = app.schedule.live().get(&attempt.run).map(|live| {
            let is_command = live.spec.recipe.is_none();
            (is_command, live.submitted_by, live.project.clone())
        });
        let Some((true, by, project)) = live else { continue };
        if !may_run(app, by, &project).await {
            refused.insert(*attempt);
        }
    }
    refused
}
