//! Runs on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::{
    actor::Actor,
    file_ref::FileRef,
    run_name::RunName,
    software::Software,
    submissions::{
        BatchItem, CaptureNote, Code, InnerRepository, Limits, RecordedFile, RecordedFiles, Resources, RunFolder,
        SubmitBatch, SubmitRecipe, SubmitRun,
    },
};

use crate::{
    metrics::{AddedLater, MetricSummary},
    sentence::Sentence,
    time_left::TimeLeft,
};

/// A run as a list shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSummary {
    pub id: String,
    pub handle: String,
    pub project: String,
    pub name: Option<String>,
    /// The command in one line, cut at 200 characters.
    pub command: String,
    /// For a run that Hven made for its own checks: `again` or `compare`.
    #[serde(default)]
    pub own_kind: Option<String>,
    /// The kind of its recipe's result: `law`, `dataset`, `parts`, `comparison`, or `files` when they are only kept. `null`
    /// for a command, and for a recipe that this version of Hven does not have.
    #[serde(default)]
    pub result_kind: Option<String>,
    pub submitted_by: Actor,
    pub submitted: String,
    /// `waiting`, `running`, `stopping`, `done`, `failed`, `cancelled`, `lost` or `unknown` (its work is done elsewhere,
    /// and its reporter is silent).
    pub state: String,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    #[serde(default = "crate::soundness::sound")]
    pub soundness: String,
    /// How many attempts were given to a runner.
    pub attempts: u32,
    /// When the process of the last attempt was started.
    pub started: Option<String>,
    /// When it ended, by the clock of its machine; if that is not known, when its end was recorded.
    pub ended: Option<String>,
    /// How long the process ran; for a running process, until now.
    pub wall_s: Option<f64>,
    /// How it ended, as text.
    pub outcome: Option<String>,
    #[serde(default)]
    pub outcome_said: Option<Sentence>,
    pub outputs: u32,
    pub cpu_s: Option<f64>,
    pub memory_max_bytes: Option<u64>,
    /// By name.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Tags with values that another program set, such as MLflow. Lists have those that the request names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named_tags: BTreeMap<String, String>,
    /// Lists include it only on request.
    #[serde(default)]
    pub archived: bool,
    pub params: BTreeMap<String, serde_json::Value>,
    /// At most eight: those logged last. With `metrics` in the request of a list, those that it names.
    pub metrics: Vec<MetricSummary>,
    /// Additions after its end, in order: not part of `params` and `metrics`. A list shows the newest eight.
    #[serde(default)]
    pub added_later: Vec<AddedLater>,
    /// How many of these exist.
    #[serde(default)]
    pub added_later_total: u64,
    /// How many messages about it could not be accepted and were set aside.
    #[serde(default)]
    pub set_aside_total: u64,
}

/// `GET /runs/{run}`: everything about one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunDetail {
    pub schema: String,
    #[serde(flatten)]
    pub summary: RunSummary,
    /// `null` when it was erased, and for work that is done elsewhere.
    pub spec: Option<Spec>,
    /// The work, if it is done elsewhere.
    #[serde(default)]
    pub external: Option<crate::external::ExternalWork>,
    pub software: Option<Software>,
    pub attempt_list: Vec<Attempt>,
    /// When its end was recorded. This is later than the end if the server was away or its disk was full.
    #[serde(default)]
    pub end_recorded: Option<String>,
    pub outcome_detail: Option<Outcome>,
    pub usage: Option<Usage>,
    pub output_files: Vec<FileRef>,
    pub outputs_missing: Vec<MissingOutput>,
    pub log_bytes: u64,
    pub log_dropped_bytes: u64,
    /// How the process read its standard input, if there was any.
    #[serde(default)]
    pub stdin_read: Option<crate::stdin::StdinRead>,
    /// The differences that a reproduction may have, as declared in the submission.
    #[serde(default)]
    pub tolerances: crate::reproductions::Tolerances,
    /// The newest note on it; `null` when there is none.
    #[serde(default)]
    pub note: Option<crate::labels::RunNote>,
    /// The user who deleted it, when and why; absent for a run that was not deleted. A deleted run has no content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<RunDeletion>,
    /// How it waits, or waited, for its turn.
    #[serde(default)]
    pub queue: crate::queueing::Queueing,
    /// The newest verdict on reproducing it.
    pub made_again: Option<crate::reproductions::MadeAgain>,
    /// Its page in a browser.
    pub url: String,
    /// The reason why it waits; for an ended run, why its end may not be recorded yet (the home's disk is full).
    pub waiting: Option<String>,
    #[serde(default)]
    pub waiting_said: Option<Sentence>,
    /// Why it is not sound.
    #[serde(default)]
    pub suspicion: Option<Sentence>,
    /// The publication with which it was imported.
    #[serde(default)]
    pub origin: Option<crate::publications::Origin>,
    /// Messages that could not be accepted, such as invalid lines of `$HVEN_METRICS`.
    #[serde(default)]
    pub set_aside: Vec<SetAside>,
    /// Notes about files that were left out when its code and inputs were captured; after its end also about the differences
    /// that its last attempt found.
    #[serde(default)]
    pub capture_notes: Vec<CaptureNote>,
    /// The array of which it is a task.
    #[serde(default)]
    pub task_of: Option<TaskOfArray>,
}

