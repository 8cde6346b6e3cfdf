//! Soundness: retractions, the nodes that rest on them, and the statements of people about them.
//!
//! Nothing is ever deleted. A node of the lineage is *retracted* when a person took it back, *suspect* when it rests on
//! something retracted, and *sound* otherwise. A person can assert that nothing passes along an edge, and can decide to use a
//! suspect node nevertheless.

use serde::{Deserialize, Serialize};

use crate::{RunId, trace::Trace};

pub use crate::node::NodeId;

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            NodeRetracted($crate::soundness::Retracted) = "soundness.retracted" version 1, about |p| Some(p.node.into());
            IndependenceAsserted($crate::soundness::IndependenceAsserted) = "soundness.independence_asserted" version 1,
                about |p| Some(p.of.into()), trace $crate::soundness::trace_of_independence;
            SuspicionOverridden($crate::soundness::SuspicionOverridden) = "soundness.suspicion_overridden" version 1,
                about |p| Some(p.node.into());
            RunRepaired($crate::soundness::RunRepaired) = "soundness.run_repaired" version 1, about |p| Some(p.run.into()),
                trace $crate::soundness::trace_of_repair;
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// Whether a node is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Soundness {
    #[default]
    Sound,
    /// It rests on something that was retracted.
    Suspect,
    Retracted,
}

impl Soundness {
    pub const ALL: [Self; 3] = [Self::Sound, Self::Suspect, Self::Retracted];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Suspect => "suspect",
            Self::Retracted => "retracted",
        }
    }
    pub const fn is_sound(self) -> bool {
        matches!(self, Self::Sound)
    }
}

/// A person took a node back: from now on everything that rests on it is suspect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retracted {
    pub node: NodeId,
    pub because: String,
}

/// A person asserts that `of` does not depend on `on`, although it was made with it: suspicion does not pass along this edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndependenceAsserted {
    pub of: NodeId,
    pub on: NodeId,
    pub because: String,
}

/// A person uses a suspect node nevertheless, or passes it on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuspicionOverridden {
    /// The node that is not sound.
    pub node: NodeId,
    /// The node that was made with it.
    pub by: NodeId,
    pub because: String,
}

/// A run was run again without the retracted node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRepaired {
    /// The suspect run.
    pub run: RunId,
    /// The run that repeats its work.
    pub by: RunId,
    /// The retracted node, and its replacement; `None` when a run was repeated.
    pub retracted: NodeId,
    pub replaced_by: Option<NodeId>,
}

pub(crate) fn trace_of_independence(asserted: &IndependenceAsserted) -> Trace {
    Trace { other: Some(asserted.on), ..Trace::default() }
}

/// The subject of a repair is the suspect run; the other node is the run that repeats its work.
pub(crate) fn trace_of_repair(repaired: &RunRepaired) -> Trace {
    Trace { other: Some(repaired.by.into()), ..Trace::default() }
}

crate::sample::sampled! {
    Retracted { node, because }
    IndependenceAsserted { of, on, because }
    SuspicionOverridden { node, by, because }
    RunRepaired { run, by, retracted, replaced_by }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worse_soundness_is_greater() {
        assert!(Soundness::ALL.is_sorted());
        assert!(Soundness::Sound.is_sound() && !Soundness::Suspect.is_sound());
    }
}
