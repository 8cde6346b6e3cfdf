//! Runs a run again in its folder, in the foreground or with others in the background.

use std::sync::{Arc, mpsc::Receiver};

use anyhow::Context as _;
use hven_api::runs::{RunDetail, RunName, RunSummary};
use hven_client::Client;
use hven_core::file_name;
use hven_terminal::{LeftOut, Output, Rerun, Reruns, Told, exit};

use super::{settings::Anew, states::STATES, work};
use crate::{
    context::Context,
    new_run::{self, Prepared, Work, afterwork, wait_for},
    waits,
};

/// Runs that are to be run again.
pub(super) struct Again<'a> {
    /// Whether a person named them, not a filter.
    pub(super) is_named: bool,
    /// Only says that they would be tried.
    pub(super) dry_run: bool,
    /// What is said when a run is run again, and not recorded.
    pub(super) anew: Anew,
    pub(super) context: &'a Context,
    pub(super) client: &'a Arc<Client>,
}

/// What came of trying one.
enum Tried {
    /// It was started, or would be tried.
    Begun(Box<Rerun>, Option<Receiver<()>>),
    /// No run of its kind can be run again in its folder.
    NotItsKind(RunName, anyhow::Error),
}

impl Again<'_> {
    pub(super) fn in_foreground(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<u8> {
        let run = self.client.run(name)?;
        let (place, work) = work::again(&run, &self.anew, self.context, self.client)?;
        let prepared = self.prepare(&run, work, &place, output)?;
        if place.cwd != self.context.cwd {
            let folder = file_name::to_text(&place.cwd);
            output.note(&format!("run {} again, in {}", run.summary.handle, file_name::shown(&folder)));
        }
        new_run::submit(prepared, false, &place, self.client, output)
    }

    /// Starts each of them, or only says that it would be tried. One that cannot be run again is no reason to leave out the
    /// others; a filter takes such runs by chance, so that is no error when there are others.
    pub(super) fn in_background(
        &self,
        names: &[String],
        mut left_out: Vec<LeftOut>,
        output: &mut dyn Output,
    ) -> anyhow::Result<u8> {
        let mut runs = Vec::with_capacity(names.len());
        let mut afterworks = Vec::new();
        let mut not_their_kind = Vec::new();
        let mut status = exit::OK;
        for name in names {
            match self.start(name, output) {
                Ok(Tried::Begun(rerun, afterwork)) => {
                    runs.push(*rerun);
                    afterworks.extend(afterwork);
                }
                Ok(Tried::NotItsKind(of, error)) if !self.is_named => {
                    left_out.push(LeftOut { of, why: Told::of(&error).message });
                    not_their_kind.push(error);
                }
                Ok(Tried::NotItsKind(_, error)) | Err(error) => status = tell(&error, output),
            }
        }
        for error in &not_their_kind {
            if runs.is_empty() {
                status = tell(error, output);
            } else {
                output.note(&format!("left out: {}", Told::of(error).message));
            }
        }
        output.reply(&Reruns { schema: "hven.reruns/1", dry_run: self.dry_run, runs, left_out })?;
        afterworks.iter().for_each(wait_for);
        Ok(status)
    }

    fn start(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<Tried> {
        let run = self.client.run(name)?;
        let of = RunName { id: run.summary.id.clone(), handle: run.summary.handle.clone() };
        let (place, work) = match work::again(&run, &self.anew, self.context, self.client) {
            Err(error) if work::is_of_its_kind(&error) => return Ok(Tried::NotItsKind(of, error)),
            told => told?,
        };
        let rerun = |new: Option<RunSummary>| {
            let (command, folder) = (run.summary.command.clone(), file_name::to_text(&place.cwd));
            Box::new(Rerun { of, command, folder, run: new })
        };
        let cannot = || format!("run {} cannot be run again", run.summary.handle);
        if self.dry_run {
            new_run::require_secrets(&work.secrets).with_context(cannot)?;
            return Ok(Tried::Begun(rerun(None), None));
        }
        let Prepared { submit, code_files, .. } = self.prepare(&run, work, &place, output)?;
        let created = self.client.submit(&submit).with_context(cannot)?;
        let code_files = code_files.with_list_sent(self.client);
        let afterwork = afterwork(self.client, &created.run.id, &submit, code_files);
        if let Some(why) = waits::too_much(self.client, &created.run.id, &submit.resources) {
            output.note(&why);
        }
        Ok(Tried::Begun(rerun(Some(created.run)), Some(afterwork)))
    }

    /// Takes down what the new run is made of.
    fn prepare(
        &self,
        run: &RunDetail,
        work: Work,
        place: &Context,
        output: &mut dyn Output,
    ) -> anyhow::Result<Prepared> {
        let handle = &run.summary.handle;
        if !STATES.contains(&run.summary.state.as_str()) {
            output.note(&format!("run {handle} has not ended: both work in the same folder"));
        }
        let prepared = new_run::prepare(work, place, self.client, output);
        prepared.with_context(|| format!("run {handle} cannot be run again"))
    }
}

/// Tells of an error; answers its exit status.
fn tell(error: &anyhow::Error, output: &mut dyn Output) -> u8 {
    let told = Told::of(error);
    output.error(&told);
    exit::of_code(&told.code)
}
