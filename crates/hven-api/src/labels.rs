//! Labels of runs on the wire: tags, a note, and whether a run is archived.

use serde::{Deserialize, Serialize};

use crate::runs::{Actor, RunName};

/// `POST /runs/{run}/labels`: changes to the labels of a run. At least one field is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeLabels {
    /// A tag has 1 to 64 characters: letters of any script, digits, `-`, `_`, `.`, `:` and `/`. It does not begin with `-`.
    #[serde(default)]
    pub add_tags: Vec<String>,
    #[serde(default)]
    pub remove_tags: Vec<String>,
    /// Replaces the note; an empty text removes it.
    #[serde(default)]
    pub note: Option<String>,
    /// Only a run that has ended can be archived.
    #[serde(default)]
    pub archived: Option<bool>,
}

/// The answer: the current labels of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunLabels {
    pub schema: String,
    pub run: RunName,
    pub tags: Vec<String>,
    pub note: Option<RunNote>,
    pub archived: bool,
}

/// The newest note on a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunNote {
    /// `null` when it was erased.
    pub text: Option<String>,
    pub by: Actor,
    pub time: String,
}

/// A tag in `GET /tags`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagUse {
    pub tag: String,
    /// How many runs have it, without archived runs and without runs that Hven made for its own checks.
    pub runs: u64,
}
