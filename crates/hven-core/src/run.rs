//! Runs: what was asked for, what was tried, and how it ended.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::{
    AttemptId, Digest, Malformed, RunId, RunnerId, Time,
    capture::Note,
    catalogue::Purpose,
    file_name,
    handle::Handle,
    limits,
    object::FileRef,
    params::Origin,
    process::ProcessSettings,
    project::ProjectPath,
    recorded::{Recorded, Told},
    reproduction::Tolerances,
    resources::Resources,
    stdin::{Stdin, StdinRead},
    stream::Point,
};

pub use crate::staging::{Place, Recipe};

/// What is to be run, as it is recorded. The full environment and the secrets' values are not here: they go to the
/// runner by another way and are gone when the run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Empty for a recipe.
    pub argv: Vec<String>,
    /// For a run in a fresh folder, whose place nobody knows before, the place within that; empty for the folder itself.
    /// Its inputs are named from the fresh folder, its outputs from here.
    pub cwd: String,
    /// The file mode mask of the process.
    pub umask: u32,
    /// What else the process has from the shell that asked for it; `None` when nobody said: as the runner has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Stdin>,
    /// Only the variables that an allow-list names.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The names of the secrets that are injected.
    #[serde(default)]
    pub secrets: Vec<String>,
    #[serde(default)]
    pub resources: Resources,
    #[serde(default)]
    pub limits: Limits,
    /// Files that it reads; in a fresh folder they are put there first.
    #[serde(default)]
    pub inputs: Vec<FileRef>,
    /// Paths that are sealed when the process has ended, relative to the folder that it runs in.
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub code: Option<Code>,
    /// What else it has around it, as an object: [`crate::surroundings::Surroundings`]. Recipes, and runs of older versions,
    /// have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surroundings: Option<Digest>,
    /// How many more attempts are made when one fails for a reason that a new attempt may cure.
    #[serde(default)]
    pub retries_max: u32,
    #[serde(default, skip_serializing_if = "Place::is_here")]
    pub place: Place,
    /// Set when it is a recipe that is run, and not a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
}

impl Spec {
    /// A command in a folder, with nothing else said: the usual mask, limits and resources, no inputs, no outputs.
    pub fn of_command(argv: Vec<String>, cwd: impl Into<String>) -> Self {
        Self {
            argv,
            cwd: cwd.into(),
            umask: 0o022,
            process: None,
            stdin: None,
            environment: BTreeMap::new(),
            secrets: Vec::new(),
            resources: Resources::default(),
            limits: Limits::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            code: None,
            surroundings: None,
            retries_max: 0,
            place: Place::default(),
            recipe: None,
        }
    }

    /// The command word by word, as people are shown it; that of a recipe names the recipe.
    pub fn words(&self) -> Cow<'_, [String]> {
        match &self.recipe {
            None => Cow::Borrowed(&self.argv),
            Some(recipe) => Cow::Owned(vec!["recipe".to_owned(), recipe.name.clone()]),
        }
    }

    /// The files that it reads: its inputs, and what is on its standard input.
    pub fn files_read(&self) -> impl Iterator<Item = &FileRef> {
        self.inputs.iter().chain(self.stdin.iter().filter_map(Stdin::file))
    }

    /// How many more attempts are made when one fails. `None`: not even one that Hven lost is made again, because what it
    /// read is gone.
    pub fn retries(&self) -> Option<u32> {
        (self.stdin != Some(Stdin::Pipe)).then_some(self.retries_max)
    }

    /// Those of them that its runner fetches before the process is started: what a fresh folder holds, and what is on
    /// standard input. The others lie where they are.
    pub fn files_fetched(&self) -> impl Iterator<Item = &FileRef> {
        let inputs: &[FileRef] = if self.place.is_here() { &[] } else { &self.inputs };
        inputs.iter().chain(self.stdin.iter().filter_map(Stdin::file))
    }
}

/// Limits that end a run when it passes them. `None` is no limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub wall_s: Option<f64>,
    pub memory_bytes: Option<u64>,
    /// The sum of the sizes of all outputs.
    pub output_bytes: Option<u64>,
    /// How long a process may tidy up between TERM and KILL.
    pub grace_s: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wall_s: None, memory_bytes: None, output_bytes: None, grace_s: 10.0 }
    }
}

