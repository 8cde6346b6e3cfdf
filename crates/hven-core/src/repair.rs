//! Repairs: somebody has everything made anew that rests on something retracted, and the server does it step by step.
//!
//! The steps are not recorded with the repair. They follow from the lineage and from what was done already, so they are found
//! anew each time.

use serde::{Deserialize, Serialize};

use crate::{RepairId, project::ProjectPath, soundness::Node};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RepairBegun($crate::repair::Begun) = "repair.begun" version 1, about |p| Some(p.repair.into());
            RepairEnded($crate::repair::Ended) = "repair.ended" version 1, about |p| Some(p.repair.into());
            RepairCancelled($crate::repair::Cancelled) =
                "repair.cancelled" version 1, about |p| Some(p.repair.into());
        }
        nodes {}
        subjects { Repair($crate::RepairId); }
    } };
}
pub(crate) use noun;

/// A person began a repair. The server goes on with it on behalf of that person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    pub repair: RepairId,
    /// Which repair of this home it is, counted from 1.
    pub number: u32,
    /// The project of what was retracted.
    pub project: ProjectPath,
    /// What was retracted: a dataset or a run.
    pub of: Node,
    /// The dataset that takes its place; `None` when a run is repeated.
    pub with: Option<Node>,
    /// Steps that failed before are tried again.
    pub again: bool,
}

/// No step of a repair goes on any more, and none can be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub repair: RepairId,
    pub end: End,
    /// How many steps there were at the end, and how many of them were done.
    pub steps: u32,
    pub done: u32,
    /// Why the repair was stopped.
    pub because: Option<String>,
    /// Steps that failed without a run that says why. At most [`FAILED_MAX`].
    pub failed: Vec<FailedStep>,
}

/// So many failed steps are recorded with the end of a repair.
pub const FAILED_MAX: usize = 100;

/// How the server ended a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every step is done.
    Done,
    /// Steps are left that failed, or that only a person can do.
    Incomplete,
    /// The repair itself could not go on.
    Stopped,
}

/// A step that could not be begun, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailedStep {
    pub node: Node,
    pub because: String,
}

/// A person ended a repair before it was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cancelled {
    pub repair: RepairId,
}

/// How a repair stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Done,
    Incomplete,
    Stopped,
    Cancelled,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Running, Self::Done, Self::Incomplete, Self::Stopped, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Incomplete => "incomplete",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl From<End> for State {
    fn from(end: End) -> Self {
        match end {
            End::Done => Self::Done,
            End::Incomplete => Self::Incomplete,
            End::Stopped => Self::Stopped,
        }
    }
}

crate::sample::sampled! {
    Begun { repair, number, project, of, with, again }
    Ended { repair, end, steps, done, because, failed }
    enum End { Done, Incomplete, Stopped }
    FailedStep { node, because }
    Cancelled { repair }
}
