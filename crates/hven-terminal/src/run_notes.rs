//! Notes about the files of a run, one line each.

use hven_api::runs::{CaptureNote, RunDetail};
use hven_core::{Digest, capture::Note, file_name};

/// A note as a line; `None` when the user need not know it.
pub fn note_line(note: &CaptureNote) -> Option<String> {
    as_note(note).text().map(|text| in_one_line(&text))
}

/// Lists the differences from the record that the process of a run found, one line each.
pub fn found_otherwise(run: &RunDetail) -> Vec<String> {
    let found = run.capture_notes.iter().map(as_note).filter(Note::is_of_attempt);
    found.filter_map(|note| note.text()).map(|text| in_one_line(&text)).collect()
}

/// Remarks about what was not recorded of a run when it was submitted.
pub fn not_recorded(run: &RunDetail) -> Vec<String> {
    let notes = run.capture_notes.iter().filter(|note| !as_note(note).is_of_attempt());
    notes.filter_map(note_line).collect()
}

/// A text that contains file names, in one line: a line end in a name does not start a new line.
pub(super) fn in_one_line(said: &str) -> String {
    file_name::shown(said).into_owned()
}

pub(super) fn as_note(note: &CaptureNote) -> Note {
    let zero = Digest::ZERO;
    match note.clone() {
        CaptureNote::LinkOutside { path, target } => Note::LinkOutside { path, target },
        CaptureNote::Link { path, target } => Note::Link { path, target },
        CaptureNote::KeyFile { path, .. } => Note::KeyFile { path, digest: zero },
        CaptureNote::KeyInput { path } => Note::KeyInput { path },
        CaptureNote::Special { path, what } => Note::Special { path, what },
        CaptureNote::NotSeen { path, why } => Note::NotSeen { path, why },
        CaptureNote::ByChange { path } => Note::ByChange { path },
        CaptureNote::Folder { path } => Note::Folder { path },
        CaptureNote::NotCaptured { path, why } => Note::NotCaptured { path, why },
        CaptureNote::InputChanged { path } => Note::InputChanged { path },
        CaptureNote::InputChangedWhileItRan { path } => Note::InputChangedWhileItRan { path },
        CaptureNote::CodeChanged { path } => Note::CodeChanged { path },
        CaptureNote::CodeWrittenAgain { path } => Note::CodeWrittenAgain { path },
        CaptureNote::InputTouchedWhileItRan { path } => Note::InputTouchedWhileItRan { path },
        CaptureNote::CodeChangedBeforeItEnded { path } => Note::CodeChangedBeforeItEnded { path },
        CaptureNote::CodeWrittenBeforeItEnded { path } => Note::CodeWrittenBeforeItEnded { path },
        CaptureNote::OutputNotWritten { path } => Note::OutputNotWritten { path },
        CaptureNote::MoreNotWritten { path, files } => Note::MoreNotWritten { path, files },
        CaptureNote::OutputShared { path, handle } => Note::OutputShared { path, handle },
        CaptureNote::MoreShared { path, runs } => Note::MoreShared { path, runs },
        CaptureNote::MoreChanged { path, files } => Note::MoreChanged { path, files },
        CaptureNote::NotCompared { path, why } => Note::NotCompared { path, why },
    }
}
