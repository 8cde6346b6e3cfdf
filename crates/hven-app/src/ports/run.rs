//! Views of runs.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    ActorId, AttemptId, Digest, RunId, RunnerId, Time,
    access::Scope,
    additions::Addition,
    catalogue::Purpose,
    handle::Handle,
    labels::Tag,
    name::Name,
    object::FileRef,
    project::ProjectPath,
    reproduction::Tolerances,
    resources::UnitNames,
    run::{AttemptResult, External, ExternalEnd, MetricSummary, Software, Spec, State},
    set_aside::Aside,
    stream::Point,
};

use super::queueing::QueueState;

/// How a person names a run: by its handle, or by an unambiguous form of its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunName {
    Id(RunId),
    Handle(Handle),
    /// The first digits of the id, at least [`PREFIX_DIGITS_MIN`], in lower case.
    Prefix(String),
    /// The newest run in these projects (`last`), archived or not, except runs that Hven made for its own checks.
    Last,
    /// The newest run of a task of an array, `array/3:17`.
    Task {
        array: u32,
        task: u64,
    },
    /// The newest run of a step in each project, `run.law`, or in one, `astro/kepler/run.law`.
    Step {
        project: Option<ProjectPath>,
        step: Name,
    },
}

/// Everything that the views have about one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    pub id: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    pub submitted_by: ActorId,
    pub submitted: Time,
    pub submitted_seq: u64,
    pub work: RunWork,
    /// Files that were added as its outputs before its end, by path, the newest of each.
    pub files_added: Vec<FileRef>,
    pub launch: String,
    pub cache_key: Option<Digest>,
    /// How the result is used when the run is done.
    pub purpose: Option<Purpose>,
    /// The differences that are allowed when it is reproduced.
    pub tolerances: Tolerances,
    pub state: State,
    /// The number of started attempts.
    pub attempts: u32,
    /// The runner of the last attempt.
    pub runner: Option<RunnerId>,
    /// When the process of the last attempt started, if known.
    pub started: Option<Time>,
    /// When this process ended, by the clock of its machine. If that is not known, when the end was recorded.
    pub ended: Option<Time>,
    /// When its end was recorded.
    pub end_recorded: Option<Time>,
    pub result: Option<AttemptResult>,
    /// The parameters given at submission, those noted by the last attempt, and those of older facts that name no
    /// attempt.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Parameters noted by earlier attempts, by the number of the attempt. They are no parameters of the run.
    pub params_before: BTreeMap<u32, BTreeMap<String, serde_json::Value>>,
    /// Values added after its end, in order.
    pub added: Vec<AdditionView>,
    /// Messages about it that the server could not record, in order.
    pub set_aside: Vec<SetAsideView>,
    pub software: Option<Software>,
    pub tags: BTreeSet<Tag>,
    /// The newest note; `None` when there is none, or it was removed.
    pub note: Option<NoteView>,
    /// Archived runs appear in lists only on request.
    pub archived: bool,
    /// Set for a deleted run, whose content is erased.
    pub deleted: Option<DeletedView>,
    pub queue: QueueState,
}

/// The work of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunWork {
    /// The fact that described it was erased.
    Erased,
    /// A command or a recipe, which a runner starts.
    Started(Box<Spec>),
    /// Work that is done elsewhere and reported.
    External(Box<ExternalWork>),
}

/// Work that is done elsewhere, and its end as it was reported.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalWork {
    pub external: External,
    /// The run in which it was started.
    pub parent: Option<RunId>,
    /// `None` while it goes on, and when its end was erased.
    pub end: Option<ExternalEnd>,
}

impl RunView {
    /// The specification of the process or recipe; `None` when it was erased, and for work that is done elsewhere.
    pub fn spec(&self) -> Option<&Spec> {
        match &self.work {
            RunWork::Started(spec) => Some(spec),
            RunWork::Erased | RunWork::External(_) => None,
        }
    }

