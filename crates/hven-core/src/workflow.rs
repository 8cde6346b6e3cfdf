//! Workflows: the steps of a manifest, which the server carries out one after the other on behalf of the person who started them.
//!
//! The facts say which steps there are, which run a step waits for, and how each step ended. Environment and secrets are kept
//! outside of the record, as those of runs are.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    ClaimId, DatasetId, Digest, RunId,
    labels::Tag,
    named_objects::{NamedObject, Need},
    process::ProcessSettings,
    project::ProjectPath,
};

crate::id::ids! {
    /// Names a workflow.
    WorkflowId
}

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            WorkflowStarted($crate::workflow::Started) = "workflow.started" version 1, about |p| Some(p.workflow.into()),
                objects $crate::workflow::objects_of_started;
            WorkflowStepSubmitted($crate::workflow::StepSubmitted) =
                "workflow.step_submitted" version 1, about |p| Some(p.workflow.into());
            WorkflowStepEnded($crate::workflow::StepEnded) =
                "workflow.step_ended" version 1, about |p| Some(p.workflow.into());
            WorkflowEnded($crate::workflow::Ended) = "workflow.ended" version 1, about |p| Some(p.workflow.into());
            WorkflowCancelled($crate::workflow::Cancelled) =
                "workflow.cancelled" version 1, about |p| Some(p.workflow.into());
        }
        nodes {}
        subjects { Workflow($crate::workflow::WorkflowId); }
    } };
}
pub(crate) use noun;

/// A person started a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    pub workflow: WorkflowId,
    /// Which workflow of this home it is, counted from 1.
    pub number: u32,
    /// The project of its runs, datasets and claims.
    pub project: ProjectPath,
    /// The folder of the manifest, in which the steps work.
    pub folder: String,
    /// The object that holds the text of the manifest.
    pub manifest: Digest,
    /// In the order in which they are carried out.
    pub steps: Vec<Step>,
    pub options: Options,
    pub caller: CallerProcess,
    /// The name under which the caller's environment is kept until the end.
    pub launch: String,
}

/// A step of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// `data.NAME`, `run.NAME` or `claim.NAME`.
    pub name: String,
    /// Positions of the steps whose results it reads. All come before it.
    pub needs: Vec<u32>,
}

/// How the steps are carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Carry out a step even when the same work was done before.
    pub fresh: bool,
    /// Tags for the runs of the steps.
    pub tags: BTreeSet<Tag>,
    /// Use datasets that do not meet their checks.
    pub despite_checks: bool,
    /// Use what is not sound, for this reason.
    pub despite_suspicion: Option<String>,
}

/// Properties of the process that started a workflow, which the processes of its steps get as well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallerProcess {
    /// The file mode mask.
    pub umask: u32,
    pub process: ProcessSettings,
    /// The files to which the caller prints. They are not part of the code.
    pub prints_to: Vec<String>,
}

/// A step submitted a run and waits for its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSubmitted {
    pub workflow: WorkflowId,
    pub number: u32,
    /// The position of the step.
    pub step: u32,
    pub run: RunId,
    /// Why an earlier run of the same step is not up to date.
    pub because: Vec<String>,
}

/// A step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEnded {
    pub workflow: WorkflowId,
    pub number: u32,
    /// The position of the step.
    pub step: u32,
    #[serde(flatten)]
    pub result: StepResult,
}

/// The result of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    pub end: StepEnd,
    /// The run that did the work, in this workflow or before.
    pub run: Option<RunId>,
    pub dataset: Option<DatasetId>,
    pub claim: Option<ClaimId>,
    /// Outputs of an earlier run that were written to the folder again.
    pub put_back: PutBack,
    /// Why the step could not be carried out.
    pub error: Option<StepError>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepEnd {
    Done,
    /// The same work was done before.
    UpToDate,
    #[default]
    Failed,
    /// A step that it needs failed.
    Blocked,
    Holds,
    /// The claim was judged before, on the same evidence, and holds.
    StillHolds,
    Fails,
    /// The test of the claim has no result.
    CannotTell,
}

