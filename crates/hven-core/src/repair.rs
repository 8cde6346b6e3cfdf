//! Repairs: a person has everything made again that rests on something retracted, and the server does it step by step.
//!
//! The steps are not recorded with the repair. They follow from the lineage and from the work that is already done, so they are
//! computed each time.

use serde::{Deserialize, Serialize};

use crate::{RepairId, project::ProjectPath, soundness::NodeId};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RepairStarted($crate::repair::Started) = "repair.begun" version 1, about |p| Some(p.repair.into());
            RepairEnded($crate::repair::Ended) = "repair.ended" version 1, about |p| Some(p.repair.into());
            RepairCancelled($crate::repair::Cancelled) =
                "repair.cancelled" version 1, about |p| Some(p.repair.into());
        }
        nodes {}
        subjects { Repair($crate::RepairId); }
    } };
}
pub(crate) use noun;

/// A person started a repair. The server continues it on behalf of that person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    pub repair: RepairId,
    /// The number of the repair in this home, counted from 1.
    pub number: u32,
    /// The project of the retracted node.
    pub project: ProjectPath,
    /// The retracted node: a dataset or a run.
    pub of: NodeId,
    /// The dataset that replaces it; `None` when a run is repeated.
    pub with: Option<NodeId>,
    /// Steps that failed before are tried again.
    pub again: bool,
}

/// A repair ended: no step is running, and no other step can be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub repair: RepairId,
    pub end: End,
    /// How many steps there were at the end, and how many of them were done.
    pub steps: u32,
    pub done: u32,
    /// Why the repair was stopped.
    pub because: Option<String>,
    /// Steps that failed without a run that has the reason. At most [`FAILED_MAX`].
    pub failed: Vec<FailedStep>,
}

/// How many failed steps are recorded with the end of a repair.
pub const FAILED_MAX: usize = 100;

/// How the server ended a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every step is done.
    Done,
    /// Some steps failed, or only a person can do them.
    Incomplete,
    /// The repair itself could not continue.
    Stopped,
}

/// A step that could not be started, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailedStep {
    pub node: NodeId,
    pub because: String,
}

/// A person ended a repair before it was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cancelled {
    pub repair: RepairId,
}

/// The state of a repair.
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
    Started { repair, number, project, of, with, again }
    Ended { repair, end, steps, done, because, failed }
    enum End { Done, Incomplete, Stopped }
    FailedStep { node, because }
    Cancelled { repair }
}
