//! What was erased, by whom and why. The facts of this file say so for ever.

use serde::{Deserialize, Serialize};

use crate::{AttemptId, Digest};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            /// A payload was erased: the chain still verifies, the views show a tombstone.
            PayloadErased($crate::erasure::PayloadErased) = "payload.erased" version 1, about |_| None;
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
    PayloadErased { seq, because }
    StreamErased { attempt, stream, because }
    ObjectErased { digest, because }
}
