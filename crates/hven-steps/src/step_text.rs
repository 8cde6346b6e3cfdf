//! The text for people about a step of a workflow that ended.

use hven_api::workflows::WorkflowStep;
use hven_client::Client;
use hven_core::{
    recipe::ResultKind,
    workflow::{PutBack, StepEnd},
};
use hven_terminal::{
    StepState, dataset_line, found_otherwise, notes_on, outcome, part_line, put_back_text, result_line,
};

use crate::{claim::verdict_text, command::found_text, new_dataset::SPLIT, recipe_result};

/// The text of a step that ended, and remarks about its result.
#[derive(Debug)]
pub struct StepText {
    pub state: StepState,
    pub text: String,
    pub page: Option<String>,
    /// Notes of an import, and differences between files and their record. They are part of the result.
    pub notes: Vec<String>,
    /// Remarks that are printed before the result.
    pub remarks: Vec<String>,
}

/// Reads the result of a step that ended. `folder` is the folder of the workflow; `steps` are all its steps.
pub fn step_text(
    client: &Client,
    folder: &str,
    steps: &[WorkflowStep],
    step: &WorkflowStep,
) -> anyhow::Result<StepText> {
    let new =
        |text: String| StepText { state: state(&step.state), text, page: None, notes: Vec::new(), remarks: Vec::new() };
    if let Some(error) = &step.error {
        return Ok(new(error.message.clone()));
    }
    match step.state.as_str() {
        "blocked" => return Ok(new(blocked(steps, step))),
        "not_done" => {
            let run = step.run.as_ref().and_then(|run| run.run.as_ref());
            return Ok(new(match run {
                Some(run) => format!("the workflow ended before run {} did", run.handle),
                None => "the workflow ended before this step".to_owned(),
            }));
        }
        _ => {}
    }
    if let Some(claim) = step.result.as_ref().and_then(|result| result.claim.as_ref()) {
        let claim = client.claim(&claim.id, None)?;
        return Ok(StepText { page: Some(claim.url.clone()), ..new(verdict_text(&claim)) });
    }
    if let Some(dataset) = step.result.as_ref().and_then(|result| result.dataset.as_ref()) {
        let detail = client.dataset(&dataset.id, None)?;
        let notes = notes_on(&detail);
        let text = dataset_line(&detail.summary, &notes);
        let mut remarks = Vec::new();
        // The notes of an import that was done before were shown then; the line still counts them.
        if step.state != "up_to_date" {
            let split = detail.split_list.iter().find(|split| split.name == SPLIT);
            let parts = split.map(|split| split.parts.as_slice()).unwrap_or_default();
            remarks.extend(parts.iter().map(|part| part_line(&detail.summary.reference, part)));
            remarks.extend(notes.clone());
        }
        return Ok(StepText { page: Some(detail.url), notes, remarks, ..new(text) });
    }
    let Some(run) = step.run.as_ref().and_then(|run| run.run.as_ref()) else { return Ok(new(String::new())) };
    let run = client.run(&run.id)?;
    let page = Some(run.url.clone());
    let notes = found_otherwise(&run);
    if step.state == "failed" {
        return Ok(StepText { page, notes, ..new(outcome(&run.summary)) });
    }
    let kind = run.summary.result_kind.as_deref().and_then(ResultKind::parse);
    Ok(match kind {
        Some(kind) => {
            let is_done = step.state == "done";
            let remarks = if is_done { recipe_result::remarks(client, &run.summary.id, kind) } else { Vec::new() };
            StepText { page, remarks, ..new(recipe_result::line(client, &run, kind)) }
        }
        None if step.state == "up_to_date" => {
            let hven_api::workflows::PutBack { files, replaced, folders } = step.put_back;
            let put_back = PutBack { files, replaced, folders };
            let text = format!("{}{}", found_text(&run, folder), put_back_text(&put_back));
            StepText { page, ..new(text) }
        }
        None => StepText { page, remarks: notes.clone(), notes, ..new(result_line(&run)) },
    })
}

fn blocked(steps: &[WorkflowStep], step: &WorkflowStep) -> String {
    let needs = step.needs.iter().filter_map(|need| steps.get(*need as usize));
    let mut failed = needs.filter(|need| matches!(need.state.as_str(), "failed" | "blocked"));
    failed.next().map_or_else(String::new, |need| format!("needs {}, which did not succeed", need.name))
}

fn state(text: &str) -> StepState {
    let ended = StepEnd::ALL.into_iter().find(|end| end.as_str() == text);
    match (ended, text) {
        (Some(end), _) => end.into(),
        (None, "not_done") => StepState::Blocked,
        (None, _) => StepState::Failed,
    }
}
