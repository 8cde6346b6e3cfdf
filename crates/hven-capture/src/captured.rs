//! The result of capturing code, for folders with and without git.

use hven_api::runs::{CaptureNote, Code};
use hven_core::seen::RecordedFileList;

use crate::files::Kept;

/// The captured code, and the bytes that should be kept with it.
#[derive(Debug, Default)]
pub struct CapturedCode {
    pub code: Option<Code>,
    /// Documents that the server needs before the run is submitted: the difference from the commit, the listing of the
    /// folder.
    pub documents: Vec<Vec<u8>>,
    /// Small files that are kept so that the code can be read later. They are sent while the run continues.
    pub files: Vec<Kept>,
    /// Findings that are not part of the recorded code.
    pub notes: Vec<CaptureNote>,
    /// Sizes, times and digests of the files at the capture.
    pub seen: RecordedFileList,
}