/// Where the code of a run is to be found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Code {
    /// In a git repository: a commit, and what differed from it.
    Git {
        commit: String,
        branch: Option<String>,
        /// The working directory's place in the repository.
        prefix: String,
        /// The output of `git diff HEAD`, as an object.
        diff: Option<Digest>,
        /// Files that are in neither of the two: those that git does not know, modules that it ignores, those of the
        /// repositories within, and files of keys that are code by word.
        untracked: Vec<FileRef>,
        /// Repositories within it: submodules, and clones that it does not know.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        inner: Vec<InnerRepository>,
        /// Changes when any file below the working directory changes, or any code of the repository above it: what the
        /// cache compares.
        digest: Digest,
    },
    /// In a plain folder: the listing of its files, as an object.
    Folder { listing: Digest, files: u64, bytes: u64 },
    /// Not captured, and why.
    NotCaptured { why: String },
}

impl Code {
    /// Changes when the code changes; `None` when the code is not known.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Git { digest, .. } => Some(*digest),
            Self::Folder { listing, .. } => Some(*listing),
            Self::NotCaptured { .. } => None,
        }
    }

    /// Says why this is no code that can be recorded. Whoever takes it out of a clone hands commit and place to git.
    pub fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Git { commit, branch, prefix, untracked, inner, .. } => {
                limits::commit("the commit", commit)?;
                if let Some(branch) = branch {
                    limits::path("the branch", branch)?;
                }
                limits::place_within("the place in the repository", prefix)?;
                limits::count("files that git does not know", untracked.len(), limits::FILES_MAX)?;
                untracked.iter().try_for_each(|file| file.check("a file that git does not know"))?;
                limits::count("repositories within the code", inner.len(), limits::FILES_MAX)?;
                inner.iter().try_for_each(InnerRepository::check)
            }
            Self::Folder { files, bytes, .. } => {
                limits::whole("the number of files of the code", *files, limits::WHOLE_MAX)?;
                limits::whole("the size of the code", *bytes, limits::WHOLE_MAX)
            }
            Self::NotCaptured { why } => limits::lines("why the code was not captured", why, limits::TEXT_BYTES_MAX),
        }
    }
}

/// A repository within the code of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InnerRepository {
    /// Its place in the outer repository.
    pub path: String,
    /// `None` when it has no commit yet, or git cannot read it.
    pub commit: Option<String>,
    /// Whether its files are others than those of the commit; `None` when that is not known.
    pub changed: Option<bool>,
    /// Whether its files are named one by one with the run. When they are too many for that, each still counts, by its size
    /// and its time of change.
    pub is_named: bool,
}

impl InnerRepository {
    fn check(&self) -> Result<(), Malformed> {
        limits::path("the place of a repository within the code", &self.path)?;
        self.commit.iter().try_for_each(|commit| limits::commit("the commit of a repository within the code", commit))
    }
}

/// For people: `lib at 3f2a91bc70d4, with changes`.
impl fmt::Display for InnerRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&file_name::shown(&self.path))?;
        match &self.commit {
            Some(commit) => write!(f, " at {}", commit.get(..COMMIT_DIGITS).unwrap_or(commit))?,
            None => f.write_str(" without a commit")?,
        }
        if self.changed == Some(true) {
            f.write_str(", with changes")?;
        }
        if !self.is_named {
            f.write_str(", not all of its files recorded")?;
        }
        Ok(())
    }
}

/// So many digits of a commit are shown.
const COMMIT_DIGITS: usize = 12;

/// The interpreter and packages that a run used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Software {
    pub interpreter: Option<String>,
    pub version: Option<String>,
    #[serde(default)]
    pub packages: BTreeMap<String, String>,
    pub platform: Option<String>,
}

/// A run was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    pub run: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    pub spec: Spec,
    /// Where the private part of the launch (environment, secrets) is kept until the run ends. A random name.
    pub launch: String,
    /// What the cache compares: the same key means the same work. Only runs with declared inputs and outputs have one.
    pub cache_key: Option<Digest>,
    /// What it becomes part of when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// By how much it may differ when it is reproduced, as its author said.
    #[serde(default, skip_serializing_if = "Tolerances::is_empty")]
    pub tolerances: Tolerances,
    /// Objects that it names and that were not in the store: inputs and code, and files that its folders list. All others
    /// were there, and must stay there. `None` when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<BTreeSet<Digest>>,
}

/// The first version of [`Submitted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubmittedV1 {
    pub run: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    pub spec: Spec,
    pub launch: String,
    pub cache_key: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    #[serde(default, skip_serializing_if = "Tolerances::is_empty")]
    pub tolerances: Tolerances,
}