/// Which task of which array a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskOfArray {
    /// `array/3`.
    pub array: String,
    /// Counted from 1.
    pub task: u64,
}

/// A message about a run that could not be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetAside {
    pub attempt: u32,
    pub time: String,
    /// A description of the message: `line 3 of $HVEN_METRICS`, `the parameter lr`.
    pub what: String,
    pub why: String,
    pub bytes: u64,
    /// BLAKE3 of its bytes, with secrets masked.
    pub digest: String,
    /// Its beginning.
    pub excerpt: String,
    /// How many messages this entry counts.
    pub count: u64,
}

/// The answer to `POST /runs/{run}/params` when the run had ended; before its end the answer is empty (204).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParamsLogged {
    /// The parameters were added later, and are not part of those that the run logged.
    pub added_later: bool,
}

/// The recorded specification of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spec {
    /// Empty for a recipe.
    pub argv: Vec<String>,
    /// In a fresh folder the subfolder in it; empty for the folder itself.
    pub cwd: String,
    pub place: RunFolder,
    pub recipe: Option<Recipe>,
    #[serde(default)]
    pub process: Option<crate::process::ProcessSettings>,
    #[serde(default)]
    pub stdin: Option<crate::stdin::Stdin>,
    pub environment: BTreeMap<String, String>,
    /// Names only.
    pub secrets: Vec<String>,
    pub resources: Resources,
    pub limits: Limits,
    pub inputs: Vec<FileRef>,
    pub outputs: Vec<String>,
    pub code: Option<Code>,
    /// Why the code was not captured.
    #[serde(default)]
    pub code_missing: Option<Sentence>,
    /// The object that holds the surroundings: variables and secrets as keyed digests, programs, module folders, packages.
    #[serde(default)]
    pub surroundings: Option<String>,
    pub retries: u32,
}

/// A task that ships with Hven, as it was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recipe {
    pub name: String,
    pub version: u32,
    pub arguments: serde_json::Value,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    pub number: u32,
    pub runner: String,
    pub started: String,
    pub ended: Option<String>,
    pub outcome: Option<Outcome>,
    pub wall_s: Option<f64>,
    /// Why another attempt followed.
    pub retry_because: Option<String>,
    #[serde(default)]
    pub retry_said: Option<Sentence>,
    /// The metrics of an attempt before the last; those of the last attempt are in the run.
    #[serde(default)]
    pub metrics: Vec<MetricSummary>,
    /// The parameters that an attempt before the last logged; the run does not have them.
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
    /// The units that it has or had of resources whose units have names: `{"gpu": ["0"]}`.
    #[serde(default)]
    pub units: BTreeMap<String, Vec<String>>,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// `done`, `failed`, `killed`, `not_started`, `timed_out`, `out_of_memory`, `output_too_large`, `output_missing`,
    /// `output_not_kept`, `cancelled` or `lost`.
    pub kind: String,
    #[serde(flatten)]
    pub said: Sentence,
    /// The exit status of `hven run`, with the meaning that a shell gives it.
    pub exit_status: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    pub cpu_user_s: f64,
    pub cpu_system_s: f64,
    pub memory_max_bytes: u64,
    pub read_bytes: u64,
    pub written_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MissingOutput {
    pub path: String,
    pub why: String,
    #[serde(default)]
    pub why_said: Option<Sentence>,
}

/// `POST /runs/{run}/params`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogParams {
    pub params: BTreeMap<String, serde_json::Value>,
}

