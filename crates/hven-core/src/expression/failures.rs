//! The rows in which a row condition does not hold.

/// The rows in which a row condition does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures {
    /// The part of the source.
    pub span: std::ops::Range<usize>,
    pub rows: u64,
    pub failing: u64,
    pub cannot_tell: u64,
    /// Rows that `all` does not check, because a cell that the condition reads is missing.
    pub not_checked: u64,
    /// The first rows that fail or cannot be told, counted from 0.
    pub first: Vec<u64>,
}
