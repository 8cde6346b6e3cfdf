//! Runs whose work is done elsewhere, and reported: by a notebook, a client of another tracker, or an instrument.

use serde::{Deserialize, Serialize};

use super::outcome::State;
use crate::{
    AttemptId, RunId, Time,
    handle::Handle,
    object::FileRef,
    project::ProjectPath,
    recorded::{Recorded, RecordedText},
};

/// How long a reporter may be silent before the state of its run is unknown, by default, in seconds.
pub const SILENT_AFTER_S: f64 = 300.0;
/// The shortest and the longest time that a reporter may choose, in seconds.
pub const SILENT_AFTER_S_MIN: f64 = 5.0;
pub const SILENT_AFTER_S_MAX: f64 = 30.0 * 86_400.0;

/// Work that Hven did not start and cannot stop. All of it was said by its reporter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct External {
    /// The kind of program that reports it, such as `python`.
    pub source: String,
    /// The command word by word; empty when it was not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The machine and the folder in which the work is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// When the work began, by the clock of the reporter.
    pub started: Time,
    /// After this time without a report its state is unknown, in seconds.
    pub silent_after_s: f64,
    /// The attempt whose process reports it. Nothing can report it any more when the attempt has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
}

impl External {
    /// The work in words, for people: the command, or what reports it.
    pub fn words(&self) -> Vec<String> {
        if self.command.is_empty() { vec![self.source.clone()] } else { self.command.clone() }
    }
}

/// Work began elsewhere, and is reported as this run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    pub run: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    pub external: External,
    /// The run in which it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
}

/// Files were added to an unfinished run as its outputs. A later file of the same path replaces the earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilesAdded {
    pub run: RunId,
    pub files: Vec<FileRef>,
}

/// The reporter of a run was silent for longer than it said. Whether the work goes on is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FellSilent {
    pub run: RunId,
    /// The time of the last report, or, after a start of the server, of this start.
    pub heard: Time,
}

/// The reporter of a run whose state was unknown has reported again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeardAgain {
    pub run: RunId,
}

/// Work that was done elsewhere has ended, as its reporter says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    pub run: RunId,
    pub end: ExternalEnd,
    /// When it ended, by the clock of the reporter.
    pub ended: Time,
}

/// How work elsewhere ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ExternalEnd {
    Done,
    /// `why` is empty when no reason was given.
    Failed {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    Cancelled,
    /// The attempt whose process reported it ended, and had not said how the work ended.
    LeftOpen,
}

impl ExternalEnd {
    pub const fn state(&self) -> State {
        match self {
            Self::Done => State::Done,
            Self::Failed { .. } | Self::LeftOpen => State::Failed,
            Self::Cancelled => State::Cancelled,
        }
    }

    /// The end as a recorded sentence.
    pub fn recorded(&self) -> Recorded {
        match self {
            Self::Done => Recorded::Done,
            Self::Cancelled => Recorded::Cancelled,
            Self::LeftOpen => Recorded::LeftOpenElsewhere,
            Self::Failed { why } if why.is_empty() => Recorded::FailedElsewhere,
            Self::Failed { why } => Recorded::FailedElsewhereBecause { why: RecordedText(why.clone()) },
        }
    }
}

crate::sample::sampled! {
    External { source, command, host, folder, started, silent_after_s, attempt }
    Opened { run, handle, project, name, external, parent }
    FilesAdded { run, files }
    FellSilent { run, heard }
    HeardAgain { run }
    Closed { run, end, ended }
    enum ExternalEnd {
        Done,
        Failed { why },
        Cancelled,
        LeftOpen,
    }
}
