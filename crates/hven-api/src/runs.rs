//! Runs on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    metrics::{AddedLater, MetricSummary},
    sentence::Sentence,
};

/// `POST /runs`: what is to be run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmitRun {
    /// The program and its arguments; empty for a recipe.
    #[serde(default)]
    pub argv: Vec<String>,
    /// An absolute path on the machine where it runs. In a fresh folder the place within it, or empty for the folder itself:
    /// inputs are named from the fresh folder, outputs from this place.
    #[serde(default)]
    pub cwd: String,
    /// `here`, as when nothing is said, or `fresh`.
    #[serde(default)]
    pub place: Place,
    /// Run this instead of a command, in a fresh folder, with nothing of the caller's environment.
    #[serde(default)]
    pub recipe: Option<SubmitRecipe>,
    /// `home` when nothing is said.
    #[serde(default)]
    pub project: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    /// File mode mask of the process; 0o022 when nothing is said.
    #[serde(default)]
    pub umask: Option<u32>,
    /// Limits, niceness, I/O class and processors of the process; as the runner has them when nothing is said.
    #[serde(default)]
    pub process: Option<crate::process::ProcessSettings>,
    /// What it has on its standard input; nothing when nothing is said.
    #[serde(default)]
    pub stdin: Option<crate::stdin::Stdin>,
    /// The whole environment of the process. Its names are recorded, each with a keyed digest of its value; the values of the
    /// variables in `record_environment` are recorded in readable form.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Names of variables whose values may be recorded.
    #[serde(default)]
    pub record_environment: Vec<String>,
    /// Values that the process gets in its environment and that never appear anywhere else. Keyed digests of them count when
    /// the same work is looked for.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Programs, module folders and packages that the command uses. Without them it is never taken for up to date.
    #[serde(default)]
    pub tools: Option<crate::tools::Tools>,
    #[serde(default)]
    pub resources: Resources,
    #[serde(default)]
    pub limits: Limits,
    /// Files that it reads, already uploaded as objects.
    #[serde(default)]
    pub inputs: Vec<FileRef>,
    /// Paths that it makes, relative to `cwd`.
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub code: Option<Code>,
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
    /// Tags that it gets at once. When the same work was done before, that run gets them, if the caller may change it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What was left out when the code and inputs were taken down.
    #[serde(default)]
    pub capture_notes: Vec<CaptureNote>,
    /// How the files stood when they were taken down: the runner compares it with the disk when the process starts, and of
    /// inputs when it has ended. Without it nobody looks. In a fresh folder it says nothing.
    #[serde(default)]
    pub seen: Option<Seen>,
    /// How many more attempts are made when one fails.
    #[serde(default)]
    pub retries: u32,
    /// By how much it may differ when it is reproduced.
    #[serde(default)]
    pub tolerances: crate::reproductions::Tolerances,
    /// Run it although a dataset that it reads does not meet its checks.
    #[serde(default)]
    pub despite_checks: bool,
    /// Run it although what it reads rests on something retracted: why.
    #[serde(default)]
    pub despite_suspicion: Option<String>,
    /// Run it even when the same work was done before.
    #[serde(default)]
    pub fresh: bool,
}

/// How the files of a run stood when they were taken down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seen {
    /// Declared inputs, with all that lies in those that are folders: at most 200.
    #[serde(default)]
    pub inputs: Vec<SeenFile>,
    /// When there are more: the object that holds their list, JSON with `files`, each as here, and `left_out`.
    #[serde(default)]
    pub inputs_listed: Option<String>,
    /// The object that holds such a list of the code's files. It may be uploaded after the run is submitted, and is wanted
    /// when the run had to wait, and when it takes longer than half a second.
    #[serde(default)]
    pub code: Option<String>,
    /// The code was taken down more than a second ago: it is compared however soon the process starts.
    #[serde(default)]
    pub code_is_old: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenFile {
    /// Named as inputs are.
    pub path: String,
    /// `file`, `folder` or `link`.
    #[serde(default = "file_kind")]
    pub kind: String,
    pub size: u64,
    /// When its bytes were changed, and when anything of it was: in microseconds since 1970.
    pub modified_us: i64,
    pub changed_us: i64,
    /// Of its bytes; of a link of where it leads.
    #[serde(default)]
    pub digest: Option<String>,
}

