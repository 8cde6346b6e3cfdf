//! Laws on the wire: what a run of the recipe `law` found, and which candidate counts.

use serde::{Deserialize, Serialize};

use crate::{
    datasets::DatasetSummary,
    runs::{Actor, RunSummary},
};

/// `GET /laws/{run}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LawDetail {
    pub schema: String,
    pub run: RunSummary,
    /// The recipe's result (`hven.law/1`): the front of candidates, the constants with their intervals, the quantities,
    /// how many candidates the units removed.
    pub law: serde_json::Value,
    pub plots: Vec<LawPlot>,
    /// The id of the candidate that counts: the one that a person chose, else the rule's.
    pub chosen: String,
    /// Who chose it, when a person did.
    pub choice: Option<LawChoice>,
    /// The data that it was found in, when they are a dataset here.
    pub dataset: Option<DatasetSummary>,
}

/// A Vega-Lite specification with its data.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LawPlot {
    /// `front`, `fit` or `residuals`.
    pub name: String,
    pub spec: serde_json::Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LawChoice {
    pub candidate: String,
    pub because: String,
    pub by: Actor,
    pub time: String,
}

/// `POST /laws/{run}/choice`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChooseCandidate {
    pub candidate: String,
    #[serde(default)]
    pub because: String,
}
