//! The lineage: the sources of every node down to raw bytes, and the nodes that rest on it. `reader` reads it for all
//! answers, `nodes` loads what people see of its nodes, `adjacent` finds the neighbours of a node, and `why` follows
//! the lineage from run to run.

pub(crate) mod adjacent;
pub(crate) mod nodes;
pub(crate) mod reader;
#[cfg(test)]
mod tests;
pub mod why;

pub use why::{LineageStep, LineageStepKind, RunLineage, describe_step, why};
