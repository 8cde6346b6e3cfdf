//! Publishing: publications made here and imported ones, and the graph of everything.

pub mod floor;
pub mod graph;
pub mod lineage_answers;
pub mod publications;
pub mod repair_answers;
