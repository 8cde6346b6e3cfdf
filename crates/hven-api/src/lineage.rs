//! The lineage of any node on the wire: what it rests on, back to raw bytes, and what rests on it.

use serde::{Deserialize, Serialize};

use crate::{
    claims::ClaimSummary,
    datasets::DatasetSummary,
    publications::PublicationSummary,
    runs::{FileRef, RunSummary},
    sentence::Sentence,
};

/// `GET /lineage?of=…`: `7Q2M` (a run), `planets@1` (a dataset), `claim/kepler3`, `publication/kepler3@2`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lineage {
    pub schema: String,
    pub of: Node,
    /// The way back to raw bytes, nearest first. `depth` is the distance of a step.
    pub rests_on: Vec<LineageEntry>,
    /// The nodes that used it, nearest first.
    pub supports: Vec<LineageEntry>,
    /// The search stopped at a limit: there are more.
    pub truncated: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Step))]
pub struct LineageEntry {
    pub depth: u32,
    #[serde(flatten)]
    pub node: Node,
    /// The bytes that connect it to the nearer one.
    pub through: Option<FileRef>,
}

/// Something that has a lineage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    /// `run`, `dataset`, `claim`, `publication`, `file` (raw bytes that no run made), `code` or `hidden` (the caller may not see it).
    pub kind: String,
    pub run: Option<RunSummary>,
    pub dataset: Option<DatasetSummary>,
    pub claim: Option<ClaimSummary>,
    #[serde(default)]
    pub publication: Option<PublicationSummary>,
    pub file: Option<FileRef>,
    /// For a run of a recipe: how its result is used, as in [`crate::runs::RunDetail`].
    #[serde(default)]
    pub result_kind: Option<String>,
    /// One line for people.
    #[serde(flatten)]
    pub said: Sentence,
}
