//! Finds the run that a person names.

use hven_core::{AttemptId, access::Role};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::only_one::{NameQuery, only_one},
        floor::Kernel,
    },
    ports::run::{Archived, RunName, RunQuery, RunView},
};

/// The run with that name, if the caller has the role in its project. A caller who may not see it gets the answer that
/// it does not exist. A process may read its own run.
pub async fn run_for(kernel: &Kernel, caller: &Caller, name: &str, role: Role) -> AppResult<RunView> {
    if matches!(caller, Caller::Attempt { .. }) && role > Role::Viewer {
        return Err(AppError::Denied);
    }
    run_to_log(kernel, caller, name, role).await
}

/// The same for logging, which a process may do to its own run.
pub(crate) async fn run_to_log(kernel: &Kernel, caller: &Caller, name: &str, role: Role) -> AppResult<RunView> {
    let parsed = RunName::parse(name).ok_or_else(|| AppError::not_found("run", name))?;
    if let Caller::Attempt { id } = caller {
        return own_run(kernel, *id, &parsed, name).await;
    }
    let found = if parsed == RunName::Last {
        last_run(kernel, caller).await?
    } else {
        kernel.ports.views.runs_named(&parsed).await?
    };
    let query = NameQuery { noun: "run", text: name, project: None, role };
    only_one(caller, &query, found, |run| match &parsed {
        RunName::Step { step, .. } => (run.project.clone(), format!("{}/run.{step}", run.project)),
        _ => (run.project.clone(), run.handle.to_string()),
    })
}

async fn last_run(kernel: &Kernel, caller: &Caller) -> AppResult<Vec<RunView>> {
    let (scopes, archived) = (caller.scopes(), Archived::With);
    let query = RunQuery { scopes, archived, limit: 1, ..RunQuery::default() };
    let newest = kernel.ports.views.runs(&query).await?.items;
    match newest.first() {
        Some(row) => Ok(kernel.ports.views.runs_named(&RunName::Id(row.id)).await?),
        None => Ok(Vec::new()),
    }
}

/// The run of an attempt's own token, and only that run. The token is valid while the attempt is live, which may start
/// before the runner reports the process.
async fn own_run(kernel: &Kernel, attempt: AttemptId, parsed: &RunName, name: &str) -> AppResult<RunView> {
    let found = kernel.ports.views.runs_named(parsed).await?;
    let own = found.into_iter().find(|run| run.id == attempt.run);
    own.ok_or_else(|| AppError::not_found("run", name))
}
