//! The scheduling engine. It receives events and returns actions, and performs none of them itself.

use std::{collections::BTreeMap, time::Duration};

use hven_core::{
    ActorId, AttemptId, RunId, RunnerId, Time,
    project::ProjectPath,
    recorded::{Recorded, RecordedText},
    resources::{Resources, Shortage, UnitNames},
    run::{AttemptResult, Outcome},
};
use serde::{Deserialize, Serialize};

/// The user and project for which a run counts, and its position among the runs of others.
#[derive(Clone, Debug, PartialEq)]
pub struct Queueing {
    pub user: ActorId,
    pub project: ProjectPath,
    /// A run with a higher priority precedes all runs with a lower one.
    pub priority: i8,
    /// It does not start until it is released.
    pub held: bool,
    /// The unfinished runs that must succeed before it starts, with their names for people.
    pub after: BTreeMap<RunId, String>,
    /// It ends without a start if it has not started at this time.
    pub start_by: Option<Time>,
    /// Why it can never start, as when a run that must succeed before has not. It ends at once.
    pub cannot_start: Option<String>,
}

impl Queueing {
    /// The queueing of a run without any wish.
    pub fn of(user: ActorId, project: ProjectPath) -> Self {
        Self { user, project, priority: 0, held: false, after: BTreeMap::new(), start_by: None, cannot_start: None }
    }
}

impl Default for Queueing {
    fn default() -> Self {
        Self::of(ActorId::SYSTEM, ProjectPath::home())
    }
}

/// Limits of what one user, or one project, may use at the same time. `None`: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseLimit {
    pub runs: Option<u32>,
    pub cpus: Option<u32>,
}

/// The rules by which users and projects share the runners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharingRules {
    /// After this time, earlier use counts half.
    pub half_life: Duration,
    pub user: UseLimit,
    pub project: UseLimit,
    /// A runner gets one attempt in advance for each running one, and more only if it works through them within this time,
    /// as far as its last attempts tell. Such attempts can be neither held nor overtaken. `None`: as many as the runner asks for.
    pub prefetch_window: Option<Duration>,
}

impl Default for SharingRules {
    fn default() -> Self {
        Self {
            half_life: Duration::from_hours(24),
            user: UseLimit::default(),
            project: UseLimit::default(),
            prefetch_window: None,
        }
    }
}

/// An event for the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineEvent {
    /// After a start of the server: what a user used for a project in runs that ended about this time, as reserved cores
    /// times seconds.
    UsedBefore {
        user: ActorId,
        project: ProjectPath,
        core_seconds: f64,
        ended: Time,
    },
    /// A run was submitted. `attempts_made` is above 0 when the server resumes a run whose attempts were lost. Without
    /// `retries_max`, the run is never retried: see [`hven_core::run::Spec::retries`].
    Submitted {
        run: RunId,
        resources: Resources,
        retries_max: Option<u32>,
        attempts_made: u32,
        queueing: Box<Queueing>,
    },
    /// At a start of the server: the run's attempt was given to a runner earlier.
    Resumed {
        attempt: AttemptId,
        runner: RunnerId,
        /// Whether the start of its process is recorded.
        process: bool,
        resources: Resources,
        retries_max: Option<u32>,
        queueing: Box<Queueing>,
    },
    /// The priority of a run changed, or it was held or released. `None`: as before.
    QueueingChanged {
        run: RunId,
        priority: Option<i8>,
        held: Option<bool>,
    },
    /// A runner attached, for the first time or again. `holds` are its attempts: running, waiting in it, or finished
    /// and not yet reported. If an attempt was placed on the runner and is not among them, the runner never received
    /// it, and it is sent again.
    RunnerAttached {
        runner: RunnerId,
        capacity: Resources,
        prefetch: u32,
        holds: Vec<AttemptId>,
    },
    /// The runner's process is known to have ended. Everything that it had finished was reported before.
    RunnerGone {
        runner: RunnerId,
        why: String,
    },
    /// The attempt's process started at `at`.
    ProcessStarted {
        attempt: AttemptId,
        at: Time,
        units: UnitNames,
    },
    Ended {
        attempt: AttemptId,
        result: Box<AttemptResult>,
    },
    CancelRequested {
        run: RunId,
    },
    /// Whether the disk of the home has space for new work. Without space, no attempt starts.
    SpaceChanged {
        has_room: bool,
    },
    /// Time passed: at most [`Engine::wakes_after`] since the last event.
    Tick,
}

