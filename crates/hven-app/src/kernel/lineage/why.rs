//! What a run rests on, down to raw bytes, and what rests on it.

use std::collections::{HashSet, VecDeque};

use hven_core::{
    Digest, RunId,
    access::Role,
    object::FileRef,
    recorded::Told,
    run::{AttemptResult, Code, Spec, State},
    sentence::Sentence,
};

use crate::{
    kernel::{callers::Caller, error::AppResult, find::run::run_for, floor::Kernel, folders, sayings::Saying},
    ports::run::{RunName, RunView, Use},
};

/// One step of a walk.
#[derive(Clone, Debug)]
pub struct Step {
    pub depth: u32,
    pub kind: StepKind,
    /// The bytes that join it to the one nearer.
    pub file: Option<FileRef>,
}

#[derive(Clone, Debug)]
pub enum StepKind {
    /// A run that made an input, or that used an output.
    Run(Box<RunView>),
    /// Raw bytes: no run here made them.
    Raw,
    Code(Code),
    /// A run that the caller may not see.
    Hidden,
}

/// What a run rests on and what rests on it, nearest first.
#[derive(Clone, Debug)]
pub struct Lineage {
    pub run: RunView,
    pub rests_on: Vec<Step>,
    pub supports: Vec<Step>,
    pub truncated: bool,
}

const STEPS_MAX: usize = 1000;

const USES_MAX: usize = 100;

/// How many digits of a commit are shown.
const COMMIT_DIGITS: usize = 12;

#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Sources,
    Consequences,
}

pub async fn why(kernel: &Kernel, caller: &Caller, name: &str) -> AppResult<Lineage> {
    caller.require_user()?;
    let run = run_for(kernel, caller, name, Role::Viewer).await?;
    let mut truncated = false;
    let rests_on = walk(kernel, caller, &run, Direction::Sources, &mut truncated).await?;
    let supports = walk(kernel, caller, &run, Direction::Consequences, &mut truncated).await?;
    Ok(Lineage { run, rests_on, supports, truncated })
}

async fn walk(
    kernel: &Kernel,
    caller: &Caller,
    start: &RunView,
    direction: Direction,
    truncated: &mut bool,
) -> AppResult<Vec<Step>> {
    let mut steps = Vec::new();
    let mut seen_runs = HashSet::from([start.id]);
    let mut seen_raw: HashSet<Digest> = HashSet::new();
    let mut queue = VecDeque::from([(start.clone(), 0)]);
    while let Some((run, depth)) = queue.pop_front() {
        if let (Direction::Sources, Some(code)) = (direction, run.spec.as_ref().and_then(|spec| spec.code.clone())) {
            steps.push(Step { depth: depth + 1, kind: StepKind::Code(code), file: None });
        }
        for file in joints(kernel, &run, direction).await? {
            if steps.len() >= STEPS_MAX {
                *truncated = true;
                return Ok(steps);
            }
            let uses = neighbours(kernel, &file, direction, run.id).await?;
            if uses.is_empty() && matches!(direction, Direction::Sources) && seen_raw.insert(file.digest) {
                steps.push(Step { depth: depth + 1, kind: StepKind::Raw, file: Some(file.clone()) });
            }
            for found in uses {
                if !seen_runs.insert(found.run) {
                    continue;
                }
                let kind = if caller.may(Role::Viewer, &found.project) {
                    match kernel.ports.views.runs_named(&RunName::Id(found.run)).await?.pop() {
                        Some(next) => {
                            queue.push_back((next.clone(), depth + 1));
                            StepKind::Run(Box::new(next))
                        }
                        None => StepKind::Hidden,
                    }
                } else {
                    StepKind::Hidden
                };
                steps.push(Step { depth: depth + 1, kind, file: Some(found.file) });
            }
        }
    }
    Ok(steps)
}

/// The files through which a run is joined to others in that direction; folders are opened up, since another run may
/// have used one file of them.
pub(crate) async fn joints(kernel: &Kernel, run: &RunView, direction: Direction) -> AppResult<Vec<FileRef>> {
    let files = match direction {
        Direction::Sources => run.spec.as_ref().map(|spec| read(spec, run.result.as_ref())),
        Direction::Consequences => run.result.as_ref().map(|result| result.outputs.clone()),
    };
    let mut joints = Vec::new();
    for file in files.unwrap_or_default() {
        let listing = match file.kind {
            hven_core::object::FileKind::Folder => folders::listing(kernel, file.digest).await?,
            hven_core::object::FileKind::File => None,
        };
        for entry in listing.into_iter().flat_map(|listing| listing.files).take(STEPS_MAX) {
            joints.push(FileRef {
                path: format!("{}/{}", file.path, entry.path),
                digest: entry.digest,
                size: entry.size,
                kind: hven_core::object::FileKind::File,
            });
        }
        joints.push(file);
    }
    Ok(joints)
}

/// The files that a run read, and what came to it through a pipe.
fn read(spec: &Spec, result: Option<&AttemptResult>) -> Vec<FileRef> {
    let piped = result.and_then(|result| result.stdin?.came_through());
    spec.files_read().cloned().chain(piped).collect()
}

async fn neighbours(kernel: &Kernel, file: &FileRef, direction: Direction, own: RunId) -> AppResult<Vec<Use>> {
    let mut uses = match direction {
        Direction::Sources => kernel.ports.views.makers(file.digest, USES_MAX).await?,
        Direction::Consequences => kernel.ports.views.users_of(file.digest, USES_MAX).await?,
    };
    uses.retain(|found| found.run != own);
    if matches!(direction, Direction::Sources) {
        // The same bytes may have been made more than once; the first maker is the source.
        uses.truncate(1);
    }
    Ok(uses)
}

/// One line for people.
pub fn said(step: &Step) -> Sentence {
    let path = step.file.as_ref().map(|file| file.path.clone());
    match &step.kind {
        StepKind::Run(view) => {
            let run = Saying::run(Some(view.handle));
            match (view.state == State::Done, path) {
                (true, Some(path)) => Saying::StepRunThrough { run, path },
                (true, None) => Saying::StepRun { run },
                (false, Some(path)) => Saying::StepUnfinishedThrough { run, path },
                (false, None) => Saying::StepUnfinished { run },
            }
        }
        StepKind::Raw => path.map_or(Saying::StepRawBytes, |path| Saying::StepRaw { path }),
        StepKind::Code(of) => code(of),
        StepKind::Hidden => Saying::StepHidden,
    }
    .sentence()
}

/// Where the code of a run is to be found.
pub(crate) fn code(code: &Code) -> Saying {
    match code {
        Code::Git { commit, diff, .. } => {
            let commit = commit.chars().take(COMMIT_DIGITS).collect();
            if diff.is_some() { Saying::StepCommitChanged { commit } } else { Saying::StepCommit { commit } }
        }
        Code::Folder { files, .. } => Saying::StepFolder { count: *files },
        Code::NotCaptured { why } => Saying::StepNoCode { why: Told(why.clone()) },
    }
}
