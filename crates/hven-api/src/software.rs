//! The interpreter and the packages that a run used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `PUT /runs/{run}/software`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Software {
    pub interpreter: Option<String>,
    pub version: Option<String>,
    #[serde(default)]
    pub packages: BTreeMap<String, String>,
    pub platform: Option<String>,
}