/// An action that the engine decided on.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineAction {
    /// Record that the attempt starts on the runner. When that is durable, send it to the runner.
    Place { attempt: AttemptId, runner: RunnerId },
    /// Record that the attempt's process started.
    Run { attempt: AttemptId, at: Time, units: UnitNames },
    /// Send again an attempt that is already recorded.
    SendAgain { attempt: AttemptId, runner: RunnerId },
    /// Order the runner to end the attempt's processes.
    Stop { attempt: AttemptId, runner: RunnerId },
    /// Allow the runner to forget the attempt: its end is recorded, or it is not needed any more.
    Forget { attempt: AttemptId, runner: RunnerId },
    /// Record that the attempt ended and that another one follows.
    Retry { attempt: AttemptId, result: Box<AttemptResult>, because: String },
    /// Record the end of the run.
    Finish { run: RunId, attempt: Option<u32>, result: Box<AttemptResult> },
}

/// The reason why a run waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum WaitReason {
    /// No runner is attached.
    NoRunner,
    /// The disk of the home is full.
    NoSpace,
    /// Other runs are first: this many of the same user and project, of higher priority, or in the runners. `due`: a
    /// user whose share is due before, if that is the reason.
    Queue { ahead: usize, due: Option<ActorId> },
    /// The user, or the project, uses as much as one may.
    Limit { of: LimitOf, resource: String, wanted: u32, limit: u32, in_use: u32 },
    /// A person holds it.
    Held,
    /// Another run must succeed before.
    After { run: RunId, name: String },
    /// It is next, but the resources that it needs are in use.
    Busy { shortage: Shortage },
    /// No runner has enough resources, even when idle.
    TooLarge { shortage: Shortage },
    /// It was given to a runner that has space for it or is not attached now. The runner has not started it yet.
    Placed { runner: RunnerId },
    /// It waits before a retry.
    Backoff { until: Time },
}

/// The owner of the limit that keeps a run from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOf {
    User,
    Project,
}

/// The state of an unfinished run in the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineStanding {
    Waiting(WaitReason),
    Running { attempt: AttemptId, runner: RunnerId },
    Stopping { attempt: AttemptId, runner: RunnerId },
}

/// The runs that must end, or start, before a waiting run starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The attached runners that could hold it.
    pub places: Vec<LinePlace>,
    /// The runs of the queue that are before it, in their order, with what they want.
    pub queued: Vec<(RunId, Resources)>,
}

/// A runner and its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePlace {
    pub capacity: Resources,
    pub running: Vec<(RunId, Resources)>,
    /// Those that wait in the runner, in their order.
    pub waiting: Vec<(RunId, Resources)>,
}

/// The most runs of a line. When more are before a run, its line is not known.
pub const LINE_MAX: usize = 100;

pub trait Engine: Send + 'static {
    fn on_event(&mut self, event: EngineEvent, now: Time) -> Vec<EngineAction>;

    /// The state of a run; `None` when it has ended or was never submitted.
    fn standing(&self, run: RunId, now: Time) -> Option<EngineStanding>;

    /// The limit of the home that keeps a run with these resources from ever starting, if there is one.
    fn limit_below(&self, resources: &Resources) -> Option<WaitReason>;

    /// The runs before a waiting run. `None` when that is not certain, as when users take turns, or when it waits for something else
    /// than others.
    fn line(&self, _run: RunId) -> Option<Line> {
        None
    }

    /// The resources of each attached runner.
    fn capacities(&self) -> Vec<Resources> {
        Vec::new()
    }

    /// How long use of the runners matters for the order of runs.
    fn remembers(&self) -> Duration;

    /// How long the next [`EngineEvent::Tick`] may be delayed at most; `None`: until the next event.
    fn wakes_after(&self, now: Time) -> Option<Duration>;

    /// The number of waiting runs, and the number of runs with a process.
    fn load(&self) -> (usize, usize);
}

/// The only rule for retries: the reason for a retry, or `None` for no retry.
pub fn retry_reason(outcome: &Outcome, attempts_made: u32, retries_max: Option<u32>) -> Option<String> {
    let retries_max = retries_max?;
    match outcome {
        // Work that Hven lost is repeated even when no retries were requested, but not without a limit.
        Outcome::Lost { .. } if attempts_made < retries_max.max(LOST_ATTEMPTS_MAX) => {
            Some(Recorded::RetryLost { outcome: RecordedText(outcome.to_string()) }.to_string())
        }
        _ if outcome.may_be_retried() && attempts_made <= retries_max => {
            let outcome = RecordedText(outcome.to_string());
            Some(Recorded::RetryAsked { outcome, attempt: attempts_made, attempts: retries_max + 1 }.to_string())
        }
        _ => None,
    }
}

/// How often a run is started at most when its runners fail each time.
pub const LOST_ATTEMPTS_MAX: u32 = 20;
