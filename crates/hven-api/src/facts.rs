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
    /// What it is about: a run's, user's or runner's id.
    pub subject: Option<String>,
    /// The handle, when it is about a run.
    pub handle: Option<String>,
    /// What happened, in one line.
    #[serde(flatten)]
    pub said: Sentence,
    /// `null` when it was erased.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub payload: Option<serde_json::Value>,
    /// Why the payload cannot be read, when it is there and cannot be. It is then shown as it lies in the record.
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
    /// The hash of the last fact: keep it elsewhere, and nobody can rewrite the record unseen.
    pub head: String,
    pub broken: Option<BrokenFact>,
    /// How many objects the facts and the lists of folders name; what was erased is not counted. 0 when objects were not asked for.
    #[serde(default)]
    pub objects_named: u64,
    /// How many of them were read and are what their digests say.
    pub objects_checked: u64,
    /// How many bytes these have.
    #[serde(default)]
    pub bytes_checked: u64,
    /// How many are known by their digest alone: inputs and code that never came, or were withheld by a publication.
    #[serde(default)]
    pub objects_absent: u64,
    /// How many are outputs that a runner still has to send.
    #[serde(default)]
    pub objects_waiting: u64,
    pub objects_damaged: Vec<DamagedObject>,
    /// Facts whose links hold and whose payloads cannot be read: the first hundred. They can be erased.
    #[serde(default)]
    pub unreadable: Vec<UnreadableFact>,
    /// How many there are of them.
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

/// `GET /audit/progress`: how much was read, and of how much.
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
    /// What it is: a path and a run, where they are known.
    #[serde(default)]
    pub what: Option<String>,
}

/// `POST /redactions`: erases what should never have been recorded. Exactly one target is named.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redact {
    /// Erase the payload of this fact.
    #[serde(default)]
    pub fact: Option<u64>,
    /// Erase a text wherever this run's log, metrics, parameters and specification have it.
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
    /// What was erased, one line for each place.
    pub places: Vec<String>,
    /// Copies are left in unused places of the home's files, for want of space or because a reader is in the way. The server
    /// removes them as soon as it can.
    #[serde(default)]
    pub copies_left: bool,
}
