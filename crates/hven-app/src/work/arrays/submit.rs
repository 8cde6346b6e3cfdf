//! Submits arrays.

use std::collections::BTreeSet;

use hven_core::{
    Digest, Fact,
    access::Role,
    array::{
        ArrayBefore, ArrayId, Axis, End, Gather, Held, StopRule, Submitted, TASKS_MAX, axes_fault, output_fault,
        task_count, values_of,
    },
    limits, params,
    queueing::AFTER_MAX,
    run::RunFolder,
    stdin::Stdin,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, label},
        object_rights,
        projects::new_project,
        random::random,
    },
    ports::{launch::Launch, queueing::QueueState},
    work::{
        arrays::{
            detail::{ArrayInDetail, find, in_detail},
            gather::check_gather,
            submit_tasks::Tasks,
            value_tables::ValueTables,
        },
        capacity,
        floor::Work,
        launches::keep_launch,
        queueing, staging,
        submit::{
            check::check,
            inputs::{absent, soundness_of_inputs},
            prepare::{complete, fill_surroundings, key_notes},
            submission::RunRequest,
        },
        surroundings::document,
    },
};

/// An array that a caller wants.
#[derive(Clone, Debug)]
pub struct ArrayRequest {
    /// The common part of all tasks. The words of its command and its outputs are templates.
    pub task: RunRequest,
    pub axes: Vec<Axis>,
    pub stop_when: Option<String>,
    pub gather: Option<Gather>,
}

/// Submits an array. Its tasks are submitted as runs later, some at a time.
pub async fn submit(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    request: ArrayRequest,
) -> AppResult<Labelled<ArrayInDetail>> {
    let array = record_array(work, caller, key, request).await?;
    let view = work.ports.views.array(array).await?;
    let view = view.ok_or_else(|| AppError::not_found("array", array))?;
    label(work, in_detail(work, view).await?).await
}

/// The parts of a checked request that its submission needs.
pub(super) struct CheckedArray {
    pub(super) tables: ValueTables,
    queue: QueueState,
    after_arrays: BTreeSet<ArrayBefore>,
}

/// The checks that a preview and a submission have in common: all but those of inputs and code, which a preview does not have. Fills
/// in the recorded environment.
pub(super) async fn check_array(work: &Work, caller: &Caller, request: &mut ArrayRequest) -> AppResult<CheckedArray> {
    let ArrayRequest { task, axes, stop_when, gather } = request;
    check_request(task, axes, stop_when.as_deref(), gather.as_ref())?;
    let tables: Vec<Digest> = axes.iter().flat_map(Axis::tables).collect();
    object_rights::require_tables(work, caller, &tables).await?;
    complete(task)?;
    require_no_secret_in_values(task, axes)?;
    capacity::require(work, &task.spec.resources).await?;
    limits::count("runs and arrays to wait for", task.queue.after.len(), AFTER_MAX)?;
    let after_arrays = take_arrays_before(work, caller, &mut task.queue.after).await?;
    let queue = queueing::requested(work, caller, &task.project, &task.queue).await?;
    let tables = ValueTables::read(work, axes).await?;
    check_tasks(task, axes, &tables)?;
    Ok(CheckedArray { tables, queue, after_arrays })
}

async fn record_array(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    mut request: ArrayRequest,
) -> AppResult<ArrayId> {
    caller.require(Role::Member, &request.task.project)?;
    if !caller.may_run_as_server(&request.task.project) {
        return Err(AppError::MayNotRunAsServer);
    }
    object_rights::require(work, caller, &request.task.spec).await?;
    object_rights::require_list(work, caller, request.task.seen.as_ref()).await?;
    let CheckedArray { queue, after_arrays, .. } = check_array(work, caller, &mut request).await?;
    let ArrayRequest { mut task, axes, stop_when, gather } = request;
    staging::check_inputs(work, &task.spec).await?;
    key_notes(work, &mut task);
    fill_surroundings(work, &mut task);
    soundness_of_inputs(work, caller, &task).await?;
    let mut absent = absent(work, &task.spec).await?;
    if let Some(document) = &task.surroundings {
        document::keep(work, document, &mut absent).await?;
    }
    let comparable = task.tools.is_some();
    let launch = Launch { environment: task.environment, secrets: task.secrets, seen: task.seen };
    let kept = keep_launch(work, &launch).await?;
    let _turn = work.array_turn.lock().await;
    let mut facts: Vec<Fact> = new_project(work, &task.project).await?.into_iter().collect();
    let submitted = Submitted {
        array: ArrayId::mint(work.now(), random()),
        number: work.ports.views.array_number_last().await?.saturating_add(1),
        project: task.project,
        name: task.name,
        spec: task.spec,
        tasks: task_count(&axes).unwrap_or(TASKS_MAX),
        axes,
        launch: kept.name.clone(),
        params: task.params,
        tags: task.tags,
        notes: task.capture_notes,
        comparable,
        tolerances: task.tolerances,
        fresh: task.fresh,
        despite_checks: task.despite_checks,
        despite_suspicion: task.despite_suspicion,
        priority: queue.priority,
        start_by: queue.start_by,
        after: queue.after,
        after_arrays,
        stop_when,
        gather,
        absent: Some(absent),
    };
    let array = submitted.array;
    let held = queue.held.then_some(Held { array, number: submitted.number, held: true });
    facts.push(Box::new(submitted).into());
    facts.extend(held.map(Fact::from));
    let appended = work.record(caller.actor(), key, facts).await?;
    let recorded = appended.facts.iter().find_map(|recorded| match &recorded.fact {
        Some(Fact::ArraySubmitted(submitted)) => Some(submitted.array),
        _ => None,
    });
    let recorded = recorded
        .ok_or_else(|| AppError::Conflict("this Idempotency-Key was used for something that is no array".to_owned()))?;
    if recorded == array {
        work.kept_environments.keep(&work.schedule, array, &kept.name);
    }
    Ok(recorded)
}

