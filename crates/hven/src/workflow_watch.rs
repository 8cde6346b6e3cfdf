//! Follows a workflow: a line for each step that ends, and a progress line for the run that goes on.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hven_api::workflows::{StepError, WorkflowDetail, WorkflowStep};
use hven_client::Client;
use hven_core::file_name;
use hven_steps::{StepText, run_again, step_text};
use hven_terminal::{
    ErrorReport, Output, StepLine, Steps, Watched, exit, not_recorded, workflow_end_line, workflow_left_line,
};
use signal_hook::{consts::SIGINT, flag, low_level};

use crate::{
    follow_run::Interrupt,
    run_progress::{self, Waited},
};

/// The beginning of the name of a workflow.
pub const WORKFLOW: &str = "workflow/";

/// The pause between two questions to the server: the first, and the longest.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Follows a workflow until it ends or the person leaves, and returns the exit status.
pub fn watch(
    client: &Arc<Client>,
    workflow: &str,
    interrupt: Interrupt,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let handler = flag::register(SIGINT, Arc::clone(&interrupted))?;
    let mut follower = Follower {
        client,
        interrupt,
        interrupted,
        printed: HashSet::new(),
        lines: Vec::new(),
        waited: None,
        error_code: None,
        has_cancelled: false,
    };
    let status = follower.until_end(workflow, output);
    low_level::unregister(handler);
    status
}

struct Follower<'a> {
    client: &'a Arc<Client>,
    interrupt: Interrupt,
    interrupted: Arc<AtomicBool>,
    /// Remarks that were printed, by step and run.
    printed: HashSet<String>,
    /// The steps that ended, in their order.
    lines: Vec<StepLine>,
    /// The run for which the last step waited.
    waited: Option<Watched>,
    /// The code of the first error of a step.
    error_code: Option<String>,
    /// This command cancelled the workflow.
    has_cancelled: bool,
}

