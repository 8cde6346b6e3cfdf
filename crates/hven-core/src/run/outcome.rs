//! How a process or a run ended, and the states of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::recorded::{Recorded, RecordedText};

/// The exit status of `hven run` when the script is not the cause: Hven itself failed, the run was lost, or an output is
/// missing or cannot be kept.
pub const HVEN_FAILED: i32 = 125;

/// How an attempt or a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// The process ended with status 0 and its outputs are sealed.
    Done,
    /// The process ended with another status.
    Failed {
        exit: i32,
    },
    /// A signal that Hven did not send ended it.
    Killed {
        signal: i32,
    },
    /// No process was started: the command does not exist, or the folder may not be entered.
    NotStarted {
        why: String,
    },
    TimedOut {
        limit_s: f64,
    },
    OutOfMemory {
        limit_bytes: u64,
    },
    OutputTooLarge {
        limit_bytes: u64,
    },
    /// The process did its work, but a declared output is missing.
    OutputMissing {
        path: String,
    },
    /// The process did its work, but a declared output, or something in it, could not be kept.
    OutputNotKept {
        /// The declared path.
        output: String,
        /// The output, or the part of it that could not be kept.
        path: String,
        why: String,
    },
    Cancelled,
    /// The runner ended before the result was written.
    Lost {
        why: String,
    },
}

impl Outcome {
    /// The outcome as a recorded sentence.
    pub fn recorded(&self) -> Recorded {
        match self.clone() {
            Self::Done => Recorded::Done,
            Self::Failed { exit } => Recorded::Failed { exit },
            Self::Killed { signal } => Recorded::Killed { signal },
            Self::NotStarted { why } => Recorded::NotStarted { why: RecordedText(why) },
            Self::TimedOut { limit_s } => Recorded::TimedOut { limit_s },
            Self::OutOfMemory { limit_bytes } => Recorded::OutOfMemory { limit_bytes },
            Self::OutputTooLarge { limit_bytes } => Recorded::OutputTooLarge { limit_bytes },
            Self::OutputMissing { path } => Recorded::OutputMissing { path },
            Self::OutputNotKept { output, path, why } if output == path => {
                Recorded::OutputNotKept { path, why: RecordedText(why) }
            }
            Self::OutputNotKept { output, path, why } => Recorded::OutputHolds { output, path, why: RecordedText(why) },
            Self::Cancelled => Recorded::Cancelled,
            Self::Lost { why } => Recorded::Lost { why: RecordedText(why) },
        }
    }

    pub fn state(&self) -> State {
        match self {
            Self::Done => State::Done,
            Self::Cancelled => State::Cancelled,
            Self::Lost { .. } => State::Lost,
            _ => State::Failed,
        }
    }

    /// Whether a new attempt may have another outcome. A command that does not exist will not exist a second time.
    pub fn may_be_retried(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Killed { .. } | Self::OutOfMemory { .. } | Self::Lost { .. })
    }

    /// The exit status of `hven run`, with the meaning that a shell gives it (128 + signal). A run that failed although its
    /// script did not fail has a status that scripts do not use: [`HVEN_FAILED`].
    pub fn exit_status(&self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Failed { exit } => *exit,
            Self::Killed { signal } => 128 + signal,
            Self::NotStarted { .. } => 127,
            Self::TimedOut { .. } => 124,
            Self::OutOfMemory { .. } => 137,
            Self::Cancelled => 130,
            Self::OutputTooLarge { .. }
            | Self::OutputMissing { .. }
            | Self::OutputNotKept { .. }
            | Self::Lost { .. } => HVEN_FAILED,
        }
    }
}
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.recorded().fmt(f)
    }
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Waiting,
    Running,
    /// Cancelled, but not yet ended.
    Stopping,
    Done,
    Failed,
    Cancelled,
    Lost,
    /// Its work is done elsewhere, and its reporter is silent.
    Unknown,
}

impl State {
    /// All states. Views keep their positions as numbers, so a new one comes last.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Running,
        Self::Stopping,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Lost,
        Self::Unknown,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Lost)
    }
}

crate::sample::sampled! {
    enum State { Waiting, Running, Stopping, Done, Failed, Cancelled, Lost, Unknown }
    enum Outcome {
        Done,
        Failed { exit },
        Killed { signal },
        NotStarted { why },
        TimedOut { limit_s },
        OutOfMemory { limit_bytes },
        OutputTooLarge { limit_bytes },
        OutputMissing { path },
        Cancelled,
        OutputNotKept { output, path, why },
        Lost { why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_status_of_a_script_says_that_hven_failed() {
        let check = |outcome: Outcome, status| assert_eq!(outcome.exit_status(), status, "{outcome}");
        let (output, path, why) = ("data".to_owned(), "data/ff".to_owned(), "it is a pipe".to_owned());
        check(Outcome::Done, 0);
        check(Outcome::Failed { exit: 1 }, 1);
        check(Outcome::OutputMissing { path: path.clone() }, 125);
        check(Outcome::OutputNotKept { output, path, why: why.clone() }, 125);
        check(Outcome::OutputTooLarge { limit_bytes: 9 }, 125);
        check(Outcome::Lost { why }, 125);
    }
}
