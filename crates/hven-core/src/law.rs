//! Laws that runs found in data: a person may prefer another candidate of the front than the rule chose.

use serde::{Deserialize, Serialize};

use crate::RunId;

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            LawCandidateChosen($crate::law::CandidateChosen) = "law.candidate_chosen" version 1, about |p| Some(p.run.into());
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// A person chose a candidate of a run's front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateChosen {
    pub run: RunId,
    /// Its name on the front.
    pub candidate: String,
    pub because: String,
}

crate::sample::sampled! {
    CandidateChosen { run, candidate, because }
}
