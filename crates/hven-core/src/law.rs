//! Laws that runs found in data: a person may prefer another candidate of the front than the rule chose.

use serde::{Deserialize, Serialize};

use crate::RunId;

/// A person chose a candidate of a run's front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateChosen {
    pub run: RunId,
    /// Its name on the front.
    pub candidate: String,
    pub because: String,
}