impl Follower<'_> {
    fn until_end(&mut self, workflow: &str, output: &mut dyn Output) -> anyhow::Result<u8> {
        let mut pause = PAUSE_MIN;
        loop {
            let detail = self.client.workflow(workflow)?;
            if self.print_ended(&detail, output)? {
                pause = PAUSE_MIN;
            }
            if detail.workflow.state != "running" {
                return self.end(&detail, output);
            }
            if self.is_left(&detail, output)? {
                return Ok(exit::INTERRUPTED);
            }
            let current = detail.steps.get(self.lines.len());
            match current.and_then(|step| Some((step, step.run.as_ref()?.run.as_ref()?))) {
                Some((step, run)) if !self.is_known_to_have_ended(&run.id) => {
                    self.remarks_on_submission(&detail, step, &run.id, output)?;
                    match run_progress::until_end_or_interrupt(
                        self.client,
                        &run.id,
                        &step.name,
                        output,
                        &self.interrupted,
                    )? {
                        Waited::Ended(watched) => self.waited = Some(watched),
                        Waited::Interrupted => {}
                    }
                    pause = PAUSE_MIN;
                }
                _ => {
                    std::thread::sleep(pause);
                    pause = PAUSE_MAX.min(pause * 2);
                }
            }
        }
    }

    fn is_known_to_have_ended(&self, run: &str) -> bool {
        self.waited.as_ref().is_some_and(|watched| watched.run.summary.id == run)
    }

    /// After Ctrl-C: cancels the workflow, or leaves it.
    fn is_left(&mut self, detail: &WorkflowDetail, output: &mut dyn Output) -> anyhow::Result<bool> {
        if !self.interrupted.swap(false, Ordering::Relaxed) {
            return Ok(false);
        }
        let name = &detail.workflow.name;
        match self.interrupt {
            Interrupt::Cancels => {
                output.note(&format!("cancelling {name}; Ctrl-C again leaves it to itself"));
                (self.interrupt, self.has_cancelled) = (Interrupt::Leaves, true);
                // A conflict says that the workflow has just ended.
                match self.client.cancel_workflow(name) {
                    Err(error) if error.code() != "conflict" => Err(error.into()),
                    _ => Ok(false),
                }
            }
            Interrupt::Leaves => {
                output.note(&workflow_left_line(name));
                Ok(true)
            }
        }
    }

    /// Remarks that a person reads when the run of a step is submitted.
    fn remarks_on_submission(
        &mut self,
        detail: &WorkflowDetail,
        step: &WorkflowStep,
        run: &str,
        output: &mut dyn Output,
    ) -> anyhow::Result<()> {
        if !self.printed.insert(format!("{} {run}", step.name)) {
            return Ok(());
        }
        for remark in not_recorded(&self.client.run(run)?) {
            output.note(&remark);
        }
        let folder = file_name::to_path(&detail.workflow.folder);
        if let Some(why) = run_again(&step.because, &folder) {
            output.note(&format!("{}: {why}", step.name));
        }
        Ok(())
    }

    /// Prints the steps that ended; returns whether there were any.
    fn print_ended(&mut self, detail: &WorkflowDetail, output: &mut dyn Output) -> anyhow::Result<bool> {
        let steps = &detail.steps;
        let width = steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
        let is_over = detail.workflow.state != "running";
        let before = self.lines.len();
        while let Some(step) = steps.get(self.lines.len()) {
            let has_ended = !matches!(step.state.as_str(), "waiting" | "preparing" | "running" | "not_done");
            if !has_ended && !is_over {
                break;
            }
            let line = self.ended(detail, step, width, output)?;
            if !output.owns_stdout() {
                output.reply(&line)?;
            }
            self.lines.push(line);
        }
        Ok(self.lines.len() > before)
    }

    fn ended(
        &mut self,
        detail: &WorkflowDetail,
        step: &WorkflowStep,
        width: usize,
        output: &mut dyn Output,
    ) -> anyhow::Result<StepLine> {
        let folder = &detail.workflow.folder;
        let run = step.run.as_ref().and_then(|run| run.run.as_ref());
        let submitted = run.filter(|_| step.state != "up_to_date" && step.state != "not_done");
        if let Some(run) = submitted {
            self.remarks_on_submission(detail, step, &run.id, output)?;
        }
        let StepText { state, text, page, notes, remarks } = step_text(self.client, folder, &detail.steps, step)?;
        match run {
            // The last lines of a failed run come with the remarks about its files.
            Some(run) if step.state == "failed" && step.error.is_none() && step.result.is_none() => {
                if !self.is_known_to_have_ended(&run.id) {
                    let watched = run_progress::until_end(self.client, &run.id, &step.name, output)?;
                    self.waited = Some(watched);
                }
                if let Some(watched) = &self.waited {
                    watched.tell_lines(output);
                }
            }
            _ if step.error.is_some() => self.error(step, output),
            _ => remarks.iter().for_each(|remark| output.note(&format!("{}: {remark}", step.name))),
        }
        Ok(StepLine { step: step.name.clone(), state, text, page, notes, width })
    }

    /// Reports why a step could not be carried out. The line of the step has the message for people.
    fn error(&mut self, step: &WorkflowStep, output: &mut dyn Output) {
        let Some(StepError { code, message, hint }) = step.error.clone() else { return };
        self.error_code.get_or_insert_with(|| code.clone());
        if output.owns_stdout() {
            output.error(&ErrorReport { code, message, hint });
        } else if let Some(hint) = hint {
            output.note(&format!("{}: {hint}", step.name));
        }
    }

    fn end(&mut self, detail: &WorkflowDetail, output: &mut dyn Output) -> anyhow::Result<u8> {
        if let Some(line) = workflow_end_line(&detail.workflow) {
            output.note(&line);
        }
        let lines = std::mem::take(&mut self.lines);
        let is_well = detail.workflow.state == "done" && lines.iter().all(|line| line.state.is_well());
        if output.owns_stdout() {
            output.reply(&Steps { schema: "hven.steps/1", steps: lines })?;
        }
        Ok(match (detail.workflow.state.as_str(), is_well) {
            (_, true) => exit::OK,
            ("cancelled", false) if self.has_cancelled => exit::INTERRUPTED,
            _ => self.error_code.as_deref().map_or(exit::NOT_WELL, exit::of_code),
        })
    }
}
