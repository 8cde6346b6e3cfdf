//! What is to be run, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    RunId, capture::Note, catalogue::Purpose, handle::Handle, labels::Tag, project::ProjectPath,
    reproduction::Tolerances, run::Spec, seen::Seen, soundness::Node, surroundings::Tools,
};
use serde_json::Value;

use crate::{
    ports::run::{RunName, RunView},
    work::{recipes::RecipeRequest, surroundings::document::Document},
};

/// What is to be run.
#[derive(Clone, Debug)]
pub struct RunRequest {
    pub project: ProjectPath,
    pub name: Option<String>,
    /// Its `environment`, `secrets`, `surroundings` and `recipe` are filled in here.
    pub spec: Spec,
    /// Run this recipe instead of a command; always in a fresh folder.
    pub recipe: Option<RecipeRequest>,
    pub environment: BTreeMap<String, String>,
    pub record_environment: BTreeSet<String>,
    pub secrets: BTreeMap<String, String>,
    /// What the command uses beside its code and inputs, as whoever submits it found it; `None` when nobody looked.
    pub tools: Option<Tools>,
    /// Its surroundings, as they are kept: filled in here.
    pub surroundings: Option<Document>,
    pub params: BTreeMap<String, Value>,
    /// Tags that it gets at once. A run that did the same before gets them instead.
    pub tags: BTreeSet<Tag>,
    /// What was left out when its code and inputs were taken down; digests of key files are keyed here.
    pub capture_notes: Vec<Note>,
    /// How inputs and code stood then: for the runner, and no part of the record.
    pub seen: Option<Seen>,
    /// What it becomes part of when it is done.
    pub purpose: Option<Purpose>,
    /// By how much it may differ when it is reproduced.
    pub tolerances: Tolerances,
    /// Run it although a dataset that it reads does not meet its checks.
    pub despite_checks: bool,
    /// Run it although what it reads is not sound: why.
    pub despite_suspicion: Option<String>,
    /// The suspect run whose work it does anew.
    pub repairs: Option<RepairOrigin>,
    /// Run it even when the same was done before.
    pub fresh: bool,
}

/// What a run is made anew for.
#[derive(Clone, Debug)]
pub struct RepairOrigin {
    pub run: RunId,
    pub retracted: Node,
    pub replaced_by: Option<Node>,
}

impl RunRequest {
    /// A run with nothing but its specification.
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
        }
    }
}

/// What became of a submission.
#[derive(Clone, Debug)]
pub enum SubmitOutcome {
    /// A run was begun. When something like it was run before, and could have been up to date: why it is not.
    New(RunName, Handle, Vec<String>),
    /// The same work was done before, by this run.
    UpToDate(Box<RunView>),
}

#[cfg(test)]
impl RunRequest {
    /// One that the tests of this folder change.
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
        }
    }
}
