//! Finds the run that did the same work before.

use hven_core::{Digest, access::Role};

use crate::{
    kernel::{callers::Caller, error::AppResult, folders, soundness},
    ports::run::RunView,
    work::{
        floor::Work,
        submit::{prepare::prepare, submission::RunRequest},
    },
};

/// The prepared request, and the run that did the same work before.
pub(crate) async fn cached(
    work: &Work,
    caller: &Caller,
    submit: RunRequest,
) -> AppResult<(RunRequest, Option<RunView>)> {
    let (submit, cache_key) = prepare(work, submit)?;
    let cached = find_cached(work, caller, &submit, cache_key).await?;
    Ok((submit, cached))
}

pub(super) async fn find_cached(
    work: &Work,
    caller: &Caller,
    submit: &RunRequest,
    key: Option<Digest>,
) -> AppResult<Option<RunView>> {
    let Some(key) = key.filter(|_| !submit.fresh) else { return Ok(None) };
    let Some(run) = work.ports.views.run_cached(key, Some(&submit.params)).await? else { return Ok(None) };
    if !caller.may(Role::Viewer, &run.project) || run.spec.is_none() {
        return Ok(None);
    }
    // A run that is not sound is never reused as up to date.
    if !soundness::of_one(work, run.id).await?.is_sound() {
        return Ok(None);
    }
    let outputs: Vec<_> = run.result.iter().flat_map(|result| &result.outputs).cloned().collect();
    if !folders::are_there(work, &outputs).await? {
        return Ok(None);
    }
    Ok(Some(run))
}
