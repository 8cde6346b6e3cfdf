//! A lineage as text: a list, Graphviz, a small picture, PROV. The functions are pure: nodes and edges in, text out.

mod dot;
mod list;
mod model;
mod picture;
mod prov;
#[cfg(test)]
pub(crate) mod samples;

pub use model::{Edge, EdgeKind, Graph, LineageNode, NodeKind};
