//! A lineage for people, as far as it is not drawn.

use std::io;

use hven_api::graph::Graph;

use crate::{paper::Paper, reply::ForPeople};

impl ForPeople for Graph {
    /// What a program asked for; people are shown one of the formats.
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("{} nodes, {} edges", self.nodes.len(), self.edges.len()))
    }
}
