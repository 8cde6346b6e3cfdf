//! The result of checking the licences of a publication.

use std::collections::BTreeMap;

use hven_core::Digest;
use serde::{Deserialize, Serialize};

use super::terms::Terms;
use crate::publication::Withheld;

/// The treatment of data for which it is unknown whether redistribution is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlicensed {
    /// The publication only names the digest.
    #[default]
    Refer,
    /// The data is included; the publishing person is responsible.
    Include,
}

/// The findings about all datasets of a publication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    pub datasets: Vec<Finding>,
    /// For [`Publication::withheld`].
    pub withheld: BTreeMap<Digest, Withheld>,
    /// Warnings for the person who publishes, one sentence each.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `planets@1`.
    pub dataset: String,
    pub license: Option<String>,
    pub terms: Terms,
    pub included: bool,
    /// The reason, in words.
    pub because: String,
}
