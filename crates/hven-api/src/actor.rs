//! The actor of a change.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    pub id: String,
    /// `user`, `run`, `runner` or `system`; `publication` for a person that a publication names: then `id` is the id of the
    /// user who imported it.
    pub kind: String,
    /// `null` when it was erased.
    pub name: Option<String>,
}
