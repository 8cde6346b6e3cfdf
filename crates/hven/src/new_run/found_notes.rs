//! What was noted when code and inputs were taken down: said, and handed on to the record.

use hven_api::runs::CaptureNote;
use hven_core::limits::NOTES_MAX;
use hven_terminal::{Output, note_line};

/// So many notes are said.
const NOTES_SAID_MAX: usize = 8;

/// Says what is not recorded; answers the notes that are.
pub(super) fn noted(notes: Vec<CaptureNote>, output: &mut dyn Output) -> Vec<CaptureNote> {
    let said: Vec<String> = notes.iter().filter_map(note_line).collect();
    said.iter().take(NOTES_SAID_MAX).for_each(|line| output.note(line));
    if said.len() > NOTES_SAID_MAX {
        let listed = if notes.len() > NOTES_MAX { "lists the first of them" } else { "lists them" };
        output.note(&format!("and {} more; `hven show RUN` {listed}", said.len() - NOTES_SAID_MAX));
    }
    those_that_change_something(notes)
}

/// Of very many notes those that change nothing are left out: each file of keys counts, each link belongs to the code, and
/// one link that leads out says as much as a thousand. The capture bounds the first two.
fn those_that_change_something(mut notes: Vec<CaptureNote>) -> Vec<CaptureNote> {
    let weight = |note: &CaptureNote| match note {
        CaptureNote::KeyFile { .. } => 0,
        CaptureNote::Link { .. } => 1,
        CaptureNote::LinkOutside { .. } | CaptureNote::NotCaptured { .. } | CaptureNote::NotSeen { .. } => 2,
        CaptureNote::KeyInput { .. } => 3,
        CaptureNote::Special { .. } | CaptureNote::ByChange { .. } => 4,
        CaptureNote::Folder { .. } => 5,
        // These are the runner's, and no capture makes them.
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
    fn of_very_many_notes_those_stay_that_change_something() {
        let (path, target) = (String::new, String::new);
        let mut notes = vec![CaptureNote::Special { path: path(), what: "a pipe".to_owned() }; 10];
        notes.extend(vec![CaptureNote::LinkOutside { path: path(), target: target() }; 2000]);
        notes.extend(vec![CaptureNote::KeyFile { path: path(), digest: String::new() }; 400]);
        notes.extend(vec![CaptureNote::Link { path: path(), target: target() }; 400]);
        let kept = those_that_change_something(notes);
        let count = |is: fn(&CaptureNote) -> bool| kept.iter().filter(|note| is(note)).count();
        assert_eq!(kept.len(), NOTES_MAX);
        assert_eq!(count(|note| matches!(note, CaptureNote::KeyFile { .. })), 400);
        assert_eq!(count(|note| matches!(note, CaptureNote::Link { .. })), 400);
        assert_eq!(count(|note| matches!(note, CaptureNote::LinkOutside { .. })), 200);
    }
}
