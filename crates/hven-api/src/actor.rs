//! Who did something.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    pub id: String,
    /// `user`, `run`, `runner` or `system`; `publication` for a person whom a publication names: then `id` is that of the
    /// user who brought it in.
    pub kind: String,
    /// `null` when it was erased.
    pub name: Option<String>,
}
