//! How much of a foreign publication is read.

/// What is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub files_max: u64,
    /// Of all files together, unpacked.
    pub bytes_max: u64,
    /// How many times larger than the zip its files may be, once they are more than a little.
    pub ratio_max: u64,
    /// Of `manifest.json` and `publication.json`, which are read into memory.
    pub document_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files_max: 1_000_000, bytes_max: 1 << 40, ratio_max: 200, document_bytes_max: 256 << 20 }
    }
}
