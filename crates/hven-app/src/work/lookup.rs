//! Decides whether a submission would start a run, and why, without starting anything.

use hven_core::{
    access::Role,
    capture::{self, Note},
    run::Code,
    stdin::Stdin,
};

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::run::RunView,
    work::{
        floor::Work,
        staleness::reasons,
        submit::{find_cached, submission::RunRequest},
    },
};

/// The result that a submission would have.
#[derive(Clone, Debug)]
pub enum LookupAnswer {
    /// This run did the same work before.
    UpToDate(Box<RunView>),
    /// The run would be started, for these reasons.
    Stale(Vec<String>),
}

impl NeedsLabels for LookupAnswer {
    fn add_to(&self, wanted: &mut NeededLabels) {
        if let Self::UpToDate(run) = self {
            run.add_to(wanted);
        }
    }
}

/// The result that a submission would have.
pub async fn look_up(work: &Work, caller: &Caller, submit: RunRequest) -> AppResult<Labelled<LookupAnswer>> {
    label(work, looked(work, caller, submit).await?).await
}

async fn looked(work: &Work, caller: &Caller, submit: RunRequest) -> AppResult<LookupAnswer> {
    caller.require(Role::Viewer, &submit.project)?;
    let (submit, cached) = find_cached::cached(work, caller, submit).await?;
    if let Some(run) = cached {
        return Ok(LookupAnswer::UpToDate(Box::new(run)));
    }
    let reasons = match reason_to_always_run(&submit) {
        Some(why) => vec![why],
        None => reasons(work, caller, &submit).await?.unwrap_or_else(|| vec!["it was never run".to_owned()]),
    };
    Ok(LookupAnswer::Stale(reasons))
}

/// The reason why a request always starts a run.
fn reason_to_always_run(submit: &RunRequest) -> Option<String> {
    if submit.fresh {
        return Some("it was asked for with --fresh".to_owned());
    }
    let spec = &submit.spec;
    if spec.recipe.is_some() {
        return None;
    }
    let unknown = capture::first_unknown(&submit.capture_notes);
    let why = if spec.stdin == Some(Stdin::Pipe) {
        "it reads a pipe".to_owned()
    } else if spec.inputs.is_empty() || spec.outputs.is_empty() {
        "it does not declare both its inputs and its outputs".to_owned()
    } else if let Some(Code::NotCaptured { why }) = &spec.code {
        format!("its code was not captured: {why}")
    } else if spec.code.is_none() {
        "its code is not known".to_owned()
    } else if let Some(said) = unknown.and_then(Note::text) {
        said
    } else if submit.tools.is_none() {
        "it is not said which programs and modules it uses".to_owned()
    } else {
        return None;
    };
    Some(format!("it is run each time: {why}"))
}