/// What was found in or beside code and inputs: what is not recorded, keys that are, and what was not as it is recorded when
/// the process ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CaptureNote {
    /// A link that leads out of its folder: what it leads to is not recorded, so the run is not answered from the cache.
    LinkOutside { path: String, target: String },
    /// A link within the code of a repository that git does not know.
    Link { path: String, target: String },
    /// A file of keys or passwords that is left out of the code. When it is submitted, `digest` is that of its bytes; what
    /// is recorded, and answered, is keyed with the home's own key.
    KeyFile { path: String, digest: String },
    /// A file of keys or passwords is an input, or lies in one: its bytes are in the store.
    KeyInput { path: String },
    /// Something without bytes, such as a socket.
    Special { path: String, what: String },
    /// A folder that was there, and of which nothing else is recorded: it was empty, or outputs go into it. It is made
    /// when the run is reproduced.
    Folder { path: String },
    /// A part of the code that could not be recorded, so the run is not answered from the cache.
    NotCaptured { path: String, why: String },
    /// Something beside code and inputs in which a program may look, and that could not be looked at, so the run is not
    /// answered from the cache.
    NotSeen { path: String, why: String },
    /// A module folder that holds more than is read: its files count by their sizes and times of change.
    ByChange { path: String },
    /// When the process started, an input was another than the one that is recorded. No run is submitted with this note, nor
    /// with those below.
    InputChanged { path: String },
    /// The same when the process had ended, and not when it started.
    InputChangedWhileItRan { path: String },
    /// When the process started, a file of the code was another than the one that is recorded.
    CodeChanged { path: String },
    /// It had another time of change then; its bytes are not known by a digest.
    CodeWrittenAgain { path: String },
    /// An input was written, moved or given other rights while the process ran. At the end it had the recorded bytes.
    InputTouchedWhileItRan { path: String },
    /// When the process had ended, a file of the code was another than the one that is recorded, and no other was found when
    /// it started.
    CodeChangedBeforeItEnded { path: String },
    /// It had another time of change then.
    CodeWrittenBeforeItEnded { path: String },
    /// A file of an output was there when the process started, and stood as before when it had ended.
    OutputNotWritten { path: String },
    /// More of them than are named; this is one of them.
    MoreNotWritten { path: String, files: u64 },
    /// Another run had the same output, or one within it or around it, and ran at the same time; `path` is what both have.
    OutputShared { path: String, handle: String },
    /// More such runs than are named; this is what one of them has, too.
    MoreShared { path: String, runs: u64 },
    /// More files than are named changed, or could not be compared; this is one of them.
    MoreChanged { path: String, files: u64 },
    /// It could not be found out whether they are.
    NotCompared { path: String, why: String },
}

/// Where a process runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Place {
    /// In the folder `cwd`.
    #[default]
    Here,
    /// In a new folder that holds its inputs alone and goes when the run has ended: paths are relative to it.
    Fresh,
}

/// A task that ships with Hven.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmitRecipe {
    pub name: String,
    /// A JSON object.
    #[serde(default)]
    pub arguments: serde_json::Value,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resources {
    /// Cores; 1 when nothing is said.
    #[serde(default)]
    pub cpus: Option<u32>,
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    /// Units of named resources, such as `gpu`.
    #[serde(default)]
    pub named: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    #[serde(default)]
    pub wall_s: Option<f64>,
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    #[serde(default)]
    pub output_bytes: Option<u64>,
    /// Seconds between TERM and KILL; 10 when nothing is said.
    #[serde(default)]
    pub grace_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileRef {
    pub path: String,
    pub digest: String,
    pub size: u64,
    /// `file`, or `folder` when the object is a listing in JSON.
    #[serde(default = "file_kind")]
    pub kind: String,
}

fn file_kind() -> String {
    "file".to_owned()
}

/// Where the code is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Code {
    Git {
        commit: String,
        branch: Option<String>,
        /// The working directory's place in the repository.
        prefix: String,
        /// The object that holds `git diff HEAD`.
        diff: Option<String>,
        /// Files that are in neither of the two, such as those that git does not know and those of repositories within.
        untracked: Vec<FileRef>,
        /// Submodules, and clones within the repository that it does not know.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        inner: Vec<InnerRepository>,
        /// Changes when any file below the working directory changes, or any code of the repository above it.
        digest: String,
    },
    Folder {
        /// The object that holds the listing.
        listing: String,
        files: u64,
        bytes: u64,
    },
    NotCaptured {
        why: String,
    },
}

/// A repository within the code of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InnerRepository {
    /// Its place in the outer repository.
    pub path: String,
    /// Absent before its first commit, and where git cannot read it.
    #[serde(default)]
    pub commit: Option<String>,
    /// Whether its files are others than those of the commit; absent when that is not known.
    #[serde(default)]
    pub changed: Option<bool>,
    /// Whether its files are among the `untracked` ones. When they are too many, each counts by its size and time of change.
    pub is_named: bool,
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

/// `POST /runs/batch`: at most 1,000 runs that share everything but their arguments and name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmitBatch {
    pub template: SubmitRun,
    pub runs: Vec<BatchItem>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchItem {
    pub argv: Vec<String>,
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchCreated {
    pub schema: String,
    /// Ids and handles, in the order asked.
    pub runs: Vec<RunName>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunName {
    pub id: String,
    pub handle: String,
}

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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    pub id: String,
    /// `user`, `run`, `runner` or `system`; `publication` for a person whom a publication names: then `id` is that of the
    /// user who brought it in.
    pub kind: String,
    /// `null` when it was erased.
    pub name: Option<String>,
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

/// `PUT /runs/{run}/software`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Software {
    pub interpreter: Option<String>,
    pub version: Option<String>,
    #[serde(default)]
    pub packages: BTreeMap<String, String>,
    pub platform: Option<String>,
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
