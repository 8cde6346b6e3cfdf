//! Remarks on the wire.

use serde::{Deserialize, Serialize};

use crate::runs::Actor;

/// `POST /remarks`: adds a remark about a node of the lineage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MakeRemark {
    /// `7Q2M` (a run), `planets@1` (a dataset), `claim/kepler3`.
    pub on: String,
    pub name: String,
    pub text: String,
    /// The project of the node, if several projects have the name.
    #[serde(default)]
    pub project: Option<String>,
}

/// A remark as a list shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Remark {
    pub id: String,
    pub project: String,
    pub name: String,
    /// The node that it is about: `run/ID`, `data/ID`.
    pub on: String,
    pub text: String,
    pub made: String,
    pub made_by: Actor,
}
