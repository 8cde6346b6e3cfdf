//! Finds the run that did the same work before.

use hven_core::{Digest, access::Role, params::Params};

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
    let cached = find_cached(work, caller, cache_key.filter(|_| !submit.fresh), &submit.params).await?;
    Ok((submit, cached))
}

/// The run with this key and these given parameters, if it can be reused.
pub(in crate::work) async fn find_cached(
    work: &Work,
    caller: &Caller,
    key: Option<Digest>,
    params: &Params,
) -> AppResult<Option<RunView>> {
    let Some(key) = key else { return Ok(None) };
    let Some(run) = work.ports.views.run_cached(key, Some(params)).await? else { return Ok(None) };
    if !caller.may(Role::Viewer, &run.project) || run.spec().is_none() {
        return Ok(None);
    }
    // A run that is not sound is never reused as up to date.
    if !soundness::of_one(work, run.id).await?.is_sound() {
        return Ok(None);
    }
    let outputs: Vec<_> = run.outputs().cloned().collect();
    if !folders::are_there(work, &outputs).await? {
        return Ok(None);
    }
    Ok(Some(run))
}
