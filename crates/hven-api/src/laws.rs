//! Laws on the wire: the result of a run of the recipe `law`, and the chosen candidate.

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
    /// The id of the chosen candidate: chosen by a person, otherwise by the rule.
    pub chosen: String,
    /// The person's choice, if there is one.
    pub choice: Option<LawChoice>,
    /// The data in which it was found, when they are a dataset of this home.
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
