//! The nodes of the lineage as people see them: names, states, handles. They are loaded together: one query for the
//! runs, one for the datasets, one for the claims and one for the publications, for any number of nodes.

use std::collections::HashMap;

use hven_core::{
    ClaimId, DatasetId, PublicationId, RunId, access::Role, object::FileRef, project::ProjectPath, run::Code,
    soundness::NodeId,
};

use crate::{
    kernel::{callers::Caller, error::AppResult, floor::Kernel},
    ports::{
        catalogue::DatasetView, claims::ClaimView, publications::PublicationView, run::RunView,
        soundness::PlainNodeView,
    },
};

/// A node of the lineage, or something that has no id in it.
#[derive(Clone, Debug)]
pub enum LineageNode {
    Run(Box<RunView>),
    Dataset(Box<DatasetView>),
    Claim(Box<ClaimView>),
    Publication(Box<PublicationView>),
    /// A node of a noun that is shown with a name and a line only.
    Plain(Box<PlainNodeView>),
    /// Bytes that no recorded run made.
    Raw(FileRef),
    Code(Code),
    /// A node that the caller may not see.
    Hidden,
}

impl LineageNode {
    /// The id of the node in the lineage, and its project.
    pub(crate) fn id(&self) -> Option<(NodeId, &ProjectPath)> {
        match self {
            Self::Run(run) => Some((run.id.into(), &run.project)),
            Self::Dataset(dataset) => Some((dataset.version.dataset.into(), &dataset.version.project)),
            Self::Claim(claim) => Some((claim.stated.claim.into(), &claim.stated.project)),
            Self::Publication(publication) => Some((publication.made.publication.into(), &publication.made.project)),
            Self::Plain(plain) => Some((plain.node, &plain.project)),
            Self::Raw(_) | Self::Code(_) | Self::Hidden => None,
        }
    }
}

/// Nodes that were loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoadedNodes {
    pub(super) runs: HashMap<RunId, RunView>,
    pub(super) datasets: HashMap<DatasetId, DatasetView>,
    pub(super) claims: HashMap<ClaimId, ClaimView>,
    pub(super) publications: HashMap<PublicationId, PublicationView>,
    pub(super) plain: HashMap<NodeId, PlainNodeView>,
}

impl LoadedNodes {
    /// Loads these nodes. Unknown nodes are left out.
    #[allow(unreachable_patterns, reason = "there may be no plain nodes")]
    pub(crate) async fn load(&mut self, kernel: &Kernel, nodes: &[NodeId]) -> AppResult<()> {
        let views = &kernel.ports.views;
        let mut wanted = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for node in nodes {
            match *node {
                NodeId::Run(run) => wanted.0.push(run),
                NodeId::Dataset(dataset) => wanted.1.push(dataset),
                NodeId::Claim(claim) => wanted.2.push(claim),
                NodeId::Publication(publication) => wanted.3.push(publication),
                plain => wanted.4.push(plain),
            }
        }
        if !wanted.0.is_empty() {
            self.runs.extend(views.runs_by_id(&wanted.0).await?.into_iter().map(|run| (run.id, run)));
        }
        if !wanted.1.is_empty() {
            let datasets = views.datasets_by_id(&wanted.1).await?;
            self.datasets.extend(datasets.into_iter().map(|dataset| (dataset.version.dataset, dataset)));
        }
        if !wanted.2.is_empty() {
            let claims = views.claims_by_id(&wanted.2).await?;
            self.claims.extend(claims.into_iter().map(|claim| (claim.stated.claim, claim)));
        }
        if !wanted.3.is_empty() {
            let publications = views.publications_by_id(&wanted.3).await?;
            self.publications.extend(publications.into_iter().map(|found| (found.made.publication, found)));
        }
        if !wanted.4.is_empty() {
            self.plain.extend(views.plain_nodes(&wanted.4).await?.into_iter().map(|found| (found.node, found)));
        }
        Ok(())
    }

    /// Whether the node was loaded.
    #[allow(unreachable_patterns, reason = "there may be no plain nodes")]
    pub(super) fn has(&self, id: NodeId) -> bool {
        match id {
            NodeId::Run(run) => self.runs.contains_key(&run),
            NodeId::Dataset(dataset) => self.datasets.contains_key(&dataset),
            NodeId::Claim(claim) => self.claims.contains_key(&claim),
            NodeId::Publication(publication) => self.publications.contains_key(&publication),
            plain => self.plain.contains_key(&plain),
        }
    }

    /// The node without a check of rights; `None` when it was not loaded.
    #[allow(unreachable_patterns, reason = "there may be no plain nodes")]
    fn any(&self, id: NodeId) -> Option<LineageNode> {
        Some(match id {
            NodeId::Run(run) => LineageNode::Run(Box::new(self.runs.get(&run)?.clone())),
            NodeId::Dataset(dataset) => LineageNode::Dataset(Box::new(self.datasets.get(&dataset)?.clone())),
            NodeId::Claim(claim) => LineageNode::Claim(Box::new(self.claims.get(&claim)?.clone())),
            NodeId::Publication(found) => LineageNode::Publication(Box::new(self.publications.get(&found)?.clone())),
            plain => LineageNode::Plain(Box::new(self.plain.get(&plain)?.clone())),
        })
    }

    /// The node as the caller may see it.
    pub(crate) fn node(&self, caller: &Caller, id: NodeId) -> LineageNode {
        let node = self.any(id);
        let is_seen = |node: &LineageNode| node.id().is_some_and(|(_, project)| caller.may(Role::Viewer, project));
        node.filter(is_seen).unwrap_or(LineageNode::Hidden)
    }
}

/// These nodes as the caller may see them, in the given order.
pub(crate) async fn load_nodes(kernel: &Kernel, caller: &Caller, nodes: &[NodeId]) -> AppResult<Vec<LineageNode>> {
    let mut labels = LoadedNodes::default();
    labels.load(kernel, nodes).await?;
    Ok(nodes.iter().map(|node| labels.node(caller, *node)).collect())
}

/// One node as the caller may see it.
pub(crate) async fn load_node(kernel: &Kernel, caller: &Caller, node: NodeId) -> AppResult<LineageNode> {
    Ok(load_nodes(kernel, caller, &[node]).await?.pop().unwrap_or(LineageNode::Hidden))
}