impl From<SubmittedV1> for Box<Submitted> {
    fn from(older: SubmittedV1) -> Self {
        Self::new(older.into())
    }
}

impl From<SubmittedV1> for Submitted {
    /// What was in the store then is not known.
    fn from(
        SubmittedV1 { run, handle, project, name, spec, launch, cache_key, purpose, tolerances }: SubmittedV1,
    ) -> Self {
        Self { run, handle, project, name, spec, launch, cache_key, purpose, tolerances, absent: None }
    }
}

/// An attempt was given to a runner. From here on only positive evidence says that it did not happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    pub attempt: AttemptId,
    pub runner: RunnerId,
}

/// The runner of an attempt started its process. Of a process that ended at once its end alone is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessStarted {
    pub attempt: AttemptId,
    /// When, by the runner's clock.
    pub at: Time,
}

/// An attempt ended and another will follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptEnded {
    pub attempt: AttemptId,
    pub result: AttemptResult,
    /// Why it is tried again.
    pub retry_because: String,
}

/// A run ended for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub run: RunId,
    /// The last attempt, when there was one: a run cancelled while it waited has none.
    pub attempt: Option<u32>,
    pub result: AttemptResult,
}

/// What is known of an attempt when it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptResult {
    pub outcome: Outcome,
    /// When the process was started and ended, by its machine's clock; the duration is from a monotonic one.
    pub started: Option<Time>,
    pub ended: Option<Time>,
    pub wall_s: f64,
    #[serde(default)]
    pub usage: Usage,
    #[serde(default)]
    pub outputs: Vec<FileRef>,
    /// Declared outputs that were not there, or could not be kept, each with the reason.
    #[serde(default)]
    pub outputs_missing: Vec<MissingOutput>,
    #[serde(default)]
    pub log: LogExtent,
    /// Of its standard input, when there was any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<StdinRead>,
    /// Inputs and code that were not as they are recorded when the process started or had ended, and outputs that it did not
    /// write, or that another run had at the same time. Nothing where nothing was found, and where nobody looked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Note>,
}

impl AttemptResult {
    /// The result of something that never became a process.
    pub fn without_process(outcome: Outcome) -> Self {
        Self {
            outcome,
            started: None,
            ended: None,
            wall_s: 0.0,
            usage: Usage::default(),
            outputs: Vec::new(),
            outputs_missing: Vec::new(),
            log: LogExtent::default(),
            stdin: None,
            changed: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingOutput {
    pub path: String,
    pub why: String,
}

/// How much a log holds, in bytes of its stream, and how much of its middle was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogExtent {
    pub bytes: u64,
    pub dropped_bytes: u64,
}

/// What an attempt used, all its processes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub cpu_user_s: f64,
    pub cpu_system_s: f64,
    pub memory_max_bytes: u64,
    pub read_bytes: u64,
    pub written_bytes: u64,
}

/// The exit status of `hven run` for what is not the script's doing: Hven itself failed, the run was lost, or an output is not
/// there or cannot be kept.
pub const HVEN_FAILED: i32 = 125;

/// How an attempt or a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// The process ended with status 0 and its outputs are sealed.
    Done,
    /// The process ended with another status.
    Failed {
        exit: i32,
    },
    /// A signal that Hven did not send ended it.
    Killed {
        signal: i32,
    },
    /// No process came to be: the command does not exist, the folder may not be entered.
    NotStarted {
        why: String,
    },
    TimedOut {
        limit_s: f64,
    },
    OutOfMemory {
        limit_bytes: u64,
    },
    OutputTooLarge {
        limit_bytes: u64,
    },
    /// The process did its work, but a declared output is missing.
    OutputMissing {
        path: String,
    },
    /// The process did its work, but a declared output, or something in it, could not be kept.
    OutputNotKept {
        /// As it was declared.
        output: String,
        /// The output, or what of it could not be kept.
        path: String,
        why: String,
    },
    Cancelled,
    /// The runner ended before the result was written.
    Lost {
        why: String,
    },
}

