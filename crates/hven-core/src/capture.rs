//! Notes about files that a capture left out, with the reasons, and about files that differed from the record when the process
//! read them. They are shown with the run, so that the record is not mistaken for everything that the run read.

use serde::{Deserialize, Serialize};

use crate::{Digest, RunId, file_name};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            /// The files that were left out when code and inputs were captured, with the submission.
            RunCaptureNoted($crate::capture::Noted) = "run.capture_noted"
                version 2 (1 => $crate::capture::NotedV1), about |p| Some(p.run.into());
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// The text of a note as one sentence on one line for the log of a run; names may contain line ends.
pub fn remark(text: &str) -> String {
    let text = file_name::shown(text);
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// The notes of the submission of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    pub run: RunId,
    pub notes: Vec<Note>,
}

/// The first version of [`Noted`]: it had no notes about folders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotedV1 {
    pub run: RunId,
    pub notes: Vec<Note>,
}

impl From<NotedV1> for Noted {
    fn from(NotedV1 { run, notes }: NotedV1) -> Self {
        Self { run, notes }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// A link leads out of its folder. Its target is not recorded, so Hven cannot recognise the same work later.
    LinkOutside { path: String, target: String },
    /// A link in the code of a repository that git does not know.
    Link { path: String, target: String },
    /// A file of keys or passwords was left out of the code. The digest is keyed with the home's own key: it changes with the
    /// file, and reveals nothing about its content.
    KeyFile { path: String, digest: Digest },
    /// A file of keys or passwords is an input, or is in an input: its bytes are stored.
    KeyInput { path: String },
    /// Something that has no bytes to record, such as a socket.
    Special { path: String, what: String },
    /// A part of the code could not be recorded, so Hven cannot recognise the same work later.
    NotCaptured { path: String, why: String },
    /// A place outside code and inputs where a program may read could not be examined, so Hven cannot recognise the same work
    /// later: for example a module folder with too many files.
    NotSeen { path: String, why: String },
    /// A module folder contains more than Hven reads: its files count by their sizes and times of change.
    ByChange { path: String },
    /// A folder of which nothing else is recorded: it was empty, or outputs are written into it. It is made when the run is
    /// reproduced.
    Folder { path: String },
    /// When the process started, an input differed from the recorded one. The runner writes this note and the notes below: they
    /// are part of the result of an attempt, never of a submission.
    InputChanged { path: String },
    /// An input differed from the recorded one when the process had ended, but not when it started.
    InputChangedWhileItRan { path: String },
    /// When the process started, a file of the code differed from the recorded one.
    CodeChanged { path: String },
    /// When the process started, a file of the code had another time of change than recorded; there is no digest of its bytes
    /// to compare.
    CodeWrittenAgain { path: String },
    /// An input was written, moved or got other permissions while the process ran. At the end it had the recorded bytes.
    InputTouchedWhileItRan { path: String },
    /// When the process had ended, a file of the code differed from the recorded one; no difference was found when it started.
    CodeChangedBeforeItEnded { path: String },
    /// When the process had ended, a file of the code had another time of change than recorded.
    CodeWrittenBeforeItEnded { path: String },
    /// A file of an output existed when the process started, and was unchanged when it had ended.
    OutputNotWritten { path: String },
    /// More such outputs than are named; this is one of them.
    MoreNotWritten { path: String, files: u64 },
    /// Another run had the same output, or one inside it or around it, and ran at the same time; `path` is the common part.
    OutputShared { path: String, handle: String },
    /// More such runs than are named; this is the common part with one of them.
    MoreShared { path: String, runs: u64 },
    /// More files than are named changed, or could not be compared; this is one of them.
    MoreChanged { path: String, files: u64 },
    /// Hven could not determine whether it changed.
    NotCompared { path: String, why: String },
}

impl Note {
    pub fn path(&self) -> &str {
        match self {
            Self::LinkOutside { path, .. }
            | Self::Link { path, .. }
            | Self::KeyFile { path, .. }
            | Self::KeyInput { path }
            | Self::Special { path, .. }
            | Self::NotCaptured { path, .. }
            | Self::NotSeen { path, .. }
            | Self::ByChange { path }
            | Self::Folder { path }
            | Self::InputChanged { path }
            | Self::InputChangedWhileItRan { path }
            | Self::CodeChanged { path }
            | Self::CodeWrittenAgain { path }
            | Self::InputTouchedWhileItRan { path }
            | Self::CodeChangedBeforeItEnded { path }
            | Self::CodeWrittenBeforeItEnded { path }
            | Self::OutputNotWritten { path }
            | Self::MoreNotWritten { path, .. }
            | Self::OutputShared { path, .. }
            | Self::MoreShared { path, .. }
            | Self::MoreChanged { path, .. }
            | Self::NotCompared { path, .. } => path,
        }
    }

