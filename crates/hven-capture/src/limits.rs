//! What limits the reading of code.

/// A larger file of which nobody said that it is code is not read: it is data, and counts by its size and time of change.
pub(crate) const READ_BYTES_MAX: u64 = 8 << 20;

/// What limits the reading of code.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub files_max: usize,
    pub bytes_max: u64,
}
