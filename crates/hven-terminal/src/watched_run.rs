//! A run that a command waited for, and its end.

use std::collections::VecDeque;

use hven_api::runs::{RunDetail, RunSummary};
use hven_core::file_name;

use crate::{exit, output::Output};

/// A run that a command waited for.
#[derive(Debug)]
pub struct Watched {
    pub run: Box<RunDetail>,
    /// The last lines that the run printed.
    pub lines: VecDeque<String>,
}

/// The outcome of a run in words, such as `run 7Q2M failed with exit status 1`.
pub fn outcome(run: &RunSummary) -> String {
    // The outcome may contain a file name.
    format!("run {} {}", run.handle, file_name::shown(run.outcome.as_deref().unwrap_or(&run.state)))
}

impl Watched {
    pub fn is_done(&self) -> bool {
        self.run.summary.state == "done"
    }

    /// The outcome in words.
    pub fn outcome(&self) -> String {
        outcome(&self.run.summary)
    }

    /// Shows the last lines that the run printed.
    pub fn tell_lines(&self, output: &mut dyn Output) {
        for line in &self.lines {
            output.note(line);
        }
    }

    /// Reports that the run failed, with its last lines. Returns the exit status.
    pub fn report_failure(&self, output: &mut dyn Output) -> anyhow::Result<u8> {
        if output.owns_stdout() {
            output.reply(self.run.as_ref())?;
        } else {
            self.tell_lines(output);
            output.note(&format!("{}   {}", self.outcome(), self.run.url));
        }
        Ok(exit::NOT_WELL)
    }
}
