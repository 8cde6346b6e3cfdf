//! Labels of runs: tags, a note, and whether a run is archived.

use std::io;

use hven_api::{
    labels::{RunLabels, RunNote},
    runs::{RunDetail, RunName},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    paper::{Ink, Paper},
    reply::ForPeople,
    words,
};

/// What people see of labels; programs see all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownLabels {
    Tags,
    Archived,
}

/// The labels of runs, as they are now.
#[derive(Debug, Serialize)]
pub struct Labelled {
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

impl ForPeople for Labelled {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        self.runs.iter().try_for_each(|labels| {
            let said = match self.shown {
                ShownLabels::Tags if labels.tags.is_empty() => paper.ink.dim("no tags"),
                ShownLabels::Tags => labels.tags.join(" "),
                ShownLabels::Archived if labels.archived => "archived".to_owned(),
                ShownLabels::Archived => "not archived".to_owned(),
            };
            paper.line(&format!("run {}  {said}", labels.run.handle))
        })
    }
}

/// The note on a run.
#[derive(Debug, Serialize)]
pub struct NoteOf {
    pub schema: &'static str,
    #[serde(flatten)]
    pub labels: Labels,
    /// It was just written, or removed: whoever did so knows it.
    #[serde(skip)]
    pub is_new: bool,
}

impl ForPeople for NoteOf {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let Labels { run, note, .. } = &self.labels;
        match (self.is_new, note) {
            (true, Some(_)) => paper.line(&format!("run {}  noted", run.handle)),
            (true, None) => paper.line(&format!("run {}  no note", run.handle)),
            (false, Some(RunNote { text: Some(text), .. })) => paper.line(&plain_ends(text)),
            (false, _) => Ok(()),
        }
    }
}

/// A note with who wrote it and when.
pub(super) fn note_lines(note: &RunNote, ink: Ink, now: Timestamp) -> String {
    let by = note.by.name.as_deref().unwrap_or(&note.by.kind);
    let text = note.text.as_deref().unwrap_or("(erased)");
    let said = ink.dim(&format!("({} by {by})", words::ago(&note.time, now)));
    format!("{}\n{said}", plain_ends(text.trim_end()))
}

/// A text whose lines end as here, also when it was written elsewhere.
fn plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}
