//! Repeats runs in their folders: one in the foreground, or several in the background.

use std::sync::{Arc, mpsc::Receiver};

use anyhow::Context as _;
use hven_api::runs::{RunDetail, RunName, RunSummary};
use hven_client::Client;
use hven_core::file_name;
use hven_terminal::{ErrorReport, Output, Rerun, Reruns, SkippedRun, exit};

use super::{final_states::FINAL_STATES, settings::RerunOptions, work};
use crate::{
    context::Context,
    new_run::{self, Prepared, Work, start_background_work, wait_for},
};

/// The execution of repeated runs.
pub(super) struct RerunExecution<'a> {
    /// Whether the user named the runs, instead of a filter.
    pub(super) is_named: bool,
    /// Only list the runs that would be repeated.
    pub(super) dry_run: bool,
    /// The options that the record does not contain.
    pub(super) options: RerunOptions,
    pub(super) context: &'a Context,
    pub(super) client: &'a Arc<Client>,
}

/// The result of starting one run.
enum StartResult {
    /// It was started, or would be in a dry run.
    Started(Box<Rerun>, Option<Receiver<()>>),
    /// Runs of this kind cannot be repeated in their folder.
    NotRepeatable(RunName, anyhow::Error),
}

impl RerunExecution<'_> {
    pub(super) fn in_foreground(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<u8> {
        let run = self.client.run(name)?;
        let (place, work) = work::repeated(&run, &self.options, self.context, self.client)?;
        let prepared = self.prepare(&run, work, &place, output)?;
        if place.cwd != self.context.cwd {
            let folder = file_name::to_text(&place.cwd);
            output.note(&format!("run {} again, in {}", run.summary.handle, file_name::shown(&folder)));
        }
        new_run::submit(prepared, false, &place, self.client, output)
    }

    /// Starts each run, or only lists it. After an error the other runs are still started. A filter may select runs
    /// that cannot be repeated; this is an error only when there are no others.
    pub(super) fn in_background(
        &self,
        names: &[String],
        mut left_out: Vec<SkippedRun>,
        output: &mut dyn Output,
    ) -> anyhow::Result<u8> {
        let mut runs = Vec::with_capacity(names.len());
        let mut background_works = Vec::new();
        let mut not_repeatable = Vec::new();
        let mut status = exit::OK;
        for name in names {
            match self.start(name, output) {
                Ok(StartResult::Started(rerun, background_work)) => {
                    runs.push(*rerun);
                    background_works.extend(background_work);
                }
                Ok(StartResult::NotRepeatable(of, error)) if !self.is_named => {
                    left_out.push(SkippedRun { of, why: ErrorReport::of(&error).message });
                    not_repeatable.push(error);
                }
                Ok(StartResult::NotRepeatable(_, error)) | Err(error) => status = report(&error, output),
            }
        }
        for error in &not_repeatable {
            if runs.is_empty() {
                status = report(error, output);
            } else {
                output.note(&format!("left out: {}", ErrorReport::of(error).message));
            }
        }
        output.reply(&Reruns { schema: "hven.reruns/1", dry_run: self.dry_run, runs, left_out })?;
        background_works.iter().for_each(wait_for);
        Ok(status)
    }

    fn start(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<StartResult> {
        let run = self.client.run(name)?;
        let of = RunName { id: run.summary.id.clone(), handle: run.summary.handle.clone() };
        let (place, work) = match work::repeated(&run, &self.options, self.context, self.client) {
            Err(error) if work::is_not_repeatable(&error) => return Ok(StartResult::NotRepeatable(of, error)),
            result => result?,
        };
        let rerun = |new: Option<RunSummary>| {
            let (command, folder) = (run.summary.command.clone(), file_name::to_text(&place.cwd));
            Box::new(Rerun { of, command, folder, run: new })
        };
        let cannot = || format!("run {} cannot be run again", run.summary.handle);
        if self.dry_run {
            new_run::require_secrets(&work.secrets).with_context(cannot)?;
            return Ok(StartResult::Started(rerun(None), None));
        }
        let Prepared { submit, code_files, .. } = self.prepare(&run, work, &place, output)?;
        let created = self.client.submit(&submit).with_context(cannot)?;
        let code_files = code_files.with_list_sent(self.client);
        let background_work = start_background_work(self.client, &created.run.id, &submit, code_files);
        Ok(StartResult::Started(rerun(Some(created.run)), Some(background_work)))
    }

    /// Captures the data of the new run.
    fn prepare(
        &self,
        run: &RunDetail,
        work: Work,
        place: &Context,
        output: &mut dyn Output,
    ) -> anyhow::Result<Prepared> {
        let handle = &run.summary.handle;
        if !FINAL_STATES.contains(&run.summary.state.as_str()) {
            output.note(&format!("run {handle} has not ended: both runs work in the same folder"));
        }
        let prepared = new_run::prepare(work, place, self.client, output);
        prepared.with_context(|| format!("run {handle} cannot be run again"))
    }
}

/// Reports an error. Returns its exit status.
fn report(error: &anyhow::Error, output: &mut dyn Output) -> u8 {
    let report = ErrorReport::of(error);
    output.error(&report);
    exit::of_code(&report.code)
}
