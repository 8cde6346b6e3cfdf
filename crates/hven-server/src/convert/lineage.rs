//! Converts lineages to wire types.

use hven_api::{lineage as wire, runs as wire_runs};
use hven_app::{
    ancestry::{self, Ancestry, LineageNode},
    labelled::{Labelled, Labels},
    lineage::{self, LineageStepKind, RunLineage},
};

use super::{claims, datasets, files::file, publication_rows, run_name, runs, sentence};

/// The ancestors and the descendants of a node.
pub(crate) fn lineage(shown: &Labelled<Ancestry>) -> wire::Lineage {
    let Labelled { of: found, labels } = shown;
    wire::Lineage {
        schema: "hven.lineage/1".to_owned(),
        of: node(&found.of, labels),
        rests_on: steps(&found.rests_on, labels),
        supports: steps(&found.supports, labels),
        truncated: found.truncated,
    }
}

fn steps(steps: &[ancestry::AncestryStep], labels: &Labels) -> Vec<wire::LineageEntry> {
    let step = |step: &ancestry::AncestryStep| wire::LineageEntry {
        depth: step.depth,
        node: node(&step.node, labels),
        through: step.through.as_ref().map(file),
    };
    steps.iter().map(step).collect()
}

pub(crate) fn node(node: &LineageNode, labels: &Labels) -> wire::Node {
    let kind = match node {
        LineageNode::Run(_) => "run",
        LineageNode::Dataset(_) => "dataset",
        LineageNode::Claim(_) => "claim",
        LineageNode::Publication(_) => "publication",
        LineageNode::Plain(plain) => plain.node.noun(),
        LineageNode::Raw(_) => "file",
        LineageNode::Code(_) => "code",
        LineageNode::Hidden => "hidden",
    };
    let mut out = wire::Node {
        kind: kind.to_owned(),
        run: None,
        dataset: None,
        claim: None,
        publication: None,
        file: None,
        result_kind: None,
        said: sentence(ancestry::describe_node(node)),
    };
    match node {
        LineageNode::Run(view) => {
            out.run = Some(runs::summary(view, labels));
            out.result_kind = labels.result_kind(view).map(|kind| kind.as_str().to_owned());
        }
        LineageNode::Dataset(view) => out.dataset = Some(datasets::dataset(view, labels)),
        LineageNode::Claim(view) => out.claim = Some(claims::claim(view, labels)),
        LineageNode::Publication(view) => out.publication = Some(publication_rows::summary(view, labels)),
        LineageNode::Raw(raw) => out.file = Some(file(raw)),
        LineageNode::Plain(_) | LineageNode::Code(_) | LineageNode::Hidden => {}
    }
    out
}

/// The runs that a run rests on, and the runs that rest on it.
pub(crate) fn why(shown: &Labelled<RunLineage>) -> wire_runs::Why {
    let Labelled { of: lineage, labels } = shown;
    wire_runs::Why {
        schema: "hven.why/1".to_owned(),
        run: run_name(&lineage.run),
        rests_on: lineage.rests_on.iter().map(|step| run_step(step, labels)).collect(),
        supports: lineage.supports.iter().map(|step| run_step(step, labels)).collect(),
        truncated: lineage.truncated,
    }
}

fn run_step(step: &lineage::LineageStep, labels: &Labels) -> wire_runs::LineageStep {
    let (kind, edge, run) = match &step.kind {
        LineageStepKind::Run(run) => ("run", "file", Some(runs::summary(run, labels))),
        LineageStepKind::Raw => ("file", "input", None),
        LineageStepKind::Code(_) => ("code", "code", None),
        LineageStepKind::Hidden => ("hidden", "file", None),
    };
    wire_runs::LineageStep {
        depth: step.depth,
        kind: kind.to_owned(),
        edge: edge.to_owned(),
        run,
        file: step.file.as_ref().map(file),
        said: sentence(lineage::describe_step(step)),
    }
}
