//! Saved views on the wire: the state of the list of runs or of a comparison, under a name in a project.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::runs::Actor;

/// A view as it was saved last. All users who may see its project see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedView {
    /// The project and the name: `astro/planets:Best runs`.
    pub id: String,
    pub project: String,
    pub name: String,
    /// The page that it opens: `runs` or `compare`.
    pub page: String,
    /// The parameters in the address of the page: texts, numbers, booleans, and lists of texts.
    pub state: BTreeMap<String, serde_json::Value>,
    /// When, and by which user, it was saved last.
    pub saved: String,
    pub saved_by: Actor,
}

/// `POST /views`: saves a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveView {
    pub project: String,
    /// At most 120 bytes, in one line.
    pub name: String,
    /// `runs` or `compare`.
    pub page: String,
    /// At most 64 KiB as JSON.
    pub state: BTreeMap<String, serde_json::Value>,
    /// Whether an earlier view of this name is overwritten. Otherwise it is refused.
    #[serde(default)]
    pub replace: bool,
}

/// `POST /views/{view}/name`: gives a view another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenameView {
    pub name: String,
    /// Another project; by default it stays in its project.
    #[serde(default)]
    pub project: Option<String>,
}
