//! The runs that a person names for a comparison.

use std::collections::{HashMap, HashSet};

use hven_core::{RunId, access::Role, limits};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
    },
    ports::run::{RunName, RunView},
    work::floor::Work,
};

/// How many runs are compared at most.
pub const RUNS_MAX: usize = 200;

/// The runs with these names, in this order and each once. Handles and ids, which pages and scripts use, are looked up
/// together. A run that the caller may not see does not exist for the caller, and a deleted run has nothing to
/// compare.
pub(super) async fn runs(work: &Work, caller: &Caller, names: &[String]) -> AppResult<Vec<RunView>> {
    caller.require_user()?;
    limits::count("runs to compare", names.len(), RUNS_MAX)?;
    let parsed: Vec<Option<RunName>> = names.iter().map(|name| RunName::parse(name)).collect();
    let handles: Vec<_> = parsed
        .iter()
        .filter_map(|name| if let Some(RunName::Handle(handle)) = name { Some(*handle) } else { None })
        .collect();
    let views = &work.ports.views;
    let by_handle: HashMap<_, RunId> = views.runs_with_handles(&handles).await?.into_iter().collect();
    let id = |name: &RunName| match name {
        RunName::Id(run) => Some(*run),
        RunName::Handle(handle) => by_handle.get(handle).copied(),
        _ => None,
    };
    let ids: HashSet<RunId> = parsed.iter().flatten().filter_map(id).collect();
    let found = views.runs_by_id(&ids.into_iter().collect::<Vec<_>>()).await?;
    let found: HashMap<RunId, RunView> = found.into_iter().map(|run| (run.id, run)).collect();
    let (mut runs, mut seen) = (Vec::with_capacity(names.len()), HashSet::new());
    for (name, parsed) in names.iter().zip(&parsed) {
        let run = match parsed {
            Some(RunName::Id(_) | RunName::Handle(_)) => {
                let run = parsed.as_ref().and_then(id).and_then(|run| found.get(&run));
                let seen = run.filter(|run| caller.may(Role::Viewer, &run.project));
                seen.cloned().ok_or_else(|| AppError::not_found("run", name))?
            }
            // Other names, and the refusals of names of no run.
            _ => run_for(work, caller, name, Role::Viewer).await?,
        };
        if run.deleted.is_some() {
            return Err(AppError::RunDeleted { run: run.id, handle: run.handle });
        }
        if seen.insert(run.id) {
            runs.push(run);
        }
    }
    Ok(runs)
}
