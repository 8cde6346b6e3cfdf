//! The sources of a run down to raw bytes, and the runs that rest on it, run by run. [`crate::kernel::ancestry`] has
//! the same with the datasets, claims and publications in between.

use std::collections::{HashSet, VecDeque};

use hven_core::{
    Digest,
    access::Role,
    object::FileRef,
    recorded::RecordedText,
    run::{Code, State},
    sentence::Sentence,
    soundness::NodeId,
};

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        find::run::run_for,
        floor::Kernel,
        lineage::{
            adjacent::{AdjacentNode, EdgeKind},
            nodes::LineageNode,
            reader::{NODES_MAX, ReadLineage, read},
        },
        sentences::AnswerSentence,
    },
    ports::{
        run::RunView,
        soundness::{Direction, WalkLimits},
    },
};

/// One step of the lineage from run to run.
#[derive(Clone, Debug)]
pub struct LineageStep {
    pub depth: u32,
    pub kind: LineageStepKind,
    /// The bytes through which it is connected to the nearer node.
    pub file: Option<FileRef>,
}

#[derive(Clone, Debug)]
pub enum LineageStepKind {
    /// A run that made an input, or that used an output.
    Run(Box<RunView>),
    /// Raw bytes: no recorded run made them.
    Raw,
    Code(Code),
    /// A run that the caller may not see.
    Hidden,
}

/// The sources of a run and the runs that rest on it, nearest first.
#[derive(Clone, Debug)]
pub struct RunLineage {
    pub run: RunView,
    pub rests_on: Vec<LineageStep>,
    pub supports: Vec<LineageStep>,
    pub truncated: bool,
}

const STEPS_MAX: usize = 1000;

/// How many digits of a commit are shown.
const COMMIT_DIGITS: usize = 12;

pub async fn why(kernel: &Kernel, caller: &Caller, name: &str) -> AppResult<RunLineage> {
    caller.require_user()?;
    let run = run_for(kernel, caller, name, Role::Viewer).await?;
    let mut truncated = false;
    let limits = WalkLimits { depth_max: None, nodes_max: NODES_MAX };
    let from = [NodeId::from(run.id)];
    let sources = read(kernel, caller, &from, Direction::Sources, limits).await?;
    let rests_on = steps(&sources, caller, &run, &mut truncated);
    let consequences = read(kernel, caller, &from, Direction::Consequences, limits).await?;
    let supports = steps(&consequences, caller, &run, &mut truncated);
    Ok(RunLineage { run, rests_on, supports, truncated })
}

/// Walks breadth first, from run to run. Datasets between two runs are left out.
pub(super) fn steps(read: &ReadLineage, caller: &Caller, start: &RunView, truncated: &mut bool) -> Vec<LineageStep> {
    *truncated |= read.is_truncated;
    let mut steps = Vec::new();
    let mut seen: HashSet<NodeId> = HashSet::from([start.id.into()]);
    let mut seen_raw: HashSet<Digest> = HashSet::new();
    let mut queue = VecDeque::from([(NodeId::from(start.id), 0)]);
    while let Some((at, depth)) = queue.pop_front() {
        for neighbour in runs_next_to(read, caller, at) {
            let (kind, next) = match (neighbour.node, neighbour.id) {
                (LineageNode::Code(code), _) => (LineageStepKind::Code(code), None),
                (LineageNode::Raw(file), _) if seen_raw.insert(file.digest) => (LineageStepKind::Raw, None),
                (LineageNode::Run(run), Some(id)) if seen.insert(id) => (LineageStepKind::Run(run), Some(id)),
                (LineageNode::Hidden, Some(id)) if seen.insert(id) => (LineageStepKind::Hidden, None),
                _ => continue,
            };
            if steps.len() >= STEPS_MAX {
                *truncated = true;
                return steps;
            }
            queue.extend(next.map(|next| (next, depth + 1)));
            let file = neighbour.through.filter(|_| !matches!(kind, LineageStepKind::Code(_)));
            steps.push(LineageStep { depth: depth + 1, kind, file });
        }
    }
    steps
}

/// The runs, code and raw bytes next to a run. A dataset is replaced by the runs on its other side.
fn runs_next_to(read: &ReadLineage, caller: &Caller, run: NodeId) -> Vec<AdjacentNode> {
    let mut found: Vec<AdjacentNode> = Vec::new();
    for neighbour in read.next_to(caller, run) {
        let Some(dataset @ NodeId::Dataset(_)) = neighbour.id else {
            let is_of_people = |id: NodeId| matches!(id, NodeId::Claim(_) | NodeId::Publication(_)) || id.is_plain();
            if !neighbour.id.is_some_and(is_of_people) {
                found.push(neighbour);
            }
            continue;
        };
        match neighbour.link {
            // The run that split the dataset is already among the neighbours.
            EdgeKind::Part => {}
            // The imported file may have been made by a run. Only without such a run it counts as raw bytes.
            EdgeKind::ImportedFrom => {
                let made = |one: &AdjacentNode| one.through.as_ref().map(|file| file.digest);
                if let Some(file) =
                    neighbour.through.filter(|file| !found.iter().any(|one| made(one) == Some(file.digest)))
                {
                    let node = LineageNode::Raw(file.clone());
                    found.push(AdjacentNode { node, id: None, link: EdgeKind::Raw, through: Some(file) });
                }
            }
            _ if matches!(neighbour.node, LineageNode::Hidden) => found.push(neighbour),
            _ => {
                let beyond = read.next_to(caller, dataset).into_iter();
                let table = match neighbour.node {
                    LineageNode::Dataset(dataset) => Some(dataset.version.content),
                    _ => None,
                };
                let through = |one: AdjacentNode| match read.direction {
                    Direction::Sources => AdjacentNode { through: table.clone(), ..one },
                    Direction::Consequences => one,
                };
                let is_joined =
                    |one: &AdjacentNode| matches!(one.link, EdgeKind::Made | EdgeKind::Dataset | EdgeKind::Erased);
                found.extend(beyond.filter(is_joined).map(through));
            }
        }
    }
    found
}

/// The step as one line for people.
pub fn describe_step(step: &LineageStep) -> Sentence {
    let path = step.file.as_ref().map(|file| file.path.clone());
    match &step.kind {
        LineageStepKind::Run(view) => {
            let run = AnswerSentence::run(Some(view.handle));
            match (view.state == State::Done, path) {
                (true, Some(path)) => AnswerSentence::StepRunThrough { run, path },
                (true, None) => AnswerSentence::StepRun { run },
                (false, Some(path)) => AnswerSentence::StepUnfinishedThrough { run, path },
                (false, None) => AnswerSentence::StepUnfinished { run },
            }
        }
        LineageStepKind::Raw => path.map_or(AnswerSentence::StepRawBytes, |path| AnswerSentence::StepRaw { path }),
        LineageStepKind::Code(of) => code(of),
        LineageStepKind::Hidden => AnswerSentence::StepHidden,
    }
    .sentence()
}

/// The place of a run's code.
pub(crate) fn code(code: &Code) -> AnswerSentence {
    match code {
        Code::Git { commit, diff, .. } => {
            let commit = commit.chars().take(COMMIT_DIGITS).collect();
            if diff.is_some() {
                AnswerSentence::StepCommitChanged { commit }
            } else {
                AnswerSentence::StepCommit { commit }
            }
        }
        Code::Folder { files, .. } => AnswerSentence::StepFolder { count: *files },
        Code::NotCaptured { why } => AnswerSentence::StepNoCode { why: RecordedText(why.clone()) },
    }
}
