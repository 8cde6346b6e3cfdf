//! Reproductions: comparisons of the results of a run with the results of an earlier run.
//!
//! The capabilities read files and compare them; this module has the result types, because facts, the wire and publications all
//! contain them. All numbers are compared by one rule: [`Tolerance::agree`].

mod likeness;
mod metrics;
mod printed;
mod reproduced;
mod tolerance;

pub use likeness::{ComparedAs, ComparedPlace, Comparison, FileComparison, Level, Likeness, PLACES_MAX, Spot};
pub use metrics::{MetricComparison, compare_metrics};
pub use printed::{Printed, PrintedComparison};
pub use reproduced::{Counts, Reproduced, ReproducedV1};
pub(crate) use reproduced::{noun, objects_of_reproduced};
pub use tolerance::{Difference, Tolerance, Tolerances};
