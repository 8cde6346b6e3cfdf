//! Failures on the side of the client: a stable code, a message, and a possible next action.

use std::{fmt, io, path::Path};

use hven_core::disk::is_full;

/// A failure that a command detected. The failures that the server reports are [`crate::Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// A failure to write a file.
    pub fn unwritable(path: &Path, error: &io::Error) -> Self {
        let message = format!("{} cannot be written: {error}", path.display());
        if is_full(error.kind()) {
            Self::new(FULL, message).hint(MAKE_ROOM)
        } else {
            Self::new("file.unwritable", message)
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The code for a disk without space, and the hint for it.
pub const FULL: &str = "store.full";
pub const MAKE_ROOM: &str = "make room on that disk, or in its quota, then try again";

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
