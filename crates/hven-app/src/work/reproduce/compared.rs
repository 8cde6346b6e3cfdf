//! The document that the verdict on a reproduction rests on.

use hven_core::reproduction::{Comparison, Reproduced};

use crate::{
    kernel::{documents::document, error::AppResult},
    work::floor::Work,
};

/// The document that a verdict rests on, when its bytes are still there.
pub async fn comparison(work: &Work, reproduced: &Reproduced) -> AppResult<Option<Comparison>> {
    let Some(digest) = reproduced.comparison else { return Ok(None) };
    Ok(document(work, digest).await?.and_then(|value| serde_json::from_value(value).ok()))
}
