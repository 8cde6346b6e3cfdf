//! Whether a run would be started, and why: the same question that submitting asks, without starting anything.

use hven_core::{
    access::Role,
    capture::{self, Note},
    params::Given,
    run::{Code, State},
    stdin::Stdin,
};

use crate::{
    App, AppResult, Caller,
    changes::{self, Work},
    files,
    labelled::{Labelled, NeedsLabels, Wanted, label},
    ports::views::{Like, RunView},
    soundness,
    submit::{self, Submit},
};

/// What would become of a submission.
#[derive(Clone, Debug)]
pub enum Looked {
    /// The same work was done before, by this run.
    UpToDate(Box<RunView>),
    /// It would be run, for these reasons.
    Stale(Vec<String>),
}

impl NeedsLabels for Looked {
    fn add_to(&self, wanted: &mut Wanted) {
        if let Self::UpToDate(run) = self {
            run.add_to(wanted);
        }
    }
}

/// Answers what submitting would do.
pub async fn look_up(app: &App, caller: &Caller, submit: Submit) -> AppResult<Labelled<Looked>> {
    label(app, looked(app, caller, submit).await?).await
}

async fn looked(app: &App, caller: &Caller, submit: Submit) -> AppResult<Looked> {
    caller.require(Role::Viewer, &submit.project)?;
    let (submit, cached) = submit::cached(app, caller, submit).await?;
    if let Some(run) = cached {
        return Ok(Looked::UpToDate(Box::new(run)));
    }
    let reasons = match each_time(&submit) {
        Some(why) => vec![why],
        None => reasons(app, caller, &submit).await?.unwrap_or_else(|| vec!["it was never run".to_owned()]),
    };
    Ok(Looked::Stale(reasons))
}

/// Why something is run whatever was done before.
fn each_time(submit: &Submit) -> Option<String> {
    if submit.fresh {
        return Some("it was asked for with --fresh".to_owned());
    }
    let spec = &submit.spec;
    if spec.recipe.is_some() {
        return None;
    }
    let unknown = capture::what_is_unknown(&submit.capture_notes);
    let why = if spec.stdin == Some(Stdin::Pipe) {
        "it reads a pipe".to_owned()
    } else if spec.inputs.is_empty() || spec.outputs.is_empty() {
        "it does not declare both its inputs and its outputs".to_owned()
    } else if let Some(Code::NotCaptured { why }) = &spec.code {
        format!("its code was not captured: {why}")
    } else if spec.code.is_none() {
        "its code is not known".to_owned()
    } else if let Some(said) = unknown.and_then(Note::said) {
        said
    } else if submit.tools.is_none() {
        "it is not said which programs and modules it uses".to_owned()
    } else {
        return None;
    };
    Some(format!("it is run each time: {why}"))
}

/// Why the work of a submission is not done yet, although it may be up to date; `None` when it was never run.
pub(crate) async fn reasons(app: &App, caller: &Caller, submit: &Submit) -> AppResult<Option<Vec<String>>> {
    let like = Like {
        project: submit.project.clone(),
        name: submit.name.clone(),
        words: submit.spec.words().into_owned(),
        cwd: submit.spec.cwd.clone(),
        before: u64::MAX,
    };
    let last = changes::last_before(app, like, submit.spec.recipe.is_some()).await?;
    let Some(last) = last.filter(|run| caller.may(Role::Viewer, &run.project)) else { return Ok(None) };
    let surroundings = submit.surroundings.as_ref().map(|document| document.surroundings.clone());
    let given = Given { known: submit.params.clone(), ..Given::default() };
    let work = Work { spec: &submit.spec, notes: &submit.capture_notes, surroundings, given };
    let changes = changes::since(app, &last, &work).await?;
    if !changes.is_empty() {
        let mut reasons: Vec<String> = changes.iter().map(ToString::to_string).collect();
        if let Some(folder) = changes::other_folder(&last, &submit.spec) {
            reasons[0] = format!("it differs from run {} in {folder}: {}", last.handle, reasons[0]);
        }
        return Ok(Some(reasons));
    }
    Ok(Some(vec![standing(app, caller, &last).await?]))
}

/// Why the last run of the same work does not answer for it.
async fn standing(app: &App, caller: &Caller, last: &RunView) -> AppResult<String> {
    let found = last.result.iter().flat_map(|result| &result.changed).find_map(Note::said);
    if let (State::Done, Some(said)) = (last.state, found) {
        return Ok(format!("run {} did the same, and {said}", last.handle));
    }
    Ok(match last.state {
        State::Done if last.cache_key.is_none() => {
            format!("run {} did the same, and was none that answers for others", last.handle)
        }
        State::Done => match soundness::stands(app, caller, last.id.into()).await?.said {
            Some(unsound) => format!("run {} is {}", last.handle, unsound.text),
            None if has_its_outputs(app, last).await? => {
                format!("run {} did the same as far as the record says, and does not answer for it", last.handle)
            }
            None => format!("the outputs of run {} are not there any more", last.handle),
        },
        state if state.is_final() => format!("run {} did not succeed ({})", last.handle, state.as_str()),
        _ => format!("run {} of it is not done yet", last.handle),
    })
}

/// Whether the bytes of all outputs of a run are still in the store.
pub(crate) async fn has_its_outputs(app: &App, run: &RunView) -> AppResult<bool> {
    match &run.result {
        Some(result) => files::are_there(app, &result.outputs).await,
        None => Ok(true),
    }
}
