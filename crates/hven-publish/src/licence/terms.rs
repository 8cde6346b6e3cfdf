//! The permissions and conditions of a licence.

use serde::{Deserialize, Serialize};

/// Yes, no, or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    No,
    Unknown,
    Yes,
}

/// The permissions and conditions of a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Passing on unchanged copies.
    pub redistribute: Allowed,
    /// Passing on works that were made from it.
    pub derivatives: Allowed,
    pub commercial: Allowed,
    /// The makers must be named.
    pub attribution: bool,
    /// Works that are made from it must have the same licence.
    pub share_alike: bool,
}

impl Terms {
    pub const UNKNOWN: Self = Self {
        redistribute: Allowed::Unknown,
        derivatives: Allowed::Unknown,
        commercial: Allowed::Unknown,
        attribution: true,
        share_alike: false,
    };
}
