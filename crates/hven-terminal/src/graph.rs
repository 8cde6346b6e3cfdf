//! Human-readable output for a lineage that is not drawn.

use std::io;

use hven_api::graph::Graph;

use crate::{command_result::HumanReadable, terminal_writer::TerminalWriter};

impl HumanReadable for Graph {
    /// Only programs read this form: for people the command draws the lineage.
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} nodes, {} edges", self.nodes.len(), self.edges.len()))
    }
}
