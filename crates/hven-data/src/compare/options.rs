//! The options of comparisons, and the reading of whole documents.

use std::{fs, path::Path};

use hven_core::reproduction::Tolerance;

use crate::error::Result;

/// The tolerance, and the limits of what is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub tolerance: Tolerance,
    /// The least structural similarity of two pictures that count as the same. With an exact tolerance no pixel may differ.
    pub ssim_min: f64,
    /// Larger files are compared by their bytes.
    pub bytes_max: u64,
    /// The same limit for documents that must be in memory as a whole.
    pub document_bytes_max: u64,
    /// Pictures with more pixels are compared by their bytes.
    pub pixels_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tolerance: Tolerance::default(),
            ssim_min: 0.99,
            bytes_max: 4 << 30,
            document_bytes_max: 64 << 20,
            pixels_max: 32 << 20,
        }
    }
}

/// How many bytes are shown at the first difference of two files.
pub(super) const BYTES_SHOWN: usize = 8;

/// The reason why only the bytes were compared.
pub(super) type BytesOnly = String;

/// Reads a document that must be in memory as a whole.
pub(super) fn read_text(path: &Path) -> Result<String, BytesOnly> {
    let bytes = fs::read(path).map_err(|wrong| wrong.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())
}
