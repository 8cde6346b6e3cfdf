//! Requests for runs, and their outcomes.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    RunId, capture::Note, catalogue::Purpose, handle::Handle, labels::Tag, project::ProjectPath,
    reproduction::Tolerances, run::Spec, seen::RecordedFiles, soundness::NodeId, surroundings::Tools,
};
use serde_json::Value;

use crate::{
    ports::run::{RunName, RunView},
    work::{queueing::QueueRequest, recipes::RecipeRequest, surroundings::document::SurroundingsDocument},
};

/// A request to run something.
#[derive(Clone, Debug)]
pub struct RunRequest {
    pub project: ProjectPath,
    pub name: Option<String>,
    /// This floor fills in its `environment`, `secrets`, `surroundings` and `recipe`.
    pub spec: Spec,
    /// Run this recipe instead of a command, always in a fresh folder.
    pub recipe: Option<RecipeRequest>,
    pub environment: BTreeMap<String, String>,
    pub record_environment: BTreeSet<String>,
    pub secrets: BTreeMap<String, String>,
    /// Programs, modules and other tools that the command uses, as the client found them; `None` when the client did
    /// not look.
    pub tools: Option<Tools>,
    /// Its surroundings as an object. This floor fills them in.
    pub surroundings: Option<SurroundingsDocument>,
    pub params: BTreeMap<String, Value>,
    /// Tags for the new run. An earlier run that is reused gets them instead.
    pub tags: BTreeSet<Tag>,
    /// The parts of code and inputs that the capture left out. This floor replaces the digests of key files by keyed ones.
    pub capture_notes: Vec<Note>,
    /// The state of inputs and code at that time, for the runner. It is not recorded.
    pub seen: Option<RecordedFiles>,
    /// How the result is used when the run is done.
    pub purpose: Option<Purpose>,
    /// The differences that are allowed when it is reproduced.
    pub tolerances: Tolerances,
    /// Run it although a dataset that it reads fails its checks.
    pub despite_checks: bool,
    /// The reason to run it although its inputs are not sound.
    pub despite_suspicion: Option<String>,
    /// The suspect run that it repeats.
    pub repairs: Option<RepairOrigin>,
    /// Run it even when the same work was done before.
    pub fresh: bool,
    /// How it waits for its turn.
    pub queue: QueueRequest,
}

/// The run that a repair repeats, and the retraction that is the cause.
#[derive(Clone, Debug)]
pub struct RepairOrigin {
    pub run: RunId,
    pub retracted: NodeId,
    pub replaced_by: Option<NodeId>,
}

impl RunRequest {
    /// A request with a specification only.
    pub fn of(project: ProjectPath, spec: Spec) -> Self {
        Self {
            project,
            name: None,
            spec,
            recipe: None,
            environment: BTreeMap::new(),
            record_environment: BTreeSet::new(),
            secrets: BTreeMap::new(),
            tools: None,
            surroundings: None,
            params: BTreeMap::new(),
            tags: BTreeSet::new(),
            capture_notes: Vec::new(),
            seen: None,
            purpose: None,
            tolerances: Tolerances::default(),
            despite_checks: false,
            despite_suspicion: None,
            repairs: None,
            fresh: false,
            queue: QueueRequest::default(),
        }
    }
}

/// The result of a submission.
#[derive(Clone, Debug)]
pub enum SubmitOutcome {
    /// A run was started, with the reasons why a similar earlier run was not reused.
    New(RunName, Handle, Vec<String>),
    /// This earlier run did the same work.
    UpToDate(Box<RunView>),
}

#[cfg(test)]
impl RunRequest {
    /// An example for the tests of this folder.
    pub(super) fn example() -> Self {
        use hven_core::{
            Digest,
            object::{FileKind, FileRef},
            run::Code,
        };

        let input = FileRef { path: "a.csv".into(), digest: Digest::of(b"a"), size: 1, kind: FileKind::File };
        let code = Code::Folder { listing: Digest::of(b"code"), files: 1, bytes: 4 };
        Self {
            project: ProjectPath::home(),
            name: None,
            spec: Spec {
                inputs: vec![input],
                outputs: vec!["fit.svg".into()],
                code: Some(code),
                surroundings: Some(Digest::of(b"surroundings")),
                ..Spec::of_command(vec!["python3".into(), "fit.py".into()], "/work")
            },
            recipe: None,
            environment: BTreeMap::from([("TOKEN".into(), "s3cret!".into()), ("OMP_NUM_THREADS".into(), "2".into())]),
            record_environment: BTreeSet::from(["OMP_NUM_THREADS".into(), "TOKEN".into()]),
            secrets: BTreeMap::new(),
            tools: Some(Tools::default()),
            surroundings: None,
            params: BTreeMap::new(),
            tags: BTreeSet::new(),
            capture_notes: Vec::new(),
            seen: None,
            purpose: None,
            tolerances: Tolerances::default(),
            despite_checks: false,
            despite_suspicion: None,
            repairs: None,
            fresh: false,
            queue: QueueRequest::default(),
        }
    }
}
