//! Facts that record erasures, with the reasons. They cannot be erased.

use serde::{Deserialize, Serialize};

use crate::{AttemptId, Digest, trace::Trace};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            /// A payload was erased. The chain still verifies; the views keep the header and the trace in the lineage.
            PayloadErased($crate::erasure::PayloadErased) = "payload.erased"
                version 2 (1 => $crate::erasure::PayloadErasedV1), about |_| None;
            /// A text was erased from a stream, such as a secret that a script printed.
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
    /// The sequence number of the fact whose payload was erased.
    pub seq: u64,
    pub because: String,
    /// The trace of the payload in the lineage. `None` if it is unknown: the payload was already erased, was unreadable, or was erased
    /// by a version of Hven that kept no trace.
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
