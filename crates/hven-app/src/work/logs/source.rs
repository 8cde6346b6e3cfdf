//! The outputs of a run by number.

use hven_core::stream::Source;

/// The position of a source among the three sources.
pub(super) const fn index(source: Source) -> usize {
    match source {
        Source::Stdout => 0,
        Source::Stderr => 1,
        Source::Hven => 2,
    }
}
