//! A run that a command waited for, and its end.

use std::collections::VecDeque;

use hven_api::runs::RunDetail;
use hven_core::file_name;

use crate::{exit, output::Output};

/// A run that a command waited for.
#[derive(Debug)]
pub struct Watched {
    pub run: Box<RunDetail>,
    /// The last lines that the run printed.
    pub lines: VecDeque<String>,
}

impl Watched {
    pub fn is_done(&self) -> bool {
        self.run.summary.state == "done"
    }

    /// The outcome in words.
    pub fn outcome(&self) -> String {
        let summary = &self.run.summary;
        // The outcome may contain a file name.
        let outcome = file_name::shown(summary.outcome.as_deref().unwrap_or(&summary.state));
        format!("run {} {outcome}", summary.handle)
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
