//! The reasons why a submission that could be up to date has to run.

use hven_core::{access::Role, capture::Note, params::Given, run::State};

use crate::{
    kernel::{callers::Caller, error::AppResult, folders, soundness},
    ports::run::{RunView, SimilarRun},
    work::{
        changes::run_changes::{self, WorkOfRun},
        floor::Work,
        submit::submission::RunRequest,
    },
};

/// The reasons why a submission that could be up to date has to run; `None` when no similar run exists.
pub(crate) async fn reasons(work: &Work, caller: &Caller, submit: &RunRequest) -> AppResult<Option<Vec<String>>> {
    let like = SimilarRun {
        project: submit.project.clone(),
        name: submit.name.clone(),
        words: submit.spec.words().into_owned(),
        cwd: submit.spec.cwd.clone(),
        before: u64::MAX,
    };
    let last = run_changes::last_before(work, like, submit.spec.recipe.is_some()).await?;
    let Some(last) = last.filter(|run| caller.may(Role::Viewer, &run.project)) else { return Ok(None) };
    let surroundings = submit.surroundings.as_ref().map(|document| document.surroundings.clone());
    let given = Given { known: submit.params.clone(), ..Given::default() };
    let now = WorkOfRun { spec: &submit.spec, notes: &submit.capture_notes, surroundings, given };
    let changes = run_changes::since(work, &last, &now).await?;
    if !changes.is_empty() {
        let mut reasons: Vec<String> = changes.iter().map(ToString::to_string).collect();
        if let Some(folder) = run_changes::other_folder(&last, &submit.spec) {
            reasons[0] = format!("it differs from run {} in {folder}: {}", last.handle, reasons[0]);
        }
        return Ok(Some(reasons));
    }
    Ok(Some(vec![reason_not_reused(work, caller, &last).await?]))
}

/// The reason why the last run of the same work cannot be reused.
async fn reason_not_reused(work: &Work, caller: &Caller, last: &RunView) -> AppResult<String> {
    let found = last.result.iter().flat_map(|result| &result.changed).find_map(Note::text);
    if let (State::Done, Some(said)) = (last.state, found) {
        return Ok(format!("run {} did the same, and {said}", last.handle));
    }
    Ok(match last.state {
        State::Done if last.cache_key.is_none() => {
            format!("run {} did the same, and was none that answers for others", last.handle)
        }
        State::Done => match soundness::explain(work, caller, last.id.into()).await?.said {
            Some(unsound) => format!("run {} is {}", last.handle, unsound.text),
            None if has_its_outputs(work, last).await? => {
                format!("run {} did the same as far as the record says, and does not answer for it", last.handle)
            }
            None => format!("the outputs of run {} are not there any more", last.handle),
        },
        state if state.is_final() => format!("run {} did not succeed ({})", last.handle, state.as_str()),
        _ => format!("run {} of it is not done yet", last.handle),
    })
}

/// Whether the store still has the bytes of all outputs of a run.
pub(crate) async fn has_its_outputs(work: &Work, run: &RunView) -> AppResult<bool> {
    match &run.result {
        Some(result) => folders::are_there(work, &result.outputs).await,
        None => Ok(true),
    }
}
