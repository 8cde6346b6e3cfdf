//! The publications with which nodes were imported.

use hven_core::soundness::NodeId;

use crate::{
    kernel::{
        error::AppResult,
        floor::Kernel,
        labelled::{NeededLabels, NeedsLabels},
    },
    ports::publications::ImportView,
};

/// The publication with which a node was imported.
#[derive(Clone, Debug)]
pub struct Origin {
    pub import: ImportView,
    /// The name of the node in the publication; `None` for the publication as a whole.
    pub name: Option<String>,
}

impl NeedsLabels for Origin {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.import.add_to(wanted);
    }
}

/// The publication with which a node was imported, if any. The caller may see the node.
pub(crate) async fn origin(kernel: &Kernel, node: impl Into<NodeId>) -> AppResult<Option<Origin>> {
    let node = node.into();
    let Some(import) = kernel.ports.views.origin(node).await? else { return Ok(None) };
    let name = import.imported.nodes.iter().find(|came| came.node == node).map(|came| came.name.clone());
    Ok(Some(Origin { import, name }))
}