    /// The work that is done elsewhere; `None` for a run of Hven.
    pub fn external(&self) -> Option<&ExternalWork> {
        match &self.work {
            RunWork::External(work) => Some(work),
            RunWork::Erased | RunWork::Started(_) => None,
        }
    }

    /// Why Hven cannot start its work again, when there is no specification.
    pub fn why_no_spec(&self) -> &'static str {
        match self.work {
            RunWork::External(_) => "its work is done elsewhere, so Hven cannot start it again",
            RunWork::Erased | RunWork::Started(_) => "what it ran was erased from the record",
        }
    }

    /// All files that it made: those of its result, and those that were added before its end.
    pub fn outputs(&self) -> impl Iterator<Item = &FileRef> {
        self.result.iter().flat_map(|result| &result.outputs).chain(&self.files_added)
    }

    /// The attempt whose metrics and log are those of the run. An imported run was tried elsewhere: its metrics belong
    /// to the first attempt.
    pub fn last_attempt(&self) -> AttemptId {
        AttemptId { run: self.id, number: self.attempts.max(1) }
    }
}

/// A value that was added to a run after its end, with the name of the user who recorded it here.
#[derive(Clone, Debug, PartialEq)]
pub struct AdditionView {
    pub addition: Addition,
    /// `None` when it was erased.
    pub by_name: Option<String>,
}

impl AdditionView {
    /// The person who made the addition. An imported addition names this person itself.
    pub fn made_by(&self) -> Option<&str> {
        self.addition.original.as_ref().map_or(self.by_name.as_deref(), |original| original.by.as_deref())
    }

    /// When it was made.
    pub fn made(&self) -> Time {
        self.addition.original.as_ref().map_or(self.addition.time, |original| original.at)
    }
}

/// The note on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteView {
    /// `None` when it was erased.
    pub text: Option<String>,
    pub by: ActorId,
    pub time: Time,
}

/// The user who deleted a run, when, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedView {
    pub because: String,
    pub by: ActorId,
    pub time: Time,
}

/// A tag, and the number of runs that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagView {
    pub tag: Tag,
    /// Without archived runs, and without runs that Hven made for its own checks.
    pub runs: u64,
}

/// The points of one metric that one fact added.
#[derive(Clone, Debug, PartialEq)]
pub struct AddedPoints {
    pub addition: AdditionView,
    pub points: Vec<Point>,
}

/// A message that was recorded as set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAsideView {
    pub attempt: u32,
    pub message: Aside,
    pub time: Time,
    pub seq: u64,
}

/// The number of additions that a list shows for each run.
pub const ADDED_SHOWN: usize = 8;

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    pub id: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    /// The command in one line, cut at 200 characters.
    pub command: String,
    /// For a run that Hven made for its own checks: `again` or `compare`.
    pub own_kind: Option<String>,
    /// The name of its recipe.
    pub recipe: Option<String>,
    pub submitted_by: ActorId,
    pub submitted: Time,
    pub state: State,
    pub attempts: u32,
    pub started: Option<Time>,
    pub ended: Option<Time>,
    pub wall_s: Option<f64>,
    /// The outcome in words, if the run has ended.
    pub outcome: Option<String>,
    pub outputs: u32,
    pub cpu_s: Option<f64>,
    pub memory_max_bytes: Option<u64>,
    pub tags: BTreeSet<Tag>,
    pub archived: bool,
    pub params: BTreeMap<String, serde_json::Value>,
    pub metrics: Vec<MetricSummary>,
    /// The newest additions after its end, in order: at most [`ADDED_SHOWN`].
    pub added: Vec<AdditionView>,
    pub added_total: u64,
    /// The number of messages about it that were set aside.
    pub set_aside: u64,
}