    /// Whether it is about the files that a process found, and not about the record.
    pub const fn is_of_attempt(&self) -> bool {
        match self {
            Self::LinkOutside { .. }
            | Self::Link { .. }
            | Self::KeyFile { .. }
            | Self::KeyInput { .. }
            | Self::Special { .. }
            | Self::NotCaptured { .. }
            | Self::NotSeen { .. }
            | Self::ByChange { .. }
            | Self::Folder { .. } => false,
            Self::InputChanged { .. }
            | Self::InputChangedWhileItRan { .. }
            | Self::CodeChanged { .. }
            | Self::CodeWrittenAgain { .. }
            | Self::InputTouchedWhileItRan { .. }
            | Self::CodeChangedBeforeItEnded { .. }
            | Self::CodeWrittenBeforeItEnded { .. }
            | Self::OutputNotWritten { .. }
            | Self::MoreNotWritten { .. }
            | Self::OutputShared { .. }
            | Self::MoreShared { .. }
            | Self::MoreChanged { .. }
            | Self::NotCompared { .. } => true,
        }
    }

    /// The text for people; `None` when the note needs no attention.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::LinkOutside { path, target } => Some(format!(
                "{path} is a link to {target}, outside of its folder: what it leads to is not recorded, so the run is not \
                 answered from the cache"
            )),
            Self::Link { .. } | Self::Folder { .. } => None,
            Self::KeyFile { path, .. } => {
                Some(format!("{path} looks like a file of keys or passwords: it is left out of the recorded code"))
            }
            Self::KeyInput { path } => Some(format!(
                "{path} looks like a file of keys or passwords: it is an input, so its bytes are in the store; no \
                 publication holds them"
            )),
            Self::Special { path, what } => Some(format!("{path} is {what}: it is left out of the recorded code")),
            Self::NotCaptured { path, why } => {
                Some(format!("{path} is code that was not captured: {why}; the run is not answered from the cache"))
            }
            Self::NotSeen { path, why } => {
                Some(format!("programs may read from {path}, and {why}: the run is not answered from the cache"))
            }
            Self::ByChange { path } => {
                Some(format!("{path} holds more than is read: its files count by their sizes and times of change"))
            }
            Self::InputChanged { path } => Some(format!(
                "its input {path} changed before it started: the recorded bytes are not those that it found"
            )),
            Self::InputChangedWhileItRan { path } => {
                Some(format!("its input {path} changed while it ran: it is not known which bytes it read"))
            }
            Self::CodeChanged { path } => {
                Some(format!("its code {path} changed before it started: the recorded code is not what it found"))
            }
            Self::CodeWrittenAgain { path } => Some(format!(
                "its code {path} was written again before it started: whether its bytes changed is not known"
            )),
            Self::InputTouchedWhileItRan { path } => Some(format!(
                "its input {path} was written or touched while it ran: it has the recorded bytes now, and it is not known \
                 which bytes it read"
            )),
            Self::CodeChangedBeforeItEnded { path } => {
                Some(format!("its code {path} changed before the run ended: it is not known which code it ran"))
            }
            Self::CodeWrittenBeforeItEnded { path } => Some(format!(
                "its code {path} was written again before the run ended: it is not known which code it ran"
            )),
            Self::OutputNotWritten { path } => {
                Some(format!("its output {path} was there before, and it was not written"))
            }
            Self::MoreNotWritten { path, files: 1 } => {
                Some(format!("one more of its outputs was there before, and it was not written: {path}"))
            }
            Self::MoreNotWritten { path, files } => Some(format!(
                "{files} more of its outputs were there before, and they were not written, such as {path}"
            )),
            Self::OutputShared { path, handle } => Some(format!(
                "run {handle} ran at the same time and has {path} among its outputs, too: it is not known which of them \
                 made it"
            )),
            Self::MoreShared { path, runs: 1 } => {
                Some(format!("one more run ran at the same time and has an output of this run among its own: {path}"))
            }
            Self::MoreShared { path, runs } => Some(format!(
                "{runs} more runs ran at the same time and have outputs of this run among their own, such as {path}"
            )),
            Self::MoreChanged { path, files: 1 } => {
                Some(format!("one more of its files changed, or could not be compared: {path}"))
            }
            Self::MoreChanged { path, files } => {
                Some(format!("{files} more of its files changed, or could not be compared, such as {path}"))
            }
            Self::NotCompared { path, why } => Some(format!("whether {path} changed is not known: {why}")),
        }
    }
}

