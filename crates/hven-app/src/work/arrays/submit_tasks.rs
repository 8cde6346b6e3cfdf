//! Submits tasks of arrays as runs.

use hven_core::{
    Fact,
    access::Role,
    array::{Submitted, TaskOf, TaskReused, TasksReused, filled, placeholder_fault, values_of},
    manifest::Command,
    params::Params,
    recorded::Recorded,
    run::Spec,
    seen::{AT_ONCE_US, RecordedFiles},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
    },
    ports::{arrays::ArrayView, queueing::QueueState},
    work::{
        arrays::value_tables::ValueTables,
        floor::Work,
        queueing::QueueRequest,
        staging,
        submit::{
            cache_rule_2::cache_key,
            check::check,
            find_cached::find_cached,
            inputs::soundness_of_inputs,
            record::{NewRun, NewRuns, Starter, record},
            submission::RunRequest,
        },
    },
};

/// The words of the tasks of an array, with placeholders.
#[derive(Debug)]
pub(super) struct Tasks {
    command: Command,
    outputs: Command,
    name: Option<Command>,
}

impl Tasks {
    pub(super) fn of(spec: &Spec, name: Option<&str>) -> Self {
        Self {
            command: Command { argv: spec.argv.clone() },
            outputs: Command { argv: spec.outputs.clone() },
            name: name.map(|name| Command { argv: vec![name.to_owned()] }),
        }
    }

    /// The first placeholder that stands for no value, in words.
    pub(super) fn fault(&self, names: &[&str]) -> Option<String> {
        let words = [Some(&self.command), Some(&self.outputs), self.name.as_ref()];
        words.into_iter().flatten().find_map(|words| placeholder_fault(words, names))
    }

    /// The command, the outputs and the name of the task with these values.
    pub(super) fn fill(&self, values: &Params) -> (Vec<String>, Vec<String>, Option<String>) {
        let name = self.name.as_ref().map(|name| filled(name, values).concat());
        (filled(&self.command, values), filled(&self.outputs, values), name)
    }
}

/// Submits tasks of an array as runs. Tasks whose work was done before get the earlier run instead. The caller holds the turn of arrays.
pub(super) async fn submit_tasks(work: &Work, array: &ArrayView, tables: &ValueTables, tasks: &[u64]) -> AppResult<()> {
    let submitted = &array.submitted;
    let caller = Caller::user(work.ports.views.as_ref(), array.by).await?;
    caller.require(Role::Member, &submitted.project)?;
    // In a home that was restored from a backup the environment is missing.
    let launch = work.ports.launches.get(&submitted.launch).await?;
    let launch = launch.ok_or_else(|| AppError::Conflict(Recorded::WorkflowEnvironmentLost.to_string()))?;
    // Each task is compared with the record of the array, however soon after its own submission it starts.
    let is_old = work.now().micros().saturating_sub(array.time.micros()) > AT_ONCE_US;
    let seen = launch.seen.map(|seen| RecordedFiles { code_is_old: seen.code_is_old || is_old, ..seen });
    let template = RunRequest {
        environment: launch.environment,
        secrets: launch.secrets,
        seen,
        tags: submitted.tags.clone(),
        capture_notes: submitted.notes.clone(),
        tolerances: submitted.tolerances.clone(),
        despite_checks: submitted.despite_checks,
        despite_suspicion: submitted.despite_suspicion.clone(),
        fresh: submitted.fresh,
        queue: QueueRequest::default(),
        ..RunRequest::of(submitted.project.clone(), submitted.spec.clone())
    };
    staging::check_inputs(work, &template.spec).await?;
    let overridden = soundness_of_inputs(work, &caller, &template).await?;
    let (mut runs, mut reused) = (Vec::with_capacity(tasks.len()), Vec::new());
    for (task, run) in new_runs(submitted, &template, tables, tasks)? {
        let params = run.task.as_ref().map(|of| of.params.clone()).unwrap_or_default();
        match find_cached(work, &caller, run.cache_key.filter(|_| !submitted.fresh), &params).await? {
            Some(earlier) => reused.push(TaskReused { task, run: earlier.id }),
            None => runs.push(run),
        }
    }
    if !reused.is_empty() {
        let fact: Fact = TasksReused { array: submitted.array, number: submitted.number, tasks: reused }.into();
        work.record(array.by, None, vec![fact]).await?;
    }
    if runs.is_empty() {
        return Ok(());
    }
    let queue = QueueState { priority: submitted.priority, start_by: submitted.start_by, ..QueueState::default() };
    record(work, Starter::Caller(&caller), None, NewRuns { template, runs, queue }, &overridden).await.map(drop)
}

fn new_runs(
    submitted: &Submitted,
    template: &RunRequest,
    tables: &ValueTables,
    tasks: &[u64],
) -> AppResult<Vec<(u64, NewRun)>> {
    let templates = Tasks::of(&submitted.spec, submitted.name.as_deref());
    let mut checked = RunRequest::of(template.project.clone(), template.spec.clone());
    let mut runs = Vec::with_capacity(tasks.len());
    for &task in tasks {
        let mut params = values_of(&submitted.axes, task, tables);
        (checked.spec.argv, checked.spec.outputs, checked.name) = templates.fill(&params);
        check(&checked)?;
        let cache_key = if submitted.comparable { cache_key(&checked.spec, &submitted.notes) } else { None };
        params.extend(submitted.params.clone());
        let of = TaskOf { array: submitted.array, task, params };
        let run = NewRun {
            argv: checked.spec.argv.clone(),
            name: checked.name.clone(),
            outputs: checked.spec.outputs.clone(),
            cache_key,
            task: Some(of),
        };
        runs.push((task, run));
    }
    Ok(runs)
}
