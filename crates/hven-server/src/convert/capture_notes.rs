//! Converts the notes of a capture: what it left out of a run's code and inputs, and what had changed.

use hven_api::runs as wire;
use hven_app::{AppError, AppResult};
use hven_core::capture::Note;

use super::parsed;

pub(crate) fn note_in(note: wire::CaptureNote) -> AppResult<Note> {
    Ok(match note {
        wire::CaptureNote::LinkOutside { path, target } => Note::LinkOutside { path, target },
        wire::CaptureNote::Link { path, target } => Note::Link { path, target },
        wire::CaptureNote::KeyFile { path, digest } => Note::KeyFile { path, digest: parsed(&digest)? },
        wire::CaptureNote::KeyInput { path } => Note::KeyInput { path },
        wire::CaptureNote::Special { path, what } => Note::Special { path, what },
        wire::CaptureNote::Folder { path } => Note::Folder { path },
        wire::CaptureNote::NotCaptured { path, why } => Note::NotCaptured { path, why },
        wire::CaptureNote::NotSeen { path, why } => Note::NotSeen { path, why },
        wire::CaptureNote::ByChange { path } => Note::ByChange { path },
        wire::CaptureNote::InputChanged { .. }
        | wire::CaptureNote::InputChangedWhileItRan { .. }
        | wire::CaptureNote::CodeChanged { .. }
        | wire::CaptureNote::CodeWrittenAgain { .. }
        | wire::CaptureNote::InputTouchedWhileItRan { .. }
        | wire::CaptureNote::CodeChangedBeforeItEnded { .. }
        | wire::CaptureNote::CodeWrittenBeforeItEnded { .. }
        | wire::CaptureNote::OutputNotWritten { .. }
        | wire::CaptureNote::MoreNotWritten { .. }
        | wire::CaptureNote::OutputShared { .. }
        | wire::CaptureNote::MoreShared { .. }
        | wire::CaptureNote::MoreChanged { .. }
        | wire::CaptureNote::NotCompared { .. } => {
            let why = "says what a process found: no run is submitted with it";
            return Err(AppError::invalid("a note of the capture", why));
        }
    })
}

pub(crate) fn note(note: &Note) -> wire::CaptureNote {
    match note.clone() {
        Note::LinkOutside { path, target } => wire::CaptureNote::LinkOutside { path, target },
        Note::Link { path, target } => wire::CaptureNote::Link { path, target },
        Note::KeyFile { path, digest } => wire::CaptureNote::KeyFile { path, digest: digest.to_string() },
        Note::KeyInput { path } => wire::CaptureNote::KeyInput { path },
        Note::Special { path, what } => wire::CaptureNote::Special { path, what },
        Note::Folder { path } => wire::CaptureNote::Folder { path },
        Note::NotCaptured { path, why } => wire::CaptureNote::NotCaptured { path, why },
        Note::NotSeen { path, why } => wire::CaptureNote::NotSeen { path, why },
        Note::ByChange { path } => wire::CaptureNote::ByChange { path },
        Note::InputChanged { path } => wire::CaptureNote::InputChanged { path },
        Note::InputChangedWhileItRan { path } => wire::CaptureNote::InputChangedWhileItRan { path },
        Note::CodeChanged { path } => wire::CaptureNote::CodeChanged { path },
        Note::CodeWrittenAgain { path } => wire::CaptureNote::CodeWrittenAgain { path },
        Note::InputTouchedWhileItRan { path } => wire::CaptureNote::InputTouchedWhileItRan { path },
        Note::CodeChangedBeforeItEnded { path } => wire::CaptureNote::CodeChangedBeforeItEnded { path },
        Note::CodeWrittenBeforeItEnded { path } => wire::CaptureNote::CodeWrittenBeforeItEnded { path },
        Note::OutputNotWritten { path } => wire::CaptureNote::OutputNotWritten { path },
        Note::MoreNotWritten { path, files } => wire::CaptureNote::MoreNotWritten { path, files },
        Note::OutputShared { path, handle } => wire::CaptureNote::OutputShared { path, handle },
        Note::MoreShared { path, runs } => wire::CaptureNote::MoreShared { path, runs },
        Note::MoreChanged { path, files } => wire::CaptureNote::MoreChanged { path, files },
        Note::NotCompared { path, why } => wire::CaptureNote::NotCompared { path, why },
    }
}
