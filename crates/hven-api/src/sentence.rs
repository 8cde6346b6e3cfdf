//! Sentences on the wire: English text, with the code and the values that it is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A sentence from the server. `text` is English. For another language, look up `code` (the API document lists all codes with
/// their templates as `x-sentences`) and fill in `values`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sentence {
    /// Such as `waits.queue`; a reader that does not know the code shows `text`.
    #[serde(default)]
    pub code: String,
    /// By the names in the template: a number, a text, or another sentence. The unit ends a name: `limit_bytes`.
    #[serde(default)]
    pub values: BTreeMap<String, serde_json::Value>,
    pub text: String,
}
