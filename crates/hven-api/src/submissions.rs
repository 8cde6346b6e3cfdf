//! Submissions of runs: requests and answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file_ref::{FileRef, file_kind};

/// `POST /runs`: the specification of the run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmitRun {
    /// The program and its arguments; empty for a recipe.
    #[serde(default)]
    pub argv: Vec<String>,
    /// An absolute path on the machine where it runs. In a fresh folder the subfolder in it, or empty for the folder itself:
    /// inputs are relative to the fresh folder, outputs to this subfolder.
    #[serde(default)]
    pub cwd: String,
    /// `here` (the default) or `fresh`.
    #[serde(default)]
    pub place: RunFolder,
    /// Run this instead of a command, in a fresh folder, without the caller's environment.
    #[serde(default)]
    pub recipe: Option<SubmitRecipe>,
    /// `home` by default.
    #[serde(default)]
    pub project: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    /// File mode mask of the process; 0o022 by default.
    #[serde(default)]
    pub umask: Option<u32>,
    /// Limits, niceness, I/O class and processors of the process; by default those of the runner.
    #[serde(default)]
    pub process: Option<crate::process::ProcessSettings>,
    /// Its standard input; none by default.
    #[serde(default)]
    pub stdin: Option<crate::stdin::Stdin>,
    /// The whole environment of the process. Its names are recorded, each with a keyed digest of its value; the values of the
    /// variables in `record_environment` are recorded as text.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Names of variables whose values may be recorded.
    #[serde(default)]
    pub record_environment: Vec<String>,
    /// Values that the process gets in its environment and that never appear anywhere else. Their keyed digests count when Hven
    /// searches for the same work.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Programs, module folders and packages that the command uses. Without them the run is never taken as up to date.
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
    /// Tags of the new run. If the same work was done before, the earlier run gets them, provided that the caller may change
    /// it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Notes about files that were left out when code and inputs were captured.
    #[serde(default)]
    pub capture_notes: Vec<CaptureNote>,
    /// The state of the files at the time of capture: the runner compares it with the disk when the process starts, and for
    /// inputs again when it has ended. Without it the runner does not compare. In a fresh folder it has no effect.
    #[serde(default)]
    pub seen: Option<RecordedFiles>,
    /// How many more attempts are made when one fails.
    #[serde(default)]
    pub retries: u32,
    /// The differences that a reproduction may have.
    #[serde(default)]
    pub tolerances: crate::reproductions::Tolerances,
    /// Run it although a dataset that it reads fails its checks.
    #[serde(default)]
    pub despite_checks: bool,
    /// The reason to run it although its inputs rest on something retracted.
    #[serde(default)]
    pub despite_suspicion: Option<String>,
    /// Run it even when the same work was done before.
    #[serde(default)]
    pub fresh: bool,
    /// How it waits for its turn.
    #[serde(default)]
    pub queue: crate::queueing::QueueRequest,
}

/// The state of the files of a run at the time of capture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Seen))]
pub struct RecordedFiles {
    /// Declared inputs, with all content of those that are folders: at most 200.
    #[serde(default)]
    pub inputs: Vec<RecordedFile>,
    /// For more inputs: the object that holds their list, JSON with `files`, each as here, and `left_out`.
    #[serde(default)]
    pub inputs_listed: Option<String>,
    /// The object that holds such a list of the code's files. It may be uploaded after the submission. It is needed when the
    /// run had to wait, and when it takes longer than half a second.
    #[serde(default)]
    pub code: Option<String>,
    /// The code was captured more than a second before the submission: it is always compared, however soon the process starts.
    #[serde(default)]
    pub code_is_old: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SeenFile))]
pub struct RecordedFile {
    /// Named as inputs are.
    pub path: String,
    /// `file`, `folder` or `link`.
    #[serde(default = "file_kind")]
    pub kind: String,
    pub size: u64,
    /// When its bytes were last changed, and when anything of it was last changed: in microseconds since 1970.
    pub modified_us: i64,
    pub changed_us: i64,
    /// The digest of its bytes; for a link the digest of its target.
    #[serde(default)]
    pub digest: Option<String>,
}

