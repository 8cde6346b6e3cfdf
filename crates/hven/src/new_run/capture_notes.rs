//! The notes of the capture of code and inputs: they are printed and submitted with the run.

use hven_api::runs::CaptureNote;
use hven_core::limits::NOTES_MAX;
use hven_terminal::{Output, note_line};

/// The maximum number of notes that are printed.
const NOTES_PRINTED_MAX: usize = 8;

/// Prints the notes about files that are not recorded. Returns the notes for the record.
pub(super) fn report_and_select(notes: Vec<CaptureNote>, output: &mut dyn Output) -> Vec<CaptureNote> {
    let lines: Vec<String> = notes.iter().filter_map(note_line).collect();
    lines.iter().take(NOTES_PRINTED_MAX).for_each(|line| output.note(line));
    if lines.len() > NOTES_PRINTED_MAX {
        let listed = if notes.len() > NOTES_MAX { "lists the first of them" } else { "lists them" };
        output.note(&format!("and {} more; `hven show RUN` {listed}", lines.len() - NOTES_PRINTED_MAX));
    }
    most_important(notes)
}

/// The most important notes, at most [`NOTES_MAX`]. Each file of keys and each link in the code is important; many links that lead
/// out of the folder say no more than one. The capture limits the number of the first two.
fn most_important(mut notes: Vec<CaptureNote>) -> Vec<CaptureNote> {
    let weight = |note: &CaptureNote| match note {
        CaptureNote::KeyFile { .. } => 0,
        CaptureNote::Link { .. } => 1,
        CaptureNote::LinkOutside { .. } | CaptureNote::NotCaptured { .. } | CaptureNote::NotSeen { .. } => 2,
        CaptureNote::KeyInput { .. } => 3,
        CaptureNote::Special { .. } | CaptureNote::ByChange { .. } => 4,
        CaptureNote::Folder { .. } => 5,
        // The runner makes these notes; the capture does not.
        CaptureNote::InputChanged { .. }
        | CaptureNote::InputChangedWhileItRan { .. }
        | CaptureNote::CodeChanged { .. }
        | CaptureNote::CodeWrittenAgain { .. }
        | CaptureNote::InputTouchedWhileItRan { .. }
        | CaptureNote::CodeChangedBeforeItEnded { .. }
        | CaptureNote::CodeWrittenBeforeItEnded { .. }
        | CaptureNote::OutputNotWritten { .. }
        | CaptureNote::MoreNotWritten { .. }
        | CaptureNote::OutputShared { .. }
        | CaptureNote::MoreShared { .. }
        | CaptureNote::MoreChanged { .. }
        | CaptureNote::NotCompared { .. } => 6,
    };
    notes.sort_by_key(weight);
    notes.truncate(NOTES_MAX);
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_important_of_many_notes_are_kept() {
        let (path, target) = (String::new, String::new);
        let mut notes = vec![CaptureNote::Special { path: path(), what: "a pipe".to_owned() }; 10];
        notes.extend(vec![CaptureNote::LinkOutside { path: path(), target: target() }; 2000]);
        notes.extend(vec![CaptureNote::KeyFile { path: path(), digest: String::new() }; 400]);
        notes.extend(vec![CaptureNote::Link { path: path(), target: target() }; 400]);
        let kept = most_important(notes);
        let count = |is: fn(&CaptureNote) -> bool| kept.iter().filter(|note| is(note)).count();
        assert_eq!(kept.len(), NOTES_MAX);
        assert_eq!(count(|note| matches!(note, CaptureNote::KeyFile { .. })), 400);
        assert_eq!(count(|note| matches!(note, CaptureNote::Link { .. })), 400);
        assert_eq!(count(|note| matches!(note, CaptureNote::LinkOutside { .. })), 200);
    }
}
