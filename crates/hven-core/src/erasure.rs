//! What was erased, by whom and why. The facts of this file say so for ever.

use serde::{Deserialize, Serialize};

use crate::{AttemptId, Digest, trace::Trace};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            /// A payload was erased: the chain still verifies, the views show a tombstone.
            PayloadErased($crate::erasure::PayloadErased) = "payload.erased"
                version 2 (1 => $crate::erasure::PayloadErasedV1), about |_| None;
            /// A span of a stream was erased, for what a script should not have printed.
            StreamErased($crate::erasure::StreamErased) = "stream.erased" version 1, about |p| Some(p.attempt.run.into());
            /// An object's bytes were erased.
            ObjectErased($crate::erasure::ObjectErased) = "object.erased" version 1, about |_| None;
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayloadErased {
    /// The sequence number of the fact whose payload is gone.
    pub seq: u64,
    pub because: String,
    /// What the payload said of the lineage, which stays. `None` when that is not known: the payload was erased before, could not be
    /// read, or was erased by a version of Hven that kept nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
}

impl PayloadErased {
    /// The record adds the trace when it erases the payload.
    pub fn new(seq: u64, because: impl Into<String>) -> Self {
        Self { seq, because: because.into(), trace: None }
    }
}

/// The first version of [`PayloadErased`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayloadErasedV1 {
    pub seq: u64,
    pub because: String,
}

impl From<PayloadErasedV1> for PayloadErased {
    fn from(PayloadErasedV1 { seq, because }: PayloadErasedV1) -> Self {
        Self::new(seq, because)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamErased {
    pub attempt: AttemptId,
    pub stream: String,
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectErased {
    pub digest: Digest,
    pub because: String,
}

crate::sample::sampled! {
    PayloadErased { seq, because, trace }
    StreamErased { attempt, stream, because }
    ObjectErased { digest, because }
}
