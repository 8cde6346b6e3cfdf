//! The trace of a fact in the lineage: ids and digests, without text.
//!
//! Each noun's file defines the traces of its facts. The views draw the lineage only from headers and traces. When a payload is
//! erased, the fact that records the erasure keeps the trace, so the lineage does not change.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Digest, node::NodeId};

/// The part of a payload that the lineage needs. The header contains the subject of the fact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The nodes that the payload names and on which the subject rests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<NodeId>,
    /// The digests of the bytes that the run read. Traces omit empty files.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub reads: BTreeSet<Digest>,
    /// The digests of the bytes that the run made, or of the dataset.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub makes: BTreeSet<Digest>,
    /// The digest of the file from which the dataset was imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Digest>,
    /// Whether the run imports its input as a dataset.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub imports: bool,
    /// Whether the run was started for a comparison with another run: no node rests on it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub compares: bool,
    /// The number of the statement of the claim, counted from 1: the new one, or the judged one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// The second node of a statement about two nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<NodeId>,
    /// Pairs of a run and the run that it repeats. Only the trace of an erased submission has them: they replace the cache key, which
    /// is a digest over the command and is not kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repeats: Vec<(NodeId, NodeId)>,
}

crate::sample::sampled! {
    Trace { rests_on, reads, makes, source, imports, compares, revision, other, repeats }
}