/// A finding about code and inputs, and about other files that programs may read: something that is not recorded, a recorded
/// key, or a difference from the record when the process ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CaptureNote {
    /// A link that leads out of its folder: its target is not recorded, so the run is not answered from the cache.
    LinkOutside { path: String, target: String },
    /// A link in the code of a repository that git does not know.
    Link { path: String, target: String },
    /// A file of keys or passwords that is left out of the code. In a submission, `digest` is the digest of its bytes; in the
    /// record and in answers the digest is keyed with the home's own key.
    KeyFile { path: String, digest: String },
    /// A file of keys or passwords is an input, or is in an input: its bytes are stored.
    KeyInput { path: String },
    /// Something without bytes, such as a socket.
    Special { path: String, what: String },
    /// A folder of which nothing else is recorded: it was empty, or outputs are written into it. It is made when the run is
    /// reproduced.
    Folder { path: String },
    /// A part of the code that could not be recorded, so the run is not answered from the cache.
    NotCaptured { path: String, why: String },
    /// A place outside code and inputs where a program may read, and that could not be examined, so the run is not answered
    /// from the cache.
    NotSeen { path: String, why: String },
    /// A module folder that contains more than Hven reads: its files count by their sizes and times of change.
    ByChange { path: String },
    /// When the process started, an input differed from the recorded one. No run is submitted with this note or any of the
    /// notes below.
    InputChanged { path: String },
    /// An input differed from the recorded one when the process had ended, but not when it started.
    InputChangedWhileItRan { path: String },
    /// When the process started, a file of the code differed from the recorded one.
    CodeChanged { path: String },
    /// When the process started, a file of the code had another time of change than recorded; there is no digest of its bytes
    /// to compare.
    CodeWrittenAgain { path: String },
    /// An input was written, moved or got other permissions while the process ran. At the end it had the recorded bytes.
    InputTouchedWhileItRan { path: String },
    /// When the process had ended, a file of the code differed from the recorded one; no difference was found when it started.
    CodeChangedBeforeItEnded { path: String },
    /// When the process had ended, a file of the code had another time of change than recorded.
    CodeWrittenBeforeItEnded { path: String },
    /// A file of an output existed when the process started, and was unchanged when it had ended.
    OutputNotWritten { path: String },
    /// More such outputs than are named; this is one of them.
    MoreNotWritten { path: String, files: u64 },
    /// Another run had the same output, or one inside it or around it, and ran at the same time; `path` is the common part.
    OutputShared { path: String, handle: String },
    /// More such runs than are named; this is the common part with one of them.
    MoreShared { path: String, runs: u64 },
    /// More files than are named changed, or could not be compared; this is one of them.
    MoreChanged { path: String, files: u64 },
    /// Hven could not determine whether it changed.
    NotCompared { path: String, why: String },
}

/// Where a process runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Place))]
pub enum RunFolder {
    /// In the folder `cwd`.
    #[default]
    Here,
    /// In a new folder that contains only its inputs and is removed when the run has ended: paths are relative to it.
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
    /// Cores; 1 by default.
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
    /// Seconds between TERM and KILL; 10 by default.
    #[serde(default)]
    pub grace_s: Option<f64>,
}

/// The location of the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Code {
    Git {
        commit: String,
        branch: Option<String>,
        /// The working directory's path in the repository.
        prefix: String,
        /// The object that holds `git diff HEAD`.
        diff: Option<String>,
        /// Files that are in neither of the two, such as those that git does not know and those of inner repositories.
        untracked: Vec<FileRef>,
        /// Submodules, and clones in the repository that it does not know.
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

/// A repository in the code of another repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InnerRepository {
    /// Its path in the outer repository.
    pub path: String,
    /// Absent before its first commit, and where git cannot read it.
    #[serde(default)]
    pub commit: Option<String>,
    /// Whether its files differ from those of the commit; absent when that is not known.
    #[serde(default)]
    pub changed: Option<bool>,
    /// Whether its files are among the `untracked` ones. If they are too many, each counts by its size and time of change.
    pub is_named: bool,
}

/// `POST /runs/batch`: at most 1,000 runs that differ only in their arguments and names.
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
