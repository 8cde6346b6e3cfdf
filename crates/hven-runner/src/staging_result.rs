//! The result of staging an attempt.

use hven_api::spool::AtStart;
use hven_core::capture::Note;

use crate::existing_outputs::OutputPath;

/// The data that the supervisor needs to start the process of a staged attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct StagingResult {
    /// Remarks about the folder, for the log.
    pub(crate) remarks: Vec<String>,
    /// Inputs and code that differ from the recorded files.
    pub(crate) changed: Vec<Note>,
    /// The state of the files that are checked again after the end.
    pub(crate) at_start: AtStart,
    /// The paths of the outputs.
    pub(crate) outputs: Vec<OutputPath>,
}