impl Outcome {
    /// How it ended, in words.
    pub fn recorded(&self) -> Recorded {
        match self.clone() {
            Self::Done => Recorded::Done,
            Self::Failed { exit } => Recorded::Failed { exit },
            Self::Killed { signal } => Recorded::Killed { signal },
            Self::NotStarted { why } => Recorded::NotStarted { why: Told(why) },
            Self::TimedOut { limit_s } => Recorded::TimedOut { limit_s },
            Self::OutOfMemory { limit_bytes } => Recorded::OutOfMemory { limit_bytes },
            Self::OutputTooLarge { limit_bytes } => Recorded::OutputTooLarge { limit_bytes },
            Self::OutputMissing { path } => Recorded::OutputMissing { path },
            Self::OutputNotKept { output, path, why } if output == path => {
                Recorded::OutputNotKept { path, why: Told(why) }
            }
            Self::OutputNotKept { output, path, why } => Recorded::OutputHolds { output, path, why: Told(why) },
            Self::Cancelled => Recorded::Cancelled,
            Self::Lost { why } => Recorded::Lost { why: Told(why) },
        }
    }

    pub fn state(&self) -> State {
        match self {
            Self::Done => State::Done,
            Self::Cancelled => State::Cancelled,
            Self::Lost { .. } => State::Lost,
            _ => State::Failed,
        }
    }

    /// Whether a new attempt may end otherwise. A command that does not exist will not exist a second time.
    pub fn may_be_retried(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Killed { .. } | Self::OutOfMemory { .. } | Self::Lost { .. })
    }

    /// The exit status that `hven run` hands on, as a shell would (128 + signal). A run that failed although its script did
    /// not has one that scripts do not use: [`HVEN_FAILED`].
    pub fn exit_status(&self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Failed { exit } => *exit,
            Self::Killed { signal } => 128 + signal,
            Self::NotStarted { .. } => 127,
            Self::TimedOut { .. } => 124,
            Self::OutOfMemory { .. } => 137,
            Self::Cancelled => 130,
            Self::OutputTooLarge { .. }
            | Self::OutputMissing { .. }
            | Self::OutputNotKept { .. }
            | Self::Lost { .. } => HVEN_FAILED,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.recorded().fmt(f)
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Waiting,
    Running,
    /// Cancelled, but not yet ended.
    Stopping,
    Done,
    Failed,
    Cancelled,
    Lost,
}

impl State {
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Running, Self::Stopping, Self::Done, Self::Failed, Self::Cancelled, Self::Lost];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Lost)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelRequested {
    pub run: RunId,
}

/// Parameters that the script or its caller named. A later value of the same name replaces the earlier, among those that
/// count for the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamsLogged {
    pub run: RunId,
    pub of: Origin,
    pub params: BTreeMap<String, serde_json::Value>,
}

/// The first version of [`ParamsLogged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamsLoggedV1 {
    pub run: RunId,
    pub params: BTreeMap<String, serde_json::Value>,
}

impl From<ParamsLoggedV1> for ParamsLogged {
    fn from(ParamsLoggedV1 { run, params }: ParamsLoggedV1) -> Self {
        Self { run, of: Origin::NotKnown, params }
    }
}

/// The environment was looked at while the run went on, so that the start did not wait for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoftwareCaptured {
    pub run: RunId,
    pub software: Software,
}

/// A part of a stream was sealed into a Parquet object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartSealed {
    pub attempt: AttemptId,
    pub stream: String,
    /// Counted from 0 within the attempt's stream.
    pub part: u32,
    /// The bytes of the stream that it holds: from, and to before.
    pub from: u64,
    pub to: u64,
    pub rows: u64,
    pub object: Digest,
    pub object_bytes: u64,
    /// For metrics: what a list shows of each key, over this part alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary: Vec<MetricSummary>,
}

/// What is shown of a metric where there is no room for its points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricSummary {
    pub key: String,
    pub points: u64,
    /// The value of the point with the highest (step, time).
    pub last: Number,
    pub last_step: i64,
    pub last_time: Time,
    /// Over the finite values; `None` when there is none.
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl MetricSummary {
    /// What one point says of its key.
    pub fn of_point(point: &Point) -> Self {
        let finite = Some(point.value.0).filter(|value| value.is_finite());
        Self {
            key: point.key.clone(),
            points: 1,
            last: point.value,
            last_step: point.step,
            last_time: Time::from_micros(point.time_us).clamp(Time::MIN, Time::MAX),
            min: finite,
            max: finite,
        }
    }

    /// A line for each key.
    pub fn of_points(points: &[Point]) -> Vec<Self> {
        let mut lines = BTreeMap::new();
        Self::gather(&mut lines, points.iter().map(Self::of_point));
        lines.into_values().collect()
    }

    /// Takes lines into those of the same keys.
    pub fn gather(into: &mut BTreeMap<String, Self>, lines: impl IntoIterator<Item = Self>) {
        for line in lines {
            match into.get_mut(&line.key) {
                Some(have) => have.merge(&line),
                None => drop(into.insert(line.key.clone(), line)),
            }
        }
    }

    /// Takes in the summary of other points of the same key.
    pub fn merge(&mut self, other: &Self) {
        self.points += other.points;
        if (other.last_step, other.last_time) >= (self.last_step, self.last_time) {
            (self.last, self.last_step, self.last_time) = (other.last, other.last_step, other.last_time);
        }
        self.min = [self.min, other.min].into_iter().flatten().reduce(f64::min);
        self.max = [self.max, other.max].into_iter().flatten().reduce(f64::max);
    }
}

