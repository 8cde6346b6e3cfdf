//! Running again and comparing: how alike what came out is to what had come out before, and where it is not.
//!
//! Who compares, and how files are read, is a matter of the capabilities; here is what a comparison says, because facts,
//! the wire and publications all carry it. Numbers agree by one rule everywhere: [`Tolerance::agree`].

mod likeness;
mod metrics;
mod printed;
mod reproduced;
mod tolerance;

pub use likeness::{ComparedAs, Comparison, FileComparison, Level, Likeness, PLACES_MAX, Place, Spot};
pub use metrics::{MetricComparison, compare_metrics};
pub use printed::{Printed, PrintedComparison};
pub use reproduced::{Counts, Reproduced, ReproducedV1};
pub(crate) use reproduced::{noun, objects_of_reproduced};
pub use tolerance::{Difference, Tolerance, Tolerances};
