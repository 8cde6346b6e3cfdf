//! Submits runs. Each step is in a file of this folder.

use hven_core::{Digest, RunId, access::Role, handle::Handle, stdin::Stdin};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        object_rights,
    },
    ports::{queueing::QueueState, run::RunName},
    work::{
        capacity,
        floor::Work,
        labels, queueing, staging, staleness,
        submit::{
            check::check,
            find_cached::find_cached,
            inputs::soundness_of_inputs,
            prepare::{complete, fill_surroundings, key_notes, prepare},
            record::{NewRun, NewRuns, Starter, record},
            submission::{RunRequest, SubmitOutcome},
        },
    },
};

/// Submits one run for a caller.
pub async fn submit(work: &Work, caller: &Caller, key: Option<String>, submit: RunRequest) -> AppResult<SubmitOutcome> {
    caller.require(Role::Member, &submit.project)?;
    let (submit, cache_key) = prepare(work, submit)?;
    object_rights::require(work, caller, &submit.spec).await?;
    object_rights::require_list(work, caller, submit.seen.as_ref()).await?;
    submit_prepared(work, caller, key, submit, cache_key).await
}

/// The same for work whose inputs and code the record names already, so the caller names no objects.
pub(crate) async fn submit_known(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    submit: RunRequest,
) -> AppResult<SubmitOutcome> {
    caller.require(Role::Member, &submit.project)?;
    let (submit, cache_key) = prepare(work, submit)?;
    submit_prepared(work, caller, key, submit, cache_key).await
}

async fn submit_prepared(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    submit: RunRequest,
    cache_key: Option<Digest>,
) -> AppResult<SubmitOutcome> {
    let overridden = soundness_of_inputs(work, caller, &submit).await?;
    if let Some(cached) = find_cached(work, caller, cache_key.filter(|_| !submit.fresh), &submit.params).await? {
        let cached = labels::add_tags(work, caller, key, cached, &submit.tags).await?;
        return Ok(SubmitOutcome::UpToDate(Box::new(cached)));
    }
    let stale = match cache_key.filter(|_| !submit.fresh) {
        Some(_) => staleness::reasons(work, caller, &submit).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    staging::check_inputs(work, &submit.spec).await?;
    capacity::require(work, &submit.spec.resources).await?;
    let queue = queueing::requested(work, caller, &submit.project, &submit.queue).await?;
    let runs = vec![NewRun::of(&submit, cache_key)];
    let new = NewRuns { template: submit, runs, queue };
    let mut new = record(work, Starter::Caller(caller), key, new, &overridden).await?;
    let (run, handle) = new.swap_remove(0);
    Ok(SubmitOutcome::New(RunName::Id(run), handle, stale))
}

/// Starts a run in a fresh folder without the cache, and without adding the run to it: the run is compared with another
/// one.
pub(crate) async fn start(
    work: &Work,
    starter: Starter<'_>,
    key: Option<String>,
    submit: RunRequest,
) -> AppResult<RunId> {
    let (submit, _) = prepare(work, submit)?;
    staging::check_inputs(work, &submit.spec).await?;
    let runs = vec![NewRun::of(&submit, None)];
    let new = NewRuns { template: submit, runs, queue: QueueState::default() };
    let (run, _) = record(work, starter, key, new, &[]).await?.swap_remove(0);
    Ok(run)
}

/// Submits many runs that differ only in their arguments and names. The cache is not used for them.
pub async fn submit_batch(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    mut template: RunRequest,
    runs: Vec<(Vec<String>, Option<String>)>,
) -> AppResult<Vec<(RunId, Handle)>> {
    caller.require(Role::Member, &template.project)?;
    if runs.is_empty() || runs.len() > BATCH_MAX {
        return Err(AppError::invalid("a batch", format!("has 1 to {BATCH_MAX} runs, not {}", runs.len())));
    }
    if template.recipe.is_some() {
        return Err(AppError::invalid("a batch", "is of commands: submit each run of a recipe by itself"));
    }
    for (argv, name) in &runs {
        template.spec.argv.clone_from(argv);
        template.name.clone_from(name);
        check(&template)?;
    }
    if template.spec.stdin == Some(Stdin::Pipe) {
        return Err(AppError::invalid("a batch", "reads no pipe: one cannot be handed on to many"));
    }
    object_rights::require(work, caller, &template.spec).await?;
    object_rights::require_list(work, caller, template.seen.as_ref()).await?;
    staging::check_inputs(work, &template.spec).await?;
    complete(&mut template)?;
    key_notes(work, &mut template);
    fill_surroundings(work, &mut template);
    let overridden = soundness_of_inputs(work, caller, &template).await?;
    capacity::require(work, &template.spec.resources).await?;
    let queue = queueing::requested(work, caller, &template.project, &template.queue).await?;
    let outputs = template.spec.outputs.clone();
    let new = |(argv, name)| NewRun { argv, name, outputs: outputs.clone(), cache_key: None, task: None };
    let runs = runs.into_iter().map(new).collect();
    record(work, Starter::Caller(caller), key, NewRuns { template, runs, queue }, &overridden).await
}

/// The largest number of runs in one batch.
pub const BATCH_MAX: usize = 1000;
