//! The names of actors: users, the processes of runs, runners, and Hven itself.

use std::collections::HashMap;

use hven_core::{ActorId, RunId, UserId};

use crate::kernel::{error::AppResult, floor::Kernel};

/// An actor with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorName {
    pub id: ActorId,
    /// `user`, `run`, `runner` or `system`.
    pub kind: &'static str,
    pub name: Option<String>,
}

impl ActorName {
    /// An actor that is not Hven itself, not a user and not a run.
    pub(crate) const fn runner(id: ActorId) -> Self {
        Self { id, kind: "runner", name: None }
    }
}

/// The names of actors. A thousand actors take as many look-ups as one.
pub(crate) async fn names_of(
    kernel: &Kernel,
    actors: impl IntoIterator<Item = ActorId>,
) -> AppResult<HashMap<ActorId, ActorName>> {
    let mut names: HashMap<ActorId, ActorName> = actors.into_iter().map(|id| (id, ActorName::runner(id))).collect();
    if let Some(system) = names.get_mut(&ActorId::SYSTEM) {
        *system = ActorName { id: ActorId::SYSTEM, kind: "system", name: Some("Hven".to_owned()) };
    }
    let unnamed = |names: &HashMap<ActorId, ActorName>| -> Vec<u128> {
        names.values().filter(|name| name.kind == "runner").map(|name| name.id.as_u128()).collect()
    };
    let users: Vec<UserId> = unnamed(&names).into_iter().map(UserId::from_u128).collect();
    if !users.is_empty() {
        for user in kernel.ports.views.users_by_id(&users).await? {
            let id = user.id.into();
            names.insert(id, ActorName { id, kind: "user", name: user.name });
        }
    }
    let runs: Vec<RunId> = unnamed(&names).into_iter().map(RunId::from_u128).collect();
    if !runs.is_empty() {
        for run in kernel.ports.views.run_names(&runs).await? {
            let id = run.id.into();
            names.insert(id, ActorName { id, kind: "run", name: Some(run.handle.to_string()) });
        }
    }
    Ok(names)
}
