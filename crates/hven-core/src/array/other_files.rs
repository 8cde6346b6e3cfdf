//! Tasks that did not find the code and the inputs that their array recorded.

use crate::capture::Note;

/// How the files that an attempt found differ from the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilesFound {
    pub other_code: bool,
    pub other_inputs: bool,
    /// It is not known whether all code and inputs were the recorded ones.
    pub unknown: bool,
}

impl FilesFound {
    /// From the notes in the result of an attempt.
    pub fn of(notes: &[Note]) -> Self {
        let mut found = Self::default();
        for note in notes {
            match note {
                Note::CodeChanged { .. } => found.other_code = true,
                Note::InputChanged { .. } => found.other_inputs = true,
                Note::InputChangedWhileItRan { .. }
                | Note::CodeWrittenAgain { .. }
                | Note::InputTouchedWhileItRan { .. }
                | Note::CodeChangedBeforeItEnded { .. }
                | Note::CodeWrittenBeforeItEnded { .. }
                | Note::MoreChanged { .. }
                | Note::NotCompared { .. } => found.unknown = true,
                // These are about outputs, or about what was left out of the record.
                Note::OutputNotWritten { .. }
                | Note::MoreNotWritten { .. }
                | Note::OutputShared { .. }
                | Note::MoreShared { .. }
                | Note::LinkOutside { .. }
                | Note::Link { .. }
                | Note::KeyFile { .. }
                | Note::KeyInput { .. }
                | Note::Special { .. }
                | Note::NotCaptured { .. }
                | Note::NotSeen { .. }
                | Note::ByChange { .. }
                | Note::Folder { .. } => {}
            }
        }
        found
    }

    /// As a number, for tables: 0 when nothing was found.
    pub const fn bits(self) -> u8 {
        self.other_code as u8 | (self.other_inputs as u8) << 1 | (self.unknown as u8) << 2
    }

    pub const fn from_bits(bits: u8) -> Self {
        Self { other_code: bits & 1 != 0, other_inputs: bits & 2 != 0, unknown: bits & 4 != 0 }
    }
}

/// How many tasks, and the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedTasks {
    pub count: u64,
    pub first: u64,
}

/// The tasks of an array that found other files than it recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherFiles {
    pub code: Option<CountedTasks>,
    pub inputs: Option<CountedTasks>,
    pub unknown: Option<CountedTasks>,
}

impl OtherFiles {
    /// Adds tasks that found such files.
    pub fn add(&mut self, found: FilesFound, count: u64, first: u64) {
        let FilesFound { other_code, other_inputs, unknown } = found;
        for (has, into) in
            [(other_code, &mut self.code), (other_inputs, &mut self.inputs), (unknown, &mut self.unknown)]
        {
            if has && count > 0 {
                let before = into.unwrap_or(CountedTasks { count: 0, first });
                *into = Some(CountedTasks { count: before.count + count, first: before.first.min(first) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_say_which_files_were_others() {
        let path = || "a".to_owned();
        let check = |notes: &[Note], bits: u8| {
            let found = FilesFound::of(notes);
            assert_eq!((found.bits(), FilesFound::from_bits(bits)), (bits, found), "{notes:?}");
        };
        check(&[], 0);
        check(&[Note::CodeChanged { path: path() }], 1);
        check(&[Note::InputChanged { path: path() }, Note::CodeChanged { path: path() }], 3);
        check(&[Note::CodeChangedBeforeItEnded { path: path() }], 4);
        check(&[Note::OutputNotWritten { path: path() }], 0);
    }

    #[test]
    fn tasks_are_counted() {
        let mut files = OtherFiles::default();
        files.add(FilesFound::from_bits(1), 2, 17);
        files.add(FilesFound::from_bits(3), 1, 5);
        files.add(FilesFound::from_bits(4), 0, 1);
        let counted = |count, first| Some(CountedTasks { count, first });
        assert_eq!(files, OtherFiles { code: counted(3, 5), inputs: counted(1, 5), unknown: None });
    }
}
