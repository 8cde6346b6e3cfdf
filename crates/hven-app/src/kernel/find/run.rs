//! Finds the run that a person names.

use hven_core::{AttemptId, access::Role, array::TaskRanges};

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

/// A deleted run does not change any more.
fn refuse_deleted(run: RunView, role: Role) -> AppResult<RunView> {
    if run.deleted.is_some() && role > Role::Viewer {
        return Err(AppError::RunDeleted { run: run.id, handle: run.handle });
    }
    Ok(run)
}

/// The same for logging, which a process may do to its own run.
pub(crate) async fn run_to_log(kernel: &Kernel, caller: &Caller, name: &str, role: Role) -> AppResult<RunView> {
    let Some(parsed) = RunName::parse(name) else {
        return Err(group_named(kernel, caller, name).await?.unwrap_or_else(|| AppError::not_found("run", name)));
    };
    if let Caller::Attempt { id } = caller {
        return own_run(kernel, *id, &parsed, name).await;
    }
    let found = if parsed == RunName::Last {
        last_run(kernel, caller).await?
    } else {
        kernel.ports.views.runs_named(&parsed).await?
    };
    if let (RunName::Task { array, task }, []) = (&parsed, found.as_slice())
        && let Some(fault) = task_without_run(kernel, caller, *array, *task).await?
    {
        return Err(fault);
    }
    let query = NameQuery { noun: "run", text: name, project: None, role };
    let run = only_one(caller, &query, found, |run| match &parsed {
        RunName::Step { step, .. } => (run.project.clone(), format!("{}/run.{step}", run.project)),
        _ => (run.project.clone(), run.handle.to_string()),
    })?;
    refuse_deleted(run, role)
}

/// The refusal of a name that is that of several runs together: an array with all or some of its tasks, or a workflow.
async fn group_named(kernel: &Kernel, caller: &Caller, name: &str) -> AppResult<Option<AppError>> {
    let views = &kernel.ports.views;
    if let Some(number) = name.strip_prefix("workflow/").and_then(|number| number.parse().ok()) {
        let workflow = views.workflow_numbered(number).await?;
        let seen = workflow.filter(|found| caller.may(Role::Viewer, &found.started.project));
        return Ok(seen.map(|_| AppError::invalid(name, format!("is a workflow; `hven show {name}` lists its runs"))));
    }
    let Some(rest) = name.strip_prefix("array/") else { return Ok(None) };
    let (number, tasks) = rest.split_once(':').map_or((rest, None), |(number, tasks)| (number, Some(tasks)));
    let Some(number) = number.parse().ok() else { return Ok(None) };
    let array = views.array_numbered(number).await?;
    let Some(array) = array.filter(|found| caller.may(Role::Viewer, &found.submitted.project)) else { return Ok(None) };
    let first = match tasks.map(str::parse::<TaskRanges>) {
        None => 1,
        Some(Ok(tasks)) => match tasks.ranges().first() {
            Some(range) => range.first.min(array.submitted.tasks),
            None => 1,
        },
        Some(Err(_)) => return Ok(None),
    };
    let what = if tasks.is_none() { "is an array" } else { "are several tasks" };
    Ok(Some(AppError::invalid(name, format!("{what}; name one of its tasks: array/{number}:{first}"))))
}

/// The refusal of the name of a task that has no run.
async fn task_without_run(kernel: &Kernel, caller: &Caller, array: u32, task: u64) -> AppResult<Option<AppError>> {
    let found = kernel.ports.views.array_numbered(array).await?;
    let Some(found) = found.filter(|found| caller.may(Role::Viewer, &found.submitted.project)) else { return Ok(None) };
    let name = format!("array/{array}:{task}");
    let tasks = found.submitted.tasks;
    Ok(Some(if task == 0 || task > tasks {
        AppError::not_found("task", name)
    } else if found.ended.is_some() {
        AppError::Conflict(format!("{name} was cancelled before it had a run"))
    } else {
        AppError::Conflict(format!("{name} has no run yet: `hven explain {name}` says when its turn is"))
    }))
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
