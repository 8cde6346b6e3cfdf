//! What a licence allows and asks for.

use serde::{Deserialize, Serialize};

/// Yes, no, or nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    No,
    Unknown,
    Yes,
}

/// What a licence allows, and what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// To hand on unchanged copies.
    pub redistribute: Allowed,
    /// To hand on what was made from it.
    pub derivatives: Allowed,
    pub commercial: Allowed,
    /// The makers must be named.
    pub attribution: bool,
    /// What is made from it must be under the same licence.
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
