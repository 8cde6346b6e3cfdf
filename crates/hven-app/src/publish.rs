//! Publishing: publications, made here or brought in, and the picture of everything that there is.

pub mod floor;
pub mod graph;
pub mod lineage_answers;
pub mod publications;
pub mod repair_answers;
