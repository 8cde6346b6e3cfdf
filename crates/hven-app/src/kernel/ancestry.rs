//! What anything rests on, down to raw bytes, and what rests on it: runs, datasets and claims alike. Runs alone, as the
//! page of a run shows them, are in [`crate::lineage`].

use std::collections::VecDeque;

use hven_core::{access::Role, object::FileRef, project::ProjectPath, sentence::Sentence, soundness::Node as Id};

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
            joints::{Joint, Seen},
            reader::{NODES_MAX, Read, read},
            why,
        },
        plain,
        sayings::Saying,
    },
    ports::{
        catalogue::DatasetView,
        soundness::{Direction, WalkLimits},
    },
};

pub use crate::kernel::lineage::labels::Node;

#[derive(Clone, Debug)]
pub struct Step {
    pub depth: u32,
    pub node: Node,
    /// The bytes that join it to the one nearer.
    pub through: Option<FileRef>,
}

#[derive(Clone, Debug)]
pub struct Ancestry {
    pub of: Node,
    pub rests_on: Vec<Step>,
    pub supports: Vec<Step>,
    pub truncated: bool,
}

const STEPS_MAX: usize = 1000;

/// The lineage of what a person names: `claim/kepler3`, `publication/kepler3@2`, `planets@1`, or a run.
pub async fn of(kernel: &Kernel, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Ancestry> {
    caller.require_user()?;
    let start = named(kernel, caller, name, project).await?;
    let mut truncated = false;
    let rests_on = walk(kernel, caller, &start, Direction::Sources, &mut truncated).await?;
    let supports = walk(kernel, caller, &start, Direction::Consequences, &mut truncated).await?;
    Ok(Ancestry { of: start, rests_on, supports, truncated })
}

pub(crate) async fn named(
    kernel: &Kernel,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Node> {
    if let Some(claim) = name.strip_prefix("claim/") {
        let claim = claim::find(kernel, caller, claim, project, Role::Viewer).await?;
        return Ok(Node::Claim(Box::new(claim)));
    }
    if let Some(publication) = name.strip_prefix("publication/") {
        let publication = publication::find(kernel, caller, publication, project, Role::Viewer).await?;
        return Ok(Node::Publication(Box::new(publication)));
    }
    for noun in plain::nouns() {
        if let Some(rest) = name.strip_prefix(noun).and_then(|rest| rest.strip_prefix('/')) {
            return Ok(Node::Plain(Box::new(plain::find(kernel, caller, noun, rest, project).await?)));
        }
    }
    if let Some(dataset) = name.strip_prefix("data/") {
        let (dataset, _) = dataset::find(kernel, caller, dataset, project, Role::Viewer).await?;
        return Ok(Node::Dataset(Box::new(dataset)));
    }
    let name = name.strip_prefix("run/").unwrap_or(name);
    match run_for(kernel, caller, name, Role::Viewer).await {
        Ok(run) => Ok(Node::Run(Box::new(run))),
        // A name that no run has may be that of a dataset.
        Err(AppError::NotFound { .. }) => match dataset::find(kernel, caller, name, project, Role::Viewer).await {
            Ok((dataset, _)) => Ok(Node::Dataset(Box::new(dataset))),
            Err(AppError::NotFound { .. }) => Err(AppError::not_found("run or dataset", name)),
            Err(other) => Err(other),
        },
        Err(other) => Err(other),
    }
}

/// The datasets that anything rests on.
pub(crate) async fn datasets_under(kernel: &Kernel, caller: &Caller, start: &Node) -> AppResult<Vec<DatasetView>> {
    let steps = walk(kernel, caller, start, Direction::Sources, &mut false).await?;
    let datasets = steps.into_iter().filter_map(|step| match step.node {
        Node::Dataset(dataset) => Some(*dataset),
        _ => None,
    });
    Ok(datasets.collect())
}

/// Breadth first, each node once, nearest first.
pub(crate) async fn walk(
    kernel: &Kernel,
    caller: &Caller,
    start: &Node,
    direction: Direction,
    truncated: &mut bool,
) -> AppResult<Vec<Step>> {
    let Some((start, _)) = start.id() else { return Ok(Vec::new()) };
    let limits = WalkLimits { depth_max: None, nodes_max: NODES_MAX };
    let read = read(kernel, caller, &[start], direction, limits).await?;
    Ok(steps(&read, caller, start, truncated))
}

/// The steps of a walk from a node through what was read.
pub(crate) fn steps(read: &Read, caller: &Caller, start: Id, truncated: &mut bool) -> Vec<Step> {
    *truncated |= read.is_truncated;
    let mut steps = Vec::new();
    let mut seen = Seen::default();
    seen.is_new(&read.labels.node(caller, start));
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((at, depth)) = queue.pop_front() {
        for Joint { node, through, .. } in read.next_to(caller, at) {
            if !seen.is_new(&node) {
                continue;
            }
            if steps.len() >= STEPS_MAX {
                *truncated = true;
                return steps;
            }
            // Behind what the caller may not see nothing is told.
            queue.extend(node.id().map(|(id, _)| (id, depth + 1)));
            steps.push(Step { depth: depth + 1, node, through });
        }
    }
    steps
}

/// One line for people.
pub fn said(node: &Node) -> Sentence {
    match node {
        Node::Run(run) => {
            let handle = Saying::run(Some(run.handle));
            match &run.name {
                Some(name) => Saying::StepNamedRun { run: handle, name: name.clone() },
                None => Saying::StepRun { run: handle },
            }
        }
        Node::Dataset(dataset) => match dataset.version.rows {
            1 => Saying::StepDatasetOfOneRow { dataset: reference(dataset) },
            rows => Saying::StepDataset { dataset: reference(dataset), rows },
        },
        Node::Claim(claim) => {
            let name = claim.stated.name.to_string();
            match &claim.judgement {
                Some(judgement) => {
                    let verdict = Saying::from(judgement.judged.verdict).sentence();
                    Saying::StepClaim { claim: name, verdict }
                }
                None => Saying::StepClaimUnjudged { claim: name },
            }
        }
        Node::Publication(publication) => Saying::StepPublication {
            publication: publication::reference(publication),
            title: publication.made.title.clone(),
        },
        Node::Plain(node) => return plain::line(node),
        Node::Raw(file) => Saying::StepRaw { path: file.path.clone() },
        Node::Code(code) => why::code(code),
        Node::Hidden => Saying::StepHiddenNode,
    }
    .sentence()
}
