//! What the views hold of runs.

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
    run::{AttemptResult, MetricSummary, Software, Spec, State},
    set_aside::Aside,
    stream::Point,
};

/// How a person names a run: by any unambiguous form of its id, or by its handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunName {
    Id(RunId),
    Handle(Handle),
    /// At least [`PREFIX_DIGITS_MIN`] digits with which the id begins, in lower case.
    Prefix(String),
    /// The newest run in these projects (`last`), archived or not, but for those that Hven made for checks of its own.
    Last,
    /// The newest run of a step in each project, `run.law`, or in one, `astro/kepler/run.law`.
    Step {
        project: Option<ProjectPath>,
        step: Name,
    },
}

/// Everything about one run that the views hold.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    pub id: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    pub submitted_by: ActorId,
    pub submitted: Time,
    pub submitted_seq: u64,
    /// `None` when it was erased.
    pub spec: Option<Spec>,
    pub launch: String,
    pub cache_key: Option<Digest>,
    /// What it becomes part of when it is done.
    pub purpose: Option<Purpose>,
    /// By how much it may differ when it is reproduced.
    pub tolerances: Tolerances,
    pub state: State,
    /// How many attempts were started.
    pub attempts: u32,
    /// Where the last attempt is or was.
    pub runner: Option<RunnerId>,
    /// When the process of the last attempt was started, as far as that is known.
    pub started: Option<Time>,
    /// When this process ended, by the clock of its machine; where that is not known, when the end was recorded.
    pub ended: Option<Time>,
    /// When its end was recorded.
    pub end_recorded: Option<Time>,
    pub result: Option<AttemptResult>,
    /// What was given with it, what its last attempt noted, and what older facts say that name no attempt.
    pub params: BTreeMap<String, serde_json::Value>,
    /// What attempts noted that another followed, by their numbers: no parameters of the run.
    pub params_before: BTreeMap<u32, BTreeMap<String, serde_json::Value>>,
    /// What was added after its end, in order.
    pub added: Vec<AdditionView>,
    /// Messages about it that could not be taken in, in order.
    pub set_aside: Vec<SetAsideView>,
    pub software: Option<Software>,
    pub tags: BTreeSet<Tag>,
    /// The newest note on it; `None` when there is none, or it was removed.
    pub note: Option<NoteView>,
    /// Lists leave it out unless somebody asks for it.
    pub archived: bool,
}

impl RunView {
    /// The attempt whose metrics and log are those of the run. What came with a publication was tried elsewhere: its metrics
    /// lie under the first attempt.
    pub fn last_attempt(&self) -> AttemptId {
        AttemptId { run: self.id, number: self.attempts.max(1) }
    }
}

/// Something that was added to a run after its end, with the name of the user who recorded it here.
#[derive(Clone, Debug, PartialEq)]
pub struct AdditionView {
    pub addition: Addition,
    /// `None` when it was erased.
    pub by_name: Option<String>,
}

impl AdditionView {
    /// Who made the addition: of one that came with a publication the person whom that names.
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

/// A tag, and how many runs have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagView {
    pub tag: Tag,
    /// Without archived runs, and without those that Hven made for checks of its own.
    pub runs: u64,
}

/// The points of one metric that one fact added.
#[derive(Clone, Debug, PartialEq)]
pub struct AddedPoints {
    pub addition: AdditionView,
    pub points: Vec<Point>,
}

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAsideView {
    pub attempt: u32,
    pub message: Aside,
    pub time: Time,
    pub seq: u64,
}

/// How many additions a list shows of each run.
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
    /// Of a run that Hven made for a check of its own: `again` or `compare`.
    pub own_kind: Option<String>,
    pub submitted_by: ActorId,
    pub submitted: Time,
    pub state: State,
    pub attempts: u32,
    pub started: Option<Time>,
    pub ended: Option<Time>,
    pub wall_s: Option<f64>,
    /// The outcome in words, when it has ended.
    pub outcome: Option<String>,
    pub outputs: u32,
    pub cpu_s: Option<f64>,
    pub memory_max_bytes: Option<u64>,
    pub tags: BTreeSet<Tag>,
    pub archived: bool,
    pub params: BTreeMap<String, serde_json::Value>,
    pub metrics: Vec<MetricSummary>,
    /// The newest of what was added after its end, in order: at most [`ADDED_SHOWN`].
    pub added: Vec<AdditionView>,
    pub added_total: u64,
    /// How many messages about it were set aside.
    pub set_aside: u64,
}

impl RunRow {
    /// As [`RunView::last_attempt`].
    pub fn last_attempt(&self) -> AttemptId {
        AttemptId { run: self.id, number: self.attempts.max(1) }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunOrder {
    #[default]
    NewestFirst,
    OldestFirst,
    /// Those that took longest first.
    LongestFirst,
}

/// Whether archived runs are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Archived {
    #[default]
    Without,
    With,
    Only,
}

/// Which runs are wanted.
#[derive(Clone, Debug, Default)]
pub struct RunQuery {
    /// Only runs that these roles let one see.
    pub scopes: Vec<Scope>,
    pub project: Option<ProjectPath>,
    /// Any of these; empty: all.
    pub states: Vec<State>,
    /// Also runs that Hven made for checks of its own: that make others again, and that compare.
    pub all_kinds: bool,
    /// Tags that it must have, all of them.
    pub tags: BTreeSet<Tag>,
    pub archived: Archived,
    /// Words that must all occur in handle, name, command or project, in any case.
    pub words: Vec<String>,
    pub order: RunOrder,
    pub cursor: Option<String>,
    pub limit: usize,
}

/// With which run another is compared: the newest before it of the same name in the project or, when it has no name, of
/// the same command, as far as that lies among the newest facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    pub project: ProjectPath,
    pub name: Option<String>,
    /// The command, word by word, as [`Spec::words`] has it.
    pub words: Vec<String>,
    /// A run of this folder is taken before a newer one of another.
    pub cwd: String,
    /// Only runs that were submitted before this fact.
    pub before: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AttemptView {
    pub id: AttemptId,
    pub runner: RunnerId,
    pub started: Time,
    pub ended: Option<Time>,
    pub result: Option<AttemptResult>,
    pub retry_because: Option<String>,
}

/// A run that made or used some bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    pub run: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub file: FileRef,
    /// The fact that says so: an input is told at the run's submission, an output at its end.
    pub seq: u64,
    /// Hven made the run for a check of its own.
    pub is_check: bool,
}

/// How people name a run, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunNamed {
    pub id: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
}

impl RunName {
    /// Reads what a person typed; `None` when no run can have that name.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "last" {
            return Some(Self::Last);
        }
        if let Ok(id) = text.parse() {
            return Some(Self::Id(id));
        }
        if let Some((before, step)) = text.rsplit_once("run.") {
            let step = step.parse().ok()?;
            let project = match before {
                "" => None,
                path => Some(path.strip_suffix('/')?.parse().ok()?),
            };
            return Some(Self::Step { project, step });
        }
        // An all-digit text may be both; handles have at most twelve letters and are far more often meant.
        if let Ok(handle) = text.parse() {
            return Some(Self::Handle(handle));
        }
        let hex = text.len() >= PREFIX_DIGITS_MIN && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| Self::Prefix(text.to_ascii_lowercase()))
    }
}

/// The fewest digits of an id that may stand for the whole: more than a handle has.
pub const PREFIX_DIGITS_MIN: usize = 13;

/// A run with a purpose that is not settled: its result is not in the catalogue, or its verdict is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    pub run: RunId,
    pub has_ended: bool,
}
