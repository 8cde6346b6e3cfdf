//! The lineage: what a run rests on, down to raw bytes, and what rests on it.

pub mod why;

pub use why::{Lineage, Step, StepKind, said, why};
