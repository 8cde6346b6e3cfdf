//! The sources of a node down to raw bytes, and the nodes that rest on it: runs, datasets and claims alike.
//! [`crate::lineage`] has the lineage of runs alone, as the page of a run shows it.

use std::collections::VecDeque;

use hven_core::{access::Role, object::FileRef, project::ProjectPath, sentence::Sentence, soundness::NodeId};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::{
            claim,
            dataset::{self, reference},
            publication,
            run::run_for,
        },
        floor::Kernel,
        lineage::{
            adjacent::{AdjacentNode, VisitedNodes},
            reader::{NODES_MAX, ReadLineage, read},
            why,
        },
        plain_nodes,
        sentences::AnswerSentence,
    },
    ports::{
        catalogue::DatasetView,
        soundness::{Direction, WalkLimits},
    },
};

pub use crate::kernel::lineage::nodes::LineageNode;

#[derive(Clone, Debug)]
pub struct AncestryStep {
    pub depth: u32,
    pub node: LineageNode,
    /// The bytes through which it is connected to the nearer node.
    pub through: Option<FileRef>,
}

#[derive(Clone, Debug)]
pub struct Ancestry {
    pub of: LineageNode,
    pub rests_on: Vec<AncestryStep>,
    pub supports: Vec<AncestryStep>,
    pub truncated: bool,
}

const STEPS_MAX: usize = 1000;

/// The lineage of the node that a person names: `claim/kepler3`, `publication/kepler3@2`, `planets@1`, or a run.
pub async fn of(kernel: &Kernel, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Ancestry> {
    caller.require_user()?;
    let start = find_named(kernel, caller, name, project).await?;
    let mut truncated = false;
    let rests_on = walk(kernel, caller, &start, Direction::Sources, &mut truncated).await?;
    let supports = walk(kernel, caller, &start, Direction::Consequences, &mut truncated).await?;
    Ok(Ancestry { of: start, rests_on, supports, truncated })
}

pub(crate) async fn find_named(
    kernel: &Kernel,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<LineageNode> {
    if let Some(claim) = name.strip_prefix("claim/") {
        let claim = claim::find(kernel, caller, claim, project, Role::Viewer).await?;
        return Ok(LineageNode::Claim(Box::new(claim)));
    }
    if let Some(publication) = name.strip_prefix("publication/") {
        let publication = publication::find(kernel, caller, publication, project, Role::Viewer).await?;
        return Ok(LineageNode::Publication(Box::new(publication)));
    }
    for noun in plain_nodes::nouns() {
        if let Some(rest) = name.strip_prefix(noun).and_then(|rest| rest.strip_prefix('/')) {
            return Ok(LineageNode::Plain(Box::new(plain_nodes::find(kernel, caller, noun, rest, project).await?)));
        }
    }
    if let Some(dataset) = name.strip_prefix("data/") {
        let (dataset, _) = dataset::find(kernel, caller, dataset, project, Role::Viewer).await?;
        return Ok(LineageNode::Dataset(Box::new(dataset)));
    }
    let name = name.strip_prefix("run/").unwrap_or(name);
    match run_for(kernel, caller, name, Role::Viewer).await {
        Ok(run) => Ok(LineageNode::Run(Box::new(run))),
        // No run has this name, so look for a dataset.
        Err(AppError::NotFound { .. }) => match dataset::find(kernel, caller, name, project, Role::Viewer).await {
            Ok((dataset, _)) => Ok(LineageNode::Dataset(Box::new(dataset))),
            Err(AppError::NotFound { .. }) => Err(AppError::not_found("run or dataset", name)),
            Err(other) => Err(other),
        },
        Err(other) => Err(other),
    }
}

/// The datasets that a node rests on.
pub(crate) async fn datasets_under(
    kernel: &Kernel,
    caller: &Caller,
    start: &LineageNode,
) -> AppResult<Vec<DatasetView>> {
    let steps = walk(kernel, caller, start, Direction::Sources, &mut false).await?;
    let datasets = steps.into_iter().filter_map(|step| match step.node {
        LineageNode::Dataset(dataset) => Some(*dataset),
        _ => None,
    });
    Ok(datasets.collect())
}

/// Walks breadth first: each node once, nearest first.
pub(crate) async fn walk(
    kernel: &Kernel,
    caller: &Caller,
    start: &LineageNode,
    direction: Direction,
    truncated: &mut bool,
) -> AppResult<Vec<AncestryStep>> {
    let Some((start, _)) = start.id() else { return Ok(Vec::new()) };
    let limits = WalkLimits { depth_max: None, nodes_max: NODES_MAX };
    let read = read(kernel, caller, &[start], direction, limits).await?;
    Ok(steps(&read, caller, start, truncated))
}

/// The steps of a walk from a node through the lineage that was read.
pub(crate) fn steps(read: &ReadLineage, caller: &Caller, start: NodeId, truncated: &mut bool) -> Vec<AncestryStep> {
    *truncated |= read.is_truncated;
    let mut steps = Vec::new();
    let mut seen = VisitedNodes::default();
    seen.is_new(&read.labels.node(caller, start));
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((at, depth)) = queue.pop_front() {
        for AdjacentNode { node, through, .. } in read.next_to(caller, at) {
            if !seen.is_new(&node) {
                continue;
            }
            if steps.len() >= STEPS_MAX {
                *truncated = true;
                return steps;
            }
            // The walk does not go on behind a node that the caller may not see.
            queue.extend(node.id().map(|(id, _)| (id, depth + 1)));
            steps.push(AncestryStep { depth: depth + 1, node, through });
        }
    }
    steps
}

/// The node as one line for people.
pub fn describe_node(node: &LineageNode) -> Sentence {
    match node {
        LineageNode::Run(run) => {
            let handle = AnswerSentence::run(Some(run.handle));
            match &run.name {
                Some(name) => AnswerSentence::StepNamedRun { run: handle, name: name.clone() },
                None => AnswerSentence::StepRun { run: handle },
            }
        }
        LineageNode::Dataset(dataset) => match dataset.version.rows {
            1 => AnswerSentence::StepDatasetOfOneRow { dataset: reference(dataset) },
            rows => AnswerSentence::StepDataset { dataset: reference(dataset), rows },
        },
        LineageNode::Claim(claim) => {
            let name = claim.stated.name.to_string();
            match &claim.judgement {
                Some(judgement) => {
                    let verdict = AnswerSentence::from(judgement.judged.verdict).sentence();
                    AnswerSentence::StepClaim { claim: name, verdict }
                }
                None => AnswerSentence::StepClaimUnjudged { claim: name },
            }
        }
        LineageNode::Publication(publication) => AnswerSentence::StepPublication {
            publication: publication::reference(publication),
            title: publication.made.title.clone(),
        },
        LineageNode::Plain(node) => return plain_nodes::line(node),
        LineageNode::Raw(file) => AnswerSentence::StepRaw { path: file.path.clone() },
        LineageNode::Code(code) => why::code(code),
        LineageNode::Hidden => AnswerSentence::StepHiddenNode,
    }
    .sentence()
}
