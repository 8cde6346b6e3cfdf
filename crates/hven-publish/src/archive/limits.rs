//! How much of a foreign publication is read.

/// Upper limits for a foreign publication. A publication above them is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub files_max: u64,
    /// The total size of all files, unpacked.
    pub bytes_max: u64,
    /// The largest ratio of the unpacked size to the size of the zip. It counts only above a few MiB.
    pub ratio_max: u64,
    /// The size of `manifest.json` and of `publication.json`, which are read into memory.
    pub document_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files_max: 1_000_000, bytes_max: 1 << 40, ratio_max: 200, document_bytes_max: 256 << 20 }
    }
}
