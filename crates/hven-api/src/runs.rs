//! Runs on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::{
    actor::Actor,
    file_ref::FileRef,
    run_name::RunName,
    software::Software,
    submissions::{
        BatchItem, CaptureNote, Code, InnerRepository, Limits, Place, Resources, Seen, SeenFile, SubmitBatch,
        SubmitRecipe, SubmitRun,
    },
};

use crate::{
    metrics::{AddedLater, MetricSummary},
    sentence::Sentence,
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
    /// Of a run that Hven made for a check of its own: `again` or `compare`.
    #[serde(default)]
    pub own_kind: Option<String>,
    /// The kind of its recipe's result: `law`, `dataset`, `parts`, `comparison`, or `files` when they are only kept. `null`
    /// for a command, and for a recipe that this version of Hven does not have.
    #[serde(default)]
    pub result_kind: Option<String>,
    pub submitted_by: Actor,
    pub submitted: String,
    /// `waiting`, `running`, `stopping`, `done`, `failed`, `cancelled` or `lost`.
    pub state: String,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    #[serde(default = "crate::soundness::sound")]
    pub soundness: String,
    /// How many were given to a runner.
    pub attempts: u32,
    /// When the process of the last attempt was started.
    pub started: Option<String>,
    /// When it ended, by the clock of its machine; where that is not known, when its end was recorded.
    pub ended: Option<String>,
    /// How long the process ran; for one that runs, until now.
    pub wall_s: Option<f64>,
    /// How it ended, in words.
    pub outcome: Option<String>,
    #[serde(default)]
    pub outcome_said: Option<Sentence>,
    pub outputs: u32,
    pub cpu_s: Option<f64>,
    pub memory_max_bytes: Option<u64>,
    /// By name.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Lists leave it out unless they are asked for it.
    #[serde(default)]
    pub archived: bool,
    pub params: BTreeMap<String, serde_json::Value>,
    /// At most eight, those logged last.
    pub metrics: Vec<MetricSummary>,
    /// What was added after its end, in order: no part of `params` and `metrics`. A list shows the newest eight.
    #[serde(default)]
    pub added_later: Vec<AddedLater>,
    /// How many there are of these.
    #[serde(default)]
    pub added_later_total: u64,
    /// How many messages about it could not be taken in and were set aside.
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
    /// `null` when it was erased.
    pub spec: Option<Spec>,
    pub software: Option<Software>,
    pub attempt_list: Vec<Attempt>,
    /// When its end was recorded: later than it ended, when the server was away or its disk was full.
    #[serde(default)]
    pub end_recorded: Option<String>,
    pub outcome_detail: Option<Outcome>,
    pub usage: Option<Usage>,
    pub output_files: Vec<FileRef>,
    pub outputs_missing: Vec<MissingOutput>,
    pub log_bytes: u64,
    pub log_dropped_bytes: u64,
    /// What the process read of its standard input, when there was any.
    #[serde(default)]
    pub stdin_read: Option<crate::stdin::StdinRead>,
    /// By how much it may differ when it is reproduced, as was said when it was submitted.
    #[serde(default)]
    pub tolerances: crate::reproductions::Tolerances,
    /// The newest note on it; `null` when there is none.
    #[serde(default)]
    pub note: Option<crate::labels::RunNote>,
    /// The newest verdict on making it again.
    pub made_again: Option<crate::reproductions::MadeAgain>,
    /// Where to look at it in a browser.
    pub url: String,
    /// Why it waits, when it does; why its end may have to wait until it is recorded, when the disk of the home is full.
    pub waiting: Option<String>,
    #[serde(default)]
    pub waiting_said: Option<Sentence>,
    /// Why it is not sound.
    #[serde(default)]
    pub suspicion: Option<Sentence>,
    /// The publication with which it was brought in.
    #[serde(default)]
    pub origin: Option<crate::publications::Origin>,
    /// Messages that could not be taken in, such as bad lines of `$HVEN_METRICS`.
    #[serde(default)]
    pub set_aside: Vec<SetAside>,
    /// What was left out when its code and inputs were taken down; when it has ended also what of them its last attempt found
    /// otherwise.
    #[serde(default)]
    pub capture_notes: Vec<CaptureNote>,
}

/// A message about a run that could not be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetAside {
    pub attempt: u32,
    pub time: String,
    /// What it was: `line 3 of $HVEN_METRICS`, `the parameter lr`.
    pub what: String,
    pub why: String,
    pub bytes: u64,
    /// BLAKE3 of its bytes, secrets hidden.
    pub digest: String,
    /// How it begins.
    pub excerpt: String,
    /// How many messages this stands for.
    pub count: u64,
}

/// The answer to `POST /runs/{run}/params` when the run had ended; before that there is none (204).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParamsLogged {
    /// They were added later, and are no part of what the run noted.
    pub added_later: bool,
}

/// What was to be run, as recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spec {
    /// Empty for a recipe.
    pub argv: Vec<String>,
    /// In a fresh folder the place within it; empty for the folder itself.
    pub cwd: String,
    pub place: Place,
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
    /// The object that holds what else counts: variables and secrets by keyed digests, programs, module folders, packages.
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
    /// What an attempt before the last measured; that of the last stands with the run.
    #[serde(default)]
    pub metrics: Vec<MetricSummary>,
    /// The parameters that an attempt before the last noted; they are none of the run.
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
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
    /// The status that `hven run` exits with, as a shell would.
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
    /// The path back to the raw bytes, nearest first. `depth` says how far away a step is.
    pub rests_on: Vec<LineageStep>,
    /// Runs that used what this one made, nearest first.
    pub supports: Vec<LineageStep>,
    /// The walk stopped at a limit: there is more.
    pub truncated: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineageStep {
    pub depth: u32,
    /// `run`, `file` (raw bytes that no run made) or `code`.
    pub kind: String,
    /// How the one nearer to the run is joined to it: `input`, `output` or `code`.
    pub edge: String,
    /// For a run.
    pub run: Option<RunSummary>,
    /// The bytes that join them.
    pub file: Option<FileRef>,
    /// One line for people.
    #[serde(flatten)]
    pub said: Sentence,
}

/// `GET /runs/{run}/explain`: why it waits, why here, why it ended so, why it was or was not repeated.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    pub schema: String,
    pub run: RunName,
    pub state: String,
    pub lines: Vec<ExplanationLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplanationLine {
    /// `waits`, `place`, `attempt`, `end`, `stderr`, `files` or `cache`.
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
    /// Folders are opened up: one entry for each file in them, up to a limit.
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
    /// The same work was done before: `run` is that one, and nothing was started.
    pub up_to_date: bool,
    /// What made it the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Something like it was run before, could have been up to date, and is not: why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_up_to_date: Vec<String>,
}

/// The answer to `POST /runs/lookup` and `POST /datasets/lookup`: what submitting the same would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookedUp {
    pub schema: String,
    pub up_to_date: bool,
    /// The run that did the same.
    pub run: Option<RunSummary>,
    /// Why it would be run.
    pub because: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchCreated {
    pub schema: String,
    /// Ids and handles, in the order asked.
    pub runs: Vec<RunName>,
}