/// Takes the arrays out of the names of runs and arrays that must succeed before.
async fn take_arrays_before(work: &Work, caller: &Caller, names: &mut Vec<String>) -> AppResult<BTreeSet<ArrayBefore>> {
    let (arrays, runs): (Vec<String>, Vec<String>) =
        names.drain(..).partition(|name| name.starts_with("array/") && !name.contains(':'));
    *names = runs;
    let mut found = BTreeSet::new();
    for name in arrays {
        let before = find(work, caller, &name, Role::Viewer).await?;
        let (array, number) = (before.submitted.array, before.submitted.number);
        if before.ended.is_some_and(|(_, ended)| ended.end != End::Done) {
            return Err(AppError::Conflict(format!(
                "array/{number} did not succeed, so an array that waits for its success would never start: `hven retry \
                 array/{number}` runs its failed tasks again"
            )));
        }
        found.insert(ArrayBefore { array, number });
    }
    Ok(found)
}

fn check_request(task: &RunRequest, axes: &[Axis], stop_when: Option<&str>, gather: Option<&Gather>) -> AppResult<()> {
    if task.recipe.is_some() || task.spec.recipe.is_some() {
        return Err(AppError::invalid("an array", "is of commands: submit each run of a recipe by itself"));
    }
    if task.spec.stdin == Some(Stdin::Pipe) {
        return Err(AppError::invalid("an array", "reads no pipe: one cannot be handed on to many"));
    }
    if let Some(fault) = axes_fault(axes) {
        return Err(AppError::invalid("the values of the array", format!("are refused: {fault}")));
    }
    if let Some(rule) = stop_when {
        limits::lines("the rule to stop", rule, limits::TEXT_BYTES_MAX)?;
        StopRule::parse(rule).map_err(|fault| AppError::invalid("the rule to stop", fault.to_string()))?;
    }
    if let Some(gather) = gather {
        check_gather(gather, axes, &task.spec.outputs)?;
    }
    let names: Vec<&str> = axes.iter().flat_map(Axis::names).collect();
    if let Some(fault) = Tasks::of(&task.spec, task.name.as_deref()).fault(&names) {
        return Err(AppError::invalid("the command, an output or the name", format!("is refused: {fault}")));
    }
    let twice = task.params.keys().find(|name| names.contains(&name.as_str()));
    if let Some(name) = twice {
        return Err(AppError::invalid(format!("the parameter {name}"), "is a value of the array as well"));
    }
    Ok(())
}

/// Refuses values that contain a secret: they are recorded.
fn require_no_secret_in_values(task: &RunRequest, axes: &[Axis]) -> AppResult<()> {
    let exposes = |secret: &str| axes.iter().any(|axis| axis.texts().any(|text| text.contains(secret)));
    let exposed = task.secrets.iter().find(|(_, secret)| exposes(secret));
    exposed
        .map_or(Ok(()), |(name, _)| Err(AppError::SecretExposed { name: name.clone(), place: "a value of the array" }))
}

/// Checks the first and the last task as runs, and that no two tasks have the same file as an output.
fn check_tasks(task: &RunRequest, axes: &[Axis], tables: &ValueTables) -> AppResult<()> {
    let count = task_count(axes).unwrap_or(TASKS_MAX);
    let tasks = Tasks::of(&task.spec, task.name.as_deref());
    for number in [1, count] {
        let values = values_of(axes, number, tables);
        params::check(&values)?;
        let (argv, outputs, name) = tasks.fill(&values);
        let mut filled = task.clone();
        (filled.spec.argv, filled.spec.outputs, filled.name) = (argv, outputs, name);
        check(&filled)?;
    }
    // Tasks in fresh folders have files of their own.
    let shared = match task.spec.place {
        RunFolder::Here => output_fault(&task.spec.outputs, axes, tables),
        RunFolder::Fresh => None,
    };
    shared.map_or(Ok(()), |why| Err(AppError::invalid("the outputs", format!("are not apart: {why}"))))
}
