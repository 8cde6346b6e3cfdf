//! Submitting runs: what is sent, and what is answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file_ref::{FileRef, file_kind};

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
