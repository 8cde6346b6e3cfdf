//! A run that was waited for, and how it ended.

use std::collections::VecDeque;

use hven_api::runs::RunDetail;
use hven_core::file_name;

use crate::{exit, output::Output};

/// A run that was waited for.
#[derive(Debug)]
pub struct Watched {
    pub run: Box<RunDetail>,
    /// The last lines that it printed.
    pub lines: VecDeque<String>,
}

impl Watched {
    pub fn is_done(&self) -> bool {
        self.run.summary.state == "done"
    }

    /// How it ended, in words.
    pub fn outcome(&self) -> String {
        let summary = &self.run.summary;
        // It may name a file.
        let outcome = file_name::shown(summary.outcome.as_deref().unwrap_or(&summary.state));
        format!("run {} {outcome}", summary.handle)
    }

    /// Shows what it printed last.
    pub fn tell_lines(&self, output: &mut dyn Output) {
        for line in &self.lines {
            output.note(line);
        }
    }

    /// Says that it did not end well, with what it printed last; answers the exit status.
    pub fn tell(&self, output: &mut dyn Output) -> anyhow::Result<u8> {
        if output.owns_stdout() {
            output.reply(self.run.as_ref())?;
        } else {
            self.tell_lines(output);
            output.note(&format!("{}   {}", self.outcome(), self.run.url));
        }
        Ok(exit::NOT_WELL)
    }
}
