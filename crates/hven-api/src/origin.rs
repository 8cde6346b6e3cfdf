//! The origin of something that was imported with a publication.

use serde::{Deserialize, Serialize};

use crate::runs::Actor;

/// The publication with which something was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Origin {
    pub identifier: String,
    pub version: u32,
    pub title: String,
    /// The name of the person who published it.
    pub publisher: String,
    pub fingerprint: String,
    /// Its name in its original home: the handle of a run, the name of a dataset or a claim.
    #[serde(default)]
    pub name: Option<String>,
    pub imported: String,
    pub imported_by: Actor,
}
