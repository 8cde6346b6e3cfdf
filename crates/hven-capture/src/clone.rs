//! The code of a commit, extracted from a clone of its repository: the commit's files below the run's folder, the recorded
//! patch, and files that are in neither, such as those of submodules. On request it includes small code files above the
//! folder.

mod code_above;
mod programs;
mod unpack;
mod upload;

pub use upload::{RecordedCode, UploadedCode, files_of, files_with_code_above};
