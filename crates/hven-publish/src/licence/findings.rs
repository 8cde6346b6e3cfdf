//! What the licences of a publication came to.

use std::collections::BTreeMap;

use hven_core::Digest;
use serde::{Deserialize, Serialize};

use super::terms::Terms;
use crate::publication::Withheld;

/// What to do with data of which nobody knows whether it may be handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlicensed {
    /// Only its digest.
    #[default]
    Refer,
    /// The person who publishes answers for it.
    Include,
}

/// What was found out about the datasets of a publication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    pub datasets: Vec<Finding>,
    /// To be put into [`Publication::withheld`].
    pub withheld: BTreeMap<Digest, Withheld>,
    /// What a person should look at before publishing, a sentence each.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `planets@1`.
    pub dataset: String,
    pub license: Option<String>,
    pub terms: Terms,
    pub included: bool,
    /// Why so, in words.
    pub because: String,
}
