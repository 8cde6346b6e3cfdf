//! Limits for reading code.

/// A larger file is data, unless the user includes it: it is not read, and is represented by its size and time of change.
pub(crate) const READ_BYTES_MAX: u64 = 8 << 20;

/// Limits for reading code.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub files_max: usize,
    pub bytes_max: u64,
}
