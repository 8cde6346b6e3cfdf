//! Where something came from that was brought in with a publication.

use serde::{Deserialize, Serialize};

use crate::runs::Actor;

/// The publication with which something was brought in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Origin {
    pub identifier: String,
    pub version: u32,
    pub title: String,
    /// Who published it, by name.
    pub publisher: String,
    pub fingerprint: String,
    /// How its home calls this: a run by its handle there, a dataset or a claim by its name.
    #[serde(default)]
    pub name: Option<String>,
    pub imported: String,
    pub imported_by: Actor,
}
