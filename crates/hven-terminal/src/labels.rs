//! Human-readable output for labels of runs: tags, a note, and whether a run is archived.

use std::io;

use hven_api::{
    labels::{RunLabels, RunNote},
    runs::{RunDetail, RunName},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Colours, TerminalWriter},
};

/// The labels that the table shows. The JSON has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownLabels {
    Tags,
    Archived,
}

/// The present labels of runs.
#[derive(Debug, Serialize)]
pub struct LabelledRuns {
    pub schema: &'static str,
    pub runs: Vec<Labels>,
    #[serde(skip)]
    pub shown: ShownLabels,
}

#[derive(Debug, Serialize)]
pub struct Labels {
    #[serde(flatten)]
    pub run: RunName,
    pub tags: Vec<String>,
    pub note: Option<RunNote>,
    pub archived: bool,
}

impl From<RunLabels> for Labels {
    fn from(RunLabels { run, tags, note, archived, .. }: RunLabels) -> Self {
        Self { run, tags, note, archived }
    }
}

impl From<RunDetail> for Labels {
    fn from(RunDetail { summary, note, .. }: RunDetail) -> Self {
        let run = RunName { id: summary.id, handle: summary.handle };
        Self { run, tags: summary.tags, note, archived: summary.archived }
    }
}

impl HumanReadable for LabelledRuns {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        self.runs.iter().try_for_each(|labels| {
            let said = match self.shown {
                ShownLabels::Tags if labels.tags.is_empty() => writer.colours.dim("no tags"),
                ShownLabels::Tags => labels.tags.join(" "),
                ShownLabels::Archived if labels.archived => "archived".to_owned(),
                ShownLabels::Archived => "not archived".to_owned(),
            };
            writer.line(&format!("run {}  {said}", labels.run.handle))
        })
    }
}

/// The note of a run.
#[derive(Debug, Serialize)]
pub struct RunNoteResult {
    pub schema: &'static str,
    #[serde(flatten)]
    pub labels: Labels,
    /// The note was just written or removed, so its text is not shown.
    #[serde(skip)]
    pub is_new: bool,
}

impl HumanReadable for RunNoteResult {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let Labels { run, note, .. } = &self.labels;
        match (self.is_new, note) {
            (true, Some(_)) => writer.line(&format!("run {}  noted", run.handle)),
            (true, None) => writer.line(&format!("run {}  no note", run.handle)),
            (false, Some(RunNote { text: Some(text), .. })) => writer.line(&plain_ends(text)),
            (false, _) => Ok(()),
        }
    }
}

/// A note with its author and time.
pub(super) fn note_lines(note: &RunNote, colours: Colours, now: Timestamp) -> String {
    let by = note.by.name.as_deref().unwrap_or(&note.by.kind);
    let text = note.text.as_deref().unwrap_or("(erased)");
    let said = colours.dim(&format!("({} by {by})", formats::ago(&note.time, now)));
    format!("{}\n{said}", plain_ends(text.trim_end()))
}

/// A text with the line ends of Unix.
fn plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}