/// The folders that are made when the run is reproduced.
pub fn folders(notes: &[Note]) -> impl Iterator<Item = &str> {
    notes.iter().filter_map(|note| match note {
        Note::Folder { path } => Some(path.as_str()),
        _ => None,
    })
}

/// Whether Hven can recognise work with these notes: not when something unknown may have been read.
pub fn is_comparable(notes: &[Note]) -> bool {
    first_unknown(notes).is_none()
}

/// The first note about something that may have been read and is not recorded.
pub fn first_unknown(notes: &[Note]) -> Option<&Note> {
    let is_unknown = |note: &&Note| {
        let is_left_out = matches!(note, Note::LinkOutside { .. } | Note::NotCaptured { .. } | Note::NotSeen { .. });
        is_left_out || note.is_of_attempt()
    };
    notes.iter().find(is_unknown)
}

/// The notes that distinguish the work of two runs, sorted.
pub fn compared(notes: &[Note]) -> Vec<(&str, String)> {
    let mut compared: Vec<(&str, String)> = notes
        .iter()
        .filter_map(|note| match note {
            Note::KeyFile { path, digest } => Some((path.as_str(), digest.to_string())),
            // Links are covered by the digest of the code, inputs by their own digests.
            Note::Link { .. }
            | Note::LinkOutside { .. }
            | Note::KeyInput { .. }
            | Note::Special { .. }
            | Note::NotCaptured { .. }
            | Note::NotSeen { .. }
            | Note::ByChange { .. } => None,
            // A run may leave empty folders behind: the next run is still the same work.
            Note::Folder { .. } => None,
            // The findings of an attempt make work unknown, not different.
            Note::InputChanged { .. }
            | Note::InputChangedWhileItRan { .. }
            | Note::CodeChanged { .. }
            | Note::CodeWrittenAgain { .. }
            | Note::InputTouchedWhileItRan { .. }
            | Note::CodeChangedBeforeItEnded { .. }
            | Note::CodeWrittenBeforeItEnded { .. }
            | Note::OutputNotWritten { .. }
            | Note::MoreNotWritten { .. }
            | Note::OutputShared { .. }
            | Note::MoreShared { .. }
            | Note::MoreChanged { .. }
            | Note::NotCompared { .. } => None,
        })
        .collect();
    compared.sort_unstable();
    compared
}

crate::sample::sampled! {
    Noted { run, notes }
    enum Note {
        LinkOutside { path, target },
        Link { path, target },
        KeyFile { path, digest },
        KeyInput { path },
        Special { path, what },
        NotCaptured { path, why },
        NotSeen { path, why },
        ByChange { path },
        Folder { path },
        InputChanged { path },
        InputChangedWhileItRan { path },
        CodeChanged { path },
        CodeWrittenAgain { path },
        InputTouchedWhileItRan { path },
        CodeChangedBeforeItEnded { path },
        CodeWrittenBeforeItEnded { path },
        OutputNotWritten { path },
        MoreNotWritten { path, files },
        OutputShared { path, handle },
        MoreShared { path, runs },
        MoreChanged { path, files },
        NotCompared { path, why },
    }
}
