//! Whether something still stands: what was retracted, what rests on it, and what people said about that.
//!
//! Nothing is ever deleted. A node of the lineage is *retracted* when somebody took it back, *suspect* when it rests on
//! something retracted, and *sound* otherwise. An edge along which nothing is handed on can be asserted; so can that one
//! builds on a suspect node all the same.

use serde::{Deserialize, Serialize};

use crate::{RunId, trace::Trace};

pub use crate::node::Node;

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

/// Whether a node still stands.
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

/// Somebody took a node back: whatever rests on it is suspect from here on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retracted {
    pub node: Node,
    pub because: String,
}

/// Somebody says that `of` does not depend on `on`, although it was made with it: along this edge no suspicion passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndependenceAsserted {
    pub of: Node,
    pub on: Node,
    pub because: String,
}

/// Somebody builds on a node all the same, or hands it on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuspicionOverridden {
    /// What is not sound.
    pub node: Node,
    /// What was made with it all the same.
    pub by: Node,
    pub because: String,
}

/// A run was run again without what was retracted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRepaired {
    /// The suspect run.
    pub run: RunId,
    /// The one that does its work anew.
    pub by: RunId,
    /// What was retracted, and what took its place; `None` when a run was repeated.
    pub retracted: Node,
    pub replaced_by: Option<Node>,
}

pub(crate) fn trace_of_independence(asserted: &IndependenceAsserted) -> Trace {
    Trace { other: Some(asserted.on), ..Trace::default() }
}

/// The repair is about the suspect run; the other is the one that does its work anew.
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
    fn the_worse_is_the_greater() {
        assert!(Soundness::ALL.is_sorted());
        assert!(Soundness::Sound.is_sound() && !Soundness::Suspect.is_sound());
    }
}
