//! What came of filling a fresh folder.

use hven_api::spool::AtStart;
use hven_core::capture::Note;

use crate::standing::Place;

/// What is to be said when a process starts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ready {
    /// Of its folder.
    pub(crate) remarks: Vec<String>,
    /// Of inputs and code that are not as they are recorded.
    pub(crate) changed: Vec<Note>,
    /// How files stand that are looked at once more.
    pub(crate) at_start: AtStart,
    /// Where its outputs lie.
    pub(crate) outputs: Vec<Place>,
}
