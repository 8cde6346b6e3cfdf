//! The trace of a fact in the lineage: ids and digests, and none of its text.
//!
//! A noun's file says which trace its facts leave. The lineage is drawn from traces alone, and the trace of a payload outlives it:
//! the fact that says that the payload was erased keeps it. So the lineage is the same before and after.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Digest, node::Node};

/// What a fact says of the lineage. What it is about stands in its header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The nodes that it names, on which the one that it is about rests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<Node>,
    /// The bytes that it read. Empty files join nothing, here and below.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub reads: BTreeSet<Digest>,
    /// The bytes that it made.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub makes: BTreeSet<Digest>,
    /// The bytes from which a dataset was imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Digest>,
    /// It is a run that imports what it reads as a dataset.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub imports: bool,
    /// It is a run that was started to be compared with another: nothing rests on it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub compares: bool,
    /// Which statement of a claim it is or judges, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// The other node of a statement about two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Node>,
    /// Runs that repeat others, each with the one that it repeats. Of an erased submission alone: the key by which runs are known
    /// to do the same work is made from the command, so it is not kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repeats: Vec<(Node, Node)>,
}

crate::sample::sampled! {
    Trace { rests_on, reads, makes, source, imports, compares, revision, other, repeats }
}
