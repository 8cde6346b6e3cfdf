//! The captured tools of a command.

use hven_api::{runs::CaptureNote, tools::Tools};

/// The found tools, and notes on those that could not be examined.
#[derive(Debug, Default)]
pub struct CapturedTools {
    pub tools: Tools,
    pub notes: Vec<CaptureNote>,
}
