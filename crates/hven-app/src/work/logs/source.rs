//! The outputs of a run by their numbers.

use hven_core::stream::Source;

/// Where something of a source is among those of all three.
pub(super) const fn index(source: Source) -> usize {
    match source {
        Source::Stdout => 0,
        Source::Stderr => 1,
        Source::Hven => 2,
    }
}
