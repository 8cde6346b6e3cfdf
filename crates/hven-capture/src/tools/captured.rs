//! What a command uses, and what of it could not be looked at.

use hven_api::{runs::CaptureNote, tools::Tools};

/// What was found, and what could not be looked at.
#[derive(Debug, Default)]
pub struct CapturedTools {
    pub tools: Tools,
    pub notes: Vec<CaptureNote>,
}
