//! The home and its server on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::runs::{Resources, RunSummary};

/// `GET /server`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Server {
    pub schema: String,
    pub version: String,
    /// The home's id.
    pub home: String,
    pub url: String,
    pub pid: u32,
    pub started: String,
    /// How many facts the record has.
    pub facts: u64,
    pub database: String,
    pub runners: Vec<Runner>,
    /// How many runs there are in each state, without archived ones.
    pub runs: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Runner {
    pub id: String,
    pub pool: String,
    pub host: String,
    pub version: String,
    /// `attached`, `silent` (the server has not heard from it for a while; it may still run) or `gone`.
    pub state: String,
    pub capacity: Resources,
    /// The units of the resources whose units have names.
    #[serde(default)]
    pub units: BTreeMap<String, Vec<ResourceUnit>>,
    pub heard: Option<String>,
}

/// One unit of a resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResourceUnit {
    pub name: String,
    /// Its kind, such as the model of a GPU; `null` when this is not known.
    #[serde(default)]
    pub model: Option<String>,
}

/// `GET /overview`: the content of the first page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    pub schema: String,
    /// How many runs there are in each state, without archived ones.
    pub runs: BTreeMap<String, u64>,
    /// The newest running runs, at most 20.
    pub running: Vec<RunSummary>,
    /// The next waiting runs, at most 20.
    pub waiting: Vec<RunSummary>,
    /// The runs that ended last, at most 20.
    pub ended: Vec<RunSummary>,
}