/// A number that survives JSON also when it is not finite: written as a number, or as "NaN", "Infinity", "-Infinity".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_finite() => s.serialize_f64(x),
            x if x.is_nan() => s.serialize_str("NaN"),
            x if x > 0.0 => s.serialize_str("Infinity"),
            _ => s.serialize_str("-Infinity"),
        }
    }
}
impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
            }
            fn visit_f64<E>(self, x: f64) -> Result<Number, E> {
                Ok(Number(x))
            }
            fn visit_i64<E>(self, x: i64) -> Result<Number, E> {
                Ok(Number(x as f64))
            }
            fn visit_u64<E>(self, x: u64) -> Result<Number, E> {
                Ok(Number(x as f64))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                match text {
                    "NaN" | "nan" => Ok(Number(f64::NAN)),
                    "Infinity" | "inf" | "+Infinity" => Ok(Number(f64::INFINITY)),
                    "-Infinity" | "-inf" => Ok(Number(f64::NEG_INFINITY)),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
        }
        d.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(inner: Vec<InnerRepository>) -> Code {
        Code::Git {
            commit: "0".repeat(40),
            branch: None,
            prefix: String::new(),
            diff: None,
            untracked: Vec::new(),
            inner,
            digest: Digest::ZERO,
        }
    }

    #[test]
    fn what_reads_a_pipe_is_never_tried_again() {
        let spec = |stdin| Spec { stdin, retries_max: 2, ..Spec::of_command(vec!["sort".into()], "/") };
        assert_eq!((spec(None).retries(), spec(Some(Stdin::Pipe)).retries()), (Some(2), None));
    }

    #[test]
    fn no_status_of_a_script_says_that_hven_failed() {
        let check = |outcome: Outcome, status| assert_eq!(outcome.exit_status(), status, "{outcome}");
        let (output, path, why) = ("data".to_owned(), "data/ff".to_owned(), "it is a pipe".to_owned());
        check(Outcome::Done, 0);
        check(Outcome::Failed { exit: 1 }, 1);
        check(Outcome::OutputMissing { path: path.clone() }, 125);
        check(Outcome::OutputNotKept { output, path, why: why.clone() }, 125);
        check(Outcome::OutputTooLarge { limit_bytes: 9 }, 125);
        check(Outcome::Lost { why }, 125);
    }

    #[test]
    fn code_without_repositories_within_is_written_as_before() {
        let text = serde_json::to_string(&git(Vec::new())).expect("JSON");
        assert!(!text.contains("inner"), "{text}");
        assert_eq!(serde_json::from_str::<Code>(&text).expect("read"), git(Vec::new()));
    }

    #[test]
    fn a_repository_within_says_which_code_it_was() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let check = |commit: Option<&str>, changed: Option<bool>, is_named: bool, said: &str| {
            let inner = InnerRepository { path: "lib".into(), commit: commit.map(str::to_owned), changed, is_named };
            assert_eq!(inner.to_string(), said);
            assert_eq!(git(vec![inner]).check(), Ok(()));
        };
        check(Some(commit), Some(false), true, "lib at 0123456789ab");
        check(Some(commit), Some(true), true, "lib at 0123456789ab, with changes");
        check(Some(commit), None, false, "lib at 0123456789ab, not all of its files recorded");
        check(None, None, true, "lib without a commit");
        for (path, commit) in [("a\0b", commit), ("lib", "main")] {
            let inner =
                InnerRepository { path: path.into(), commit: Some(commit.into()), changed: None, is_named: true };
            assert!(git(vec![inner]).check().is_err(), "{path:?} {commit}");
        }
    }
}
