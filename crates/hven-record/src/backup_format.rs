//! The form of a backup: what is written and read by both ends.

use hven_app::ports::record::{DamagedObject, Head};
use hven_core::{Digest, HomeId};
use serde::{Deserialize, Serialize};

pub(crate) const FORMAT: u32 = 1;
pub(crate) const FACTS_AT_ONCE: usize = 2000;

/// What a backup says of itself: its first file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) format: u32,
    pub(crate) home: HomeId,
    pub(crate) head_seq: u64,
    pub(crate) head_hash: Digest,
}

/// What an incomplete backup says that it lacks: its last file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Missing {
    pub(super) objects: Vec<MissingObject>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MissingObject {
    pub(super) digest: Digest,
    pub(super) why: String,
    pub(super) what: Option<String>,
}

impl Missing {
    pub(crate) fn of(objects: &[DamagedObject]) -> Self {
        let object =
            |one: &DamagedObject| MissingObject { digest: one.digest, why: one.why.clone(), what: one.what.clone() };
        Self { objects: objects.iter().map(object).collect() }
    }
}

/// So many digits of a digest fit into the field of the archive for the owner's name.
pub(crate) const DIGITS_IN_HEADER: usize = 31;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    pub head: Head,
    pub objects: u64,
    pub segments: u64,
    /// Objects that should be in it and are not.
    pub missing: Vec<DamagedObject>,
}