/// `GET /runs/{run}/why`: what the run rests on, and what rests on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Why {
    pub schema: String,
    pub run: RunName,
    /// The way back to the raw bytes, nearest first. `depth` is the distance of a step.
    pub rests_on: Vec<LineageStep>,
    /// Runs that used the outputs of this one, nearest first.
    pub supports: Vec<LineageStep>,
    /// The search stopped at a limit: there are more.
    pub truncated: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineageStep {
    pub depth: u32,
    /// `run`, `file` (raw bytes that no run made) or `code`.
    pub kind: String,
    /// How the nearer one is connected to it: `input`, `output` or `code`.
    pub edge: String,
    /// For a run.
    pub run: Option<RunSummary>,
    /// The bytes that connect them.
    pub file: Option<FileRef>,
    /// One line for people.
    #[serde(flatten)]
    pub said: Sentence,
}

/// `GET /runs/{run}/explain`: why it waits, why on this machine, why it ended so, why it was or was not repeated.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    pub schema: String,
    pub run: RunName,
    pub state: String,
    pub lines: Vec<ExplanationLine>,
    /// When it starts, as far as earlier runs of what is before it tell: an estimate.
    #[serde(default)]
    pub starts: Option<TimeLeft>,
    /// How long it takes, for a run that waits, as far as earlier runs of its code tell.
    #[serde(default)]
    pub takes: Option<TimeLeft>,
    /// When it ends, for a running one.
    #[serde(default)]
    pub ends: Option<TimeLeft>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplanationLine {
    /// `waits`, `starts`, `takes`, `ends`, `asks`, `place`, `attempt`, `end`, `stderr`, `files` or `cache`.
    pub about: String,
    #[serde(flatten)]
    pub said: Sentence,
}

/// `GET /runs/{run}/files`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunFiles {
    pub schema: String,
    pub inputs: Vec<RunFile>,
    /// Folders are expanded: one entry for each file in them, up to a limit.
    pub outputs: Vec<RunFile>,
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunFile {
    pub path: String,
    pub digest: String,
    pub size: u64,
    /// Guessed from the name, such as `image/svg+xml`.
    pub media_type: String,
}

/// The answer to `POST /runs`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunCreated {
    pub schema: String,
    pub run: RunSummary,
    /// The same work was done before: `run` is the earlier run, and no new run was started.
    pub up_to_date: bool,
    /// The reason why it is the same work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Reasons why similar earlier runs could not be used as up to date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_up_to_date: Vec<String>,
}

/// The answer to `POST /runs/lookup` and `POST /datasets/lookup`: the effect that a submission would have.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookedUp {
    pub schema: String,
    pub up_to_date: bool,
    /// The run that did the same work.
    pub run: Option<RunSummary>,
    /// Why a new run would be started.
    pub because: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchCreated {
    pub schema: String,
    /// Ids and handles, in the order of the request.
    pub runs: Vec<RunName>,
}

/// `GET /tasks`: tasks of arrays that meet the conditions of a list of runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountedTasks {
    pub schema: String,
    pub tasks: u64,
    /// There are more than that.
    pub truncated: bool,
    /// By array, the newest first.
    pub arrays: Vec<CountedTasksOf>,
}

/// How many tasks of an array meet the conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountedTasksOf {
    pub array: String,
    pub tasks: u64,
    /// The name of the first of them.
    pub first: String,
}

/// The deletion of a run: its user, time and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunDeletion {
    pub by: Actor,
    pub time: String,
    pub because: String,
}

/// `POST /runs/delete`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteRuns {
    /// At most 1000. All of them are deleted, or none is.
    pub runs: Vec<String>,
    /// Kept forever. It may be empty in a dry run.
    #[serde(default)]
    pub because: String,
    /// Only answer what would be erased.
    #[serde(default)]
    pub dry_run: bool,
}

/// The content that a deletion erased, or would erase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedRuns {
    pub schema: String,
    pub dry_run: bool,
    pub runs: Vec<DeletedRun>,
    /// Outputs, logs, metrics and other objects that nothing else names. `POST /gc` removes them when they are a day old.
    pub freed_objects: u64,
    pub freed_bytes: u64,
    /// Objects of these runs that stay, because other runs, datasets or publications name them.
    pub kept_objects: u64,
    pub kept_bytes: u64,
    /// Some copies remain in unused areas of the home's files. The server removes them as soon as it can.
    #[serde(default)]
    pub copies_left: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedRun {
    pub run: String,
    pub handle: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many facts about it were erased.
    pub facts: u64,
    pub log_bytes: u64,
    /// How many runs, datasets, claims and publications rest on it. They stay as they are.
    pub rests_on_it: u64,
}