impl StepEnd {
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::UpToDate,
        Self::Failed,
        Self::Blocked,
        Self::Holds,
        Self::StillHolds,
        Self::Fails,
        Self::CannotTell,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::UpToDate => "up_to_date",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Holds => "holds",
            Self::StillHolds => "still_holds",
            Self::Fails => "fails",
            Self::CannotTell => "cannot_tell",
        }
    }

    /// Whether the step has the wanted result.
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Done | Self::UpToDate | Self::Holds | Self::StillHolds)
    }

    /// Whether steps that need this one can be carried out.
    pub const fn has_result(self) -> bool {
        !matches!(self, Self::Failed | Self::Blocked)
    }
}

/// How many files, links and empty folders were written to the folder again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBack {
    /// Files and links.
    pub files: u64,
    /// How many of these replaced another file or link.
    pub replaced: u64,
    /// Empty folders.
    pub folders: u64,
}

/// Why a step could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

/// All steps of a workflow ended, or the workflow cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub workflow: WorkflowId,
    pub number: u32,
    pub end: End,
    /// Why the workflow was stopped.
    pub because: Option<String>,
}

/// How the server ended a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every step has the wanted result.
    Done,
    /// A step failed, or a claim does not hold.
    Incomplete,
    /// The workflow itself could not go on.
    Stopped,
}

/// A person ended a workflow before all its steps ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    pub workflow: WorkflowId,
    pub number: u32,
}

/// The state of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Done,
    Incomplete,
    Stopped,
    Cancelled,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Running, Self::Done, Self::Incomplete, Self::Stopped, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Incomplete => "incomplete",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl From<End> for State {
    fn from(end: End) -> Self {
        match end {
            End::Done => Self::Done,
            End::Incomplete => Self::Incomplete,
            End::Stopped => Self::Stopped,
        }
    }
}

/// Everything that a process needs to carry out one step. The server writes it to the standard input of the process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTask {
    pub workflow: WorkflowId,
    pub project: ProjectPath,
    pub folder: String,
    /// The text of the manifest.
    pub manifest: String,
    /// `data.NAME`, `run.NAME` or `claim.NAME`.
    pub step: String,
    /// The run for which the step waited, and which ended.
    pub after: Option<RunId>,
    /// Datasets of the steps that ended, by the name in the manifest.
    pub datasets: Vec<(String, DatasetId)>,
    pub options: Options,
    pub caller: CallerProcess,
    /// Requests with effects carry keys that begin with this, so that a repeated request has no second effect.
    pub key: String,
}

/// The report of a process that carried out a step. The process writes it to its standard output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepReport {
    /// The step waits for the end of a run.
    Submitted {
        run: RunId,
        because: Vec<String>,
    },
    Ended(StepResult),
}

pub(crate) fn objects_of_started<'a>(started: &'a Started, look: &mut dyn FnMut(NamedObject<'a>)) {
    look(NamedObject::bytes(started.manifest, Need::Required, "the manifest of a workflow"));
}

crate::sample::sampled! {
    Started { workflow, number, project, folder, manifest, steps, options, caller, launch }
    Step { name, needs }
    Options { fresh, tags, despite_checks, despite_suspicion }
    CallerProcess { umask, process, prints_to }
    StepSubmitted { workflow, number, step, run, because }
    StepEnded { workflow, number, step, result }
    StepResult { end, run, dataset, claim, put_back, error }
    enum StepEnd { Done, UpToDate, Failed, Blocked, Holds, StillHolds, Fails, CannotTell }
    PutBack { files, replaced, folders }
    StepError { code, message, hint }
    Ended { workflow, number, end, because }
    enum End { Done, Incomplete, Stopped }
    Cancelled { workflow, number }
}
