//! Values and names of a manifest, with their positions.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A value, with its position in the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Placed<T> {
    pub value: T,
    #[serde(skip)]
    pub span: Range<usize>,
}

/// Checks the name of a step; names occur in paths and in references such as `planets.train`.
pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    let good = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > 100 {
        return Err("a name has 1 to 100 bytes");
    }
    if !name.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return Err("a name begins with a letter, a digit or `_`");
    }
    if name.chars().all(good) { Ok(()) } else { Err("only letters, digits, `_` and `-` stand in a name") }
}
