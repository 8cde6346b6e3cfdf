//! Lists: one page at a time.

use serde::{Deserialize, Serialize};

/// One page of a list. `next` is opaque: send it as `cursor` to get the next page; `null` means that this was the last page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub schema: String,
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// How many items a page has at most, and by default.
pub const LIMIT_MAX: usize = 1000;
pub const LIMIT_DEFAULT: usize = 100;
