//! Sentences on the wire: English text, and what it is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that the server says. `text` is English; whoever speaks another language looks up `code` (the document of
/// the API lists them all, with their templates, as `x-sentences`) and fills in `values`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sentence {
    /// Such as `waits.queue`; a reader that does not know it shows `text`.
    #[serde(default)]
    pub code: String,
    /// By the names in the template: a number, a text, or a sentence again. The unit ends a name: `limit_bytes`.
    #[serde(default)]
    pub values: BTreeMap<String, serde_json::Value>,
    pub text: String,
}
