//! The lineage: what anything rests on, down to raw bytes, and what rests on it. `reader` reads it for all answers, `labels`
//! has what people see of its nodes, `joints` tells the steps between them, and `why` goes from run to run.

pub(crate) mod adjacent;
pub(crate) mod nodes;
pub(crate) mod reader;
#[cfg(test)]
mod tests;
pub mod why;

pub use why::{Lineage, Step, StepKind, said, why};
