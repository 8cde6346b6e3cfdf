//! What the capture of code answers, whichever way the code was found.

use hven_api::runs::{CaptureNote, Code};
use hven_core::seen::SeenList;

use crate::files::Kept;

/// Code as it was found, and the bytes that should be kept with it.
#[derive(Debug, Default)]
pub struct CapturedCode {
    pub code: Option<Code>,
    /// Needed before the run is submitted: the difference to the commit, the listing of the folder.
    pub documents: Vec<Vec<u8>>,
    /// Small files that are kept so that the code can be read later; sent while the run goes on.
    pub files: Vec<Kept>,
    /// What was found and is not recorded.
    pub notes: Vec<CaptureNote>,
    /// How its files stood.
    pub seen: SeenList,
}