impl RunRow {
    /// See [`RunView::last_attempt`].
    pub fn last_attempt(&self) -> AttemptId {
        AttemptId { run: self.id, number: self.attempts.max(1) }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunOrder {
    #[default]
    NewestFirst,
    OldestFirst,
    /// Longest duration first.
    LongestFirst,
}

/// Whether a list includes archived runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Archived {
    #[default]
    Without,
    With,
    Only,
}

/// A query for runs.
#[derive(Clone, Debug, Default)]
pub struct RunQuery {
    /// Only runs in these scopes.
    pub scopes: Vec<Scope>,
    pub project: Option<ProjectPath>,
    /// Runs in one of these states; empty: in any state.
    pub states: Vec<State>,
    /// Also runs that Hven made for its own checks: reproductions and comparisons.
    pub all_kinds: bool,
    /// Also runs that are tasks of arrays.
    pub with_tasks: bool,
    /// Tags that a run must have, all of them.
    pub tags: BTreeSet<Tag>,
    pub archived: Archived,
    /// Words that must all occur in the handle, name, command or project. Case is ignored.
    pub words: Vec<String>,
    pub order: RunOrder,
    pub cursor: Option<String>,
    pub limit: usize,
}

/// The earlier run with which a run is compared: the newest one before it with the same name in the project. For a run
/// without a name, the newest one with the same command among the newest facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarRun {
    pub project: ProjectPath,
    pub name: Option<String>,
    /// The command, word by word, as in [`Spec::words`].
    pub words: Vec<String>,
    /// A run in this folder has priority over a newer one in another folder.
    pub cwd: String,
    /// Only runs that were submitted before this fact.
    pub before: u64,
}

/// The earlier runs on which a forecast rests: the succeeded ones with the same question in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastQuery {
    pub project: ProjectPath,
    /// See [`hven_core::question::Question::key`].
    pub question: String,
    /// Only runs that were submitted before this fact; `None`: all.
    pub before: Option<u64>,
    pub limit: usize,
}

/// The time and the resources that a succeeded run used.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRun {
    pub spec: Spec,
    /// Seconds of the process of its last attempt, and (below) the processor time that it used.
    pub wall_s: f64,
    pub cpu_s: Option<f64>,
    pub memory_max_bytes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AttemptView {
    pub id: AttemptId,
    pub runner: RunnerId,
    pub started: Time,
    pub ended: Option<Time>,
    pub result: Option<AttemptResult>,
    pub retry_because: Option<String>,
    /// The units that it has or had of resources whose units have names.
    pub units: UnitNames,
}

/// A run that made or used certain bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct FileUse {
    pub run: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub file: FileRef,
    /// The sequence number of the fact that names the file: the submission for an input, the end of the run for an
    /// output.
    pub seq: u64,
    /// Hven made the run for its own checks.
    pub is_check: bool,
}

/// The name of a run, and its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRun {
    pub id: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
}

impl RunName {
    /// Parses the text of a person; `None` when no run can have that name.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "last" {
            return Some(Self::Last);
        }
        if let Ok(id) = text.parse() {
            return Some(Self::Id(id));
        }
        if let Some(task) = text.strip_prefix("array/") {
            let (array, task) = task.split_once(':')?;
            return Some(Self::Task { array: array.parse().ok()?, task: task.parse().ok()? });
        }
        if let Some((before, step)) = text.rsplit_once("run.") {
            let step = step.parse().ok()?;
            let project = match before {
                "" => None,
                path => Some(path.strip_suffix('/')?.parse().ok()?),
            };
            return Some(Self::Step { project, step });
        }
        // A text of digits alone may be a handle or an id. Handles have at most twelve letters and are far more common.
        if let Ok(handle) = text.parse() {
            return Some(Self::Handle(handle));
        }
        let hex = text.len() >= PREFIX_DIGITS_MIN && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| Self::Prefix(text.to_ascii_lowercase()))
    }
}

/// The fewest digits of an id that may stand for the whole id: more than a handle has.
pub const PREFIX_DIGITS_MIN: usize = 13;

/// A run with a purpose whose result is not processed yet: it is not in the catalogue, or its verdict is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnprocessedRun {
    pub run: RunId,
    pub has_ended: bool,
}
