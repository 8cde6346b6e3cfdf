//! The record on the wire.

use serde::{Deserialize, Serialize};

use crate::{runs::Actor, sentence::Sentence};

/// A fact. Also the data of an event of `GET /events` (`event: fact`, its id is `seq`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fact {
    pub seq: u64,
    pub id: String,
    /// Such as `run.finished`.
    pub kind: String,
    pub version: u16,
    pub time: String,
    pub actor: Actor,
    /// The id of the run, user or runner that it is about.
    pub subject: Option<String>,
    /// The handle, when it is about a run.
    pub handle: Option<String>,
    /// The event as one sentence.
    #[serde(flatten)]
    pub said: Sentence,
    /// `null` when it was erased.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub payload: Option<serde_json::Value>,
    /// Why the payload cannot be read; then `payload` is the raw payload from the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    pub hash: String,
}

/// The data of an event of `GET /events` (`event: grown`, without an id): a stream of a run has more bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grown {
    pub run: String,
    pub attempt: u32,
    /// `log`, `metrics` or `resources`.
    pub stream: String,
    pub extent: u64,
}

/// `GET /audit`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Audit {
    pub schema: String,
    pub sound: bool,
    pub facts: u64,
    pub erased: u64,
    /// The hash of the last fact. Keep it in another place: then any rewrite of the record is detected.
    pub head: String,
    pub broken: Option<BrokenFact>,
    /// How many objects the facts and the lists of folders name, without erased objects. 0 when objects were not requested.
    #[serde(default)]
    pub objects_named: u64,
    /// How many of them were read and match their digests.
    pub objects_checked: u64,
    /// The total size of these.
    #[serde(default)]
    pub bytes_checked: u64,
    /// How many are known only by their digest: inputs and code that were never uploaded, or that a publication withheld.
    #[serde(default)]
    pub objects_absent: u64,
    /// How many are outputs that a runner has not sent yet.
    #[serde(default)]
    pub objects_waiting: u64,
    pub objects_damaged: Vec<DamagedObject>,
    /// Facts with a valid hash chain whose payloads cannot be read: the first hundred. They can be erased.
    #[serde(default)]
    pub unreadable: Vec<UnreadableFact>,
    /// How many such facts exist.
    #[serde(default)]
    pub unreadable_total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadableFact {
    pub seq: u64,
    pub kind: String,
    pub why: String,
}

/// `GET /audit/progress`: how much was read so far, and the totals.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditProgress {
    pub objects: u64,
    pub objects_of: u64,
    pub bytes: u64,
    pub bytes_of: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrokenFact {
    pub seq: u64,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DamagedObject {
    pub digest: String,
    pub why: String,
    /// A description of the object: a path and a run, where they are known.
    #[serde(default)]
    pub what: Option<String>,
}

/// `POST /redactions`: erases data that should not have been recorded. Exactly one target is named.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redact {
    /// Erase the payload of this fact.
    #[serde(default)]
    pub fact: Option<u64>,
    /// Erase a text in the log, metrics, parameters and specification of this run.
    #[serde(default)]
    pub run: Option<String>,
    /// The text to erase in `run`.
    #[serde(default)]
    pub text: Option<String>,
    /// Erase the bytes of this object.
    #[serde(default)]
    pub object: Option<String>,
    pub because: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redacted {
    pub schema: String,
    /// The erased places, one line for each.
    pub places: Vec<String>,
    /// Some copies remain in unused areas of the home's files, because the disk is full or a reader blocks the removal. The
    /// server removes them as soon as it can.
    #[serde(default)]
    pub copies_left: bool,
}
