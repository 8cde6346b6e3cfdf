//! The format of a backup, for its writer and its reader.

use hven_app::ports::record::{DamagedObject, Head};
use hven_core::{Digest, HomeId};
use serde::{Deserialize, Serialize};

pub(crate) const FORMAT: u32 = 1;
pub(crate) const FACTS_AT_ONCE: usize = 2000;

/// The label of a backup: its first file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) format: u32,
    pub(crate) home: HomeId,
    pub(crate) head_seq: u64,
    pub(crate) head_hash: Digest,
}

/// The missing objects of an incomplete backup: its last file.
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

/// How many digits of a digest fit into the archive's field for the owner's name.
pub(crate) const DIGITS_IN_HEADER: usize = 31;

/// The content of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    pub head: Head,
    pub objects: u64,
    pub segments: u64,
    /// Objects that should be in it and are not.
    pub missing: Vec<DamagedObject>,
}
