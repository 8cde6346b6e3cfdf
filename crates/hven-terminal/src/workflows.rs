//! Workflows for people.

use std::io;

use hven_api::workflows::{WorkflowDetail, WorkflowSummary};
use hven_core::workflow::PutBack;
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats::{self, counted},
    terminal_writer::{Field, TerminalWriter, printable},
};

/// Workflows as a table.
pub(crate) fn table(workflows: &[WorkflowSummary], writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    let rows = workflows.iter().map(|workflow| {
        vec![
            workflow.name.as_str().into(),
            Field::State(workflow.state.clone()),
            workflow.project.as_str().into(),
            format!("{} of {} steps", workflow.steps_ended, workflow.steps).into(),
            workflow.folder.as_str().into(),
            formats::ago(&workflow.started, writer.now).into(),
        ]
    });
    let rows = rows.collect();
    writer.table(&["WORKFLOW", "STATE", "PROJECT", "DONE", "FOLDER", "STARTED"], rows)
}

/// A workflow that was started and is not followed.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct WorkflowDetached<'a>(pub &'a WorkflowDetail);

impl HumanReadable for WorkflowDetached<'_> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&goes_on(&self.0.workflow.name))
    }
}

fn goes_on(name: &str) -> String {
    format!("{name} goes on: `hven attach {name}` shows it, `hven cancel {name}` ends it")
}

/// The name of a workflow that is followed from its start.
pub fn workflow_started_line(workflow: &WorkflowSummary) -> String {
    let WorkflowSummary { name, steps, .. } = workflow;
    format!("{name}: {}; `hven attach {name}` follows it elsewhere", counted((*steps).into(), "step", "steps"))
}

impl HumanReadable for WorkflowDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let workflow = &self.workflow;
        let title = writer.colours.bold(&workflow.name);
        let state = writer.colours.state(&workflow.state, &workflow.state);
        writer.line(&format!("{title}  {state}  {}", workflow.project))?;
        writer.pairs(&[
            ("folder", Some(workflow.folder.clone())),
            ("started", Some(formats::local(&workflow.started))),
            ("ended", workflow.ended.as_deref().map(formats::local)),
            ("because", workflow.because.clone()),
            ("done", Some(format!("{} of {} steps", workflow.steps_ended, workflow.steps))),
            ("manifest", Some(formats::short(&workflow.manifest).to_owned())),
        ])?;
        writer.heading("steps")?;
        let rows = self.steps.iter().map(|step| {
            let run = step.run.as_ref().and_then(|node| node.run.as_ref());
            let why = step.error.as_ref().map_or_else(|| step.because.join("; "), |error| error.message.clone());
            vec![
                step.name.as_str().into(),
                Field::State(step.state.clone()),
                run.map_or_else(String::new, |run| run.handle.clone()).into(),
                why.into(),
            ]
        });
        let rows = rows.collect();
        writer.table(&["STEP", "STATE", "RUN", "WHY"], rows)
    }
}

/// The remark for a person who stops following a workflow.
pub fn workflow_left_line(name: &str) -> String {
    format!("left; {}", goes_on(name))
}

/// How a workflow ended whose steps did not all end.
pub fn workflow_end_line(workflow: &WorkflowSummary) -> Option<String> {
    let name = &workflow.name;
    match workflow.state.as_str() {
        "cancelled" => Some(format!("{name} was cancelled")),
        "stopped" => {
            let because = workflow.because.as_deref().unwrap_or("the reason was erased");
            Some(format!("{name} was stopped: {}", printable(because)))
        }
        _ => None,
    }
}

/// The text after a result that was put back: `; 2 files put back, 1 of them in place of another`, or nothing.
pub fn put_back_text(put_back: &PutBack) -> String {
    let counts = [(put_back.files, "file", "files"), (put_back.folders, "empty folder", "empty folders")];
    let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, one, many)| counted(count, one, many)).collect();
    let in_place = match (put_back.replaced, put_back.files, put_back.folders) {
        (0, ..) => String::new(),
        (1, 1, 0) => ", in place of another".to_owned(),
        (replaced, ..) => format!(", {replaced} of them in place of another"),
    };
    if counts.is_empty() { String::new() } else { format!("; {} put back{in_place}", counts.join(" and ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_files_put_back_are_words() {
        let check = |files, replaced, folders, wanted: &str| {
            assert_eq!(put_back_text(&PutBack { files, replaced, folders }), wanted);
        };
        check(0, 0, 0, "");
        check(1, 0, 0, "; 1 file put back");
        check(1, 1, 0, "; 1 file put back, in place of another");
        check(2, 1, 1, "; 2 files and 1 empty folder put back, 1 of them in place of another");
        check(0, 0, 3, "; 3 empty folders put back");
    }
}
