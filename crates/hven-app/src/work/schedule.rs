//! The schedule: the unfinished runs, and the engine that decides when and where they start.
//!
//! The engine receives all events under one lock. Its decisions go, in the same order, to the driver
//! ([`crate::services::driver`]), which records each decision before it acts. So a process starts only after its fact
//! is durable, and the caller that reports an end gets its answer when that end is durable.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hven_core::{
    ActorId, AttemptId, RunId, RunnerId, Time, handle::Handle, project::ProjectPath, resources::Resources, run::Spec,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    kernel::rights::LiveAttempts,
    ports::{
        engine::{Engine, EngineAction, EngineEvent, EngineStanding, Line, Queueing, WaitReason},
        launch::Launch,
    },
};

/// An unfinished run, with the properties that the server needs at hand.
#[derive(Clone, Debug)]
pub struct LiveRun {
    pub handle: Handle,
    pub project: ProjectPath,
    pub submitted_by: ActorId,
    pub spec: Arc<Spec>,
    /// The name under which its launch is kept, and (below) the launch; `None` when it does not exist, as after a
    /// restore.
    pub launch_name: String,
    pub launch: Option<Arc<Launch>>,
    /// The attempt that a runner has now.
    pub attempt: Option<(AttemptId, RunnerId)>,
}

/// A decision of the engine, and the channel that reports when it is durable.
#[derive(Debug)]
pub struct Decision {
    pub actions: Vec<EngineAction>,
    pub durable: Option<oneshot::Sender<()>>,
}

/// The decisions, in order, for the driver.
pub type Decisions = mpsc::Receiver<Decision>;

/// The number of decisions that may wait for the driver. Above it, events wait too.
const DECISIONS_MAX: usize = 4096;

pub struct Schedule {
    /// Held while an event is decided and its decision is queued, so that both have the same order.
    turn: tokio::sync::Mutex<mpsc::Sender<Decision>>,
    engine: Mutex<Box<dyn Engine>>,
    live: Mutex<HashMap<RunId, LiveRun>>,
    needed: Mutex<HashMap<String, usize>>,
    /// Read lock: a call that adds to an unfinished run. Write lock: the driver, while it records ends of runs. So this
    /// lock decides whether an addition came before the end or after it.
    ends: tokio::sync::RwLock<()>,
    /// The number of removed launches. Held while a launch is removed and while one becomes needed.
    pub(super) removals: tokio::sync::Mutex<u64>,
}

impl LiveAttempts for Schedule {
    fn is_live(&self, attempt: AttemptId) -> bool {
        // Calls the inherent method.
        Self::is_live(self, attempt)
    }
}

impl std::fmt::Debug for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Schedule({} live)", self.live().len())
    }
}

impl Schedule {
    pub fn new(engine: Box<dyn Engine>) -> (Self, Decisions) {
        let (sender, decided) = mpsc::channel(DECISIONS_MAX);
        let schedule = Self {
            turn: tokio::sync::Mutex::new(sender),
            engine: Mutex::new(engine),
            live: Mutex::default(),
            needed: Mutex::default(),
            ends: tokio::sync::RwLock::default(),
            removals: tokio::sync::Mutex::default(),
        };
        (schedule, decided)
    }

    fn engine(&self) -> MutexGuard<'_, Box<dyn Engine>> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, HashMap<RunId, LiveRun>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limit of the home that keeps a run with these resources from ever starting, if there is one.
    pub(crate) fn limit_below(&self, resources: &Resources) -> Option<WaitReason> {
        self.engine().limit_below(resources)
    }

    /// Sends an event to the engine. Returns when the decision is queued.
    pub async fn send_event(&self, event: EngineEvent, now: Time) {
        self.send_event_for(event, now, None).await;
    }

    /// Sends an event to the engine, and waits until the decision is durable.
    pub(crate) async fn send_event_durably(&self, event: EngineEvent, now: Time) {
        let (durable, done) = oneshot::channel();
        self.send_event_for(event, now, Some(durable)).await;
        // The driver drops the sender only when the server closes. Then the connection of the caller ends too.
        let _ = done.await;
    }

    async fn send_event_for(&self, event: EngineEvent, now: Time, durable: Option<oneshot::Sender<()>>) {
        let turn = self.turn.lock().await;
        let actions = self.engine().on_event(event, now);
        if actions.is_empty() && durable.is_none() {
            return;
        }
        // The driver ends only with the server.
        let _ = turn.send(Decision { actions, durable }).await;
    }

    /// Adds a run whose submission is recorded.
    pub async fn submit(&self, run: RunId, live: LiveRun, attempts_made: u32, queueing: Queueing, now: Time) {
        let event = EngineEvent::Submitted {
            run,
            resources: live.spec.resources.clone(),
            retries_max: live.spec.retries(),
            attempts_made,
            queueing: Box::new(queueing),
        };
        self.enter(run, live);
        self.send_event(event, now).await;
    }

    /// Adds an unfinished run. From now on its launch is needed.
    pub(super) fn enter(&self, run: RunId, live: LiveRun) {
        *self.needed().entry(live.launch_name.clone()).or_default() += 1;
        if let Some(before) = self.live().insert(run, live) {
            self.release(&before.launch_name);
        }
    }

    /// Removes a run that has ended. Returns the name of its launch when no other run needs it.
    pub(crate) fn leave(&self, run: RunId) -> Option<String> {
        let left = self.live().remove(&run)?;
        self.release(&left.launch_name).then_some(left.launch_name)
    }

    pub(super) fn needed(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.needed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether no run needs the launch any more.
    pub(super) fn release(&self, launch_name: &str) -> bool {
        let mut needed = self.needed();
        let Some(count) = needed.get_mut(launch_name) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            needed.remove(launch_name);
        }
        is_last
    }

    pub fn standing(&self, run: RunId, now: Time) -> Option<EngineStanding> {
        self.engine().standing(run, now)
    }

    /// The runs before a waiting run: see [`Engine::line`].
    pub(crate) fn line(&self, run: RunId) -> Option<Line> {
        self.engine().line(run)
    }

    /// The resources of each attached runner.
    pub(crate) fn capacities(&self) -> Vec<Resources> {
        self.engine().capacities()
    }

    /// How long use of the runners matters for the order of runs.
    pub(crate) fn remembers(&self) -> Duration {
        self.engine().remembers()
    }

    pub fn load(&self) -> (usize, usize) {
        self.engine().load()
    }

    pub fn wakes_after(&self, now: Time) -> Option<Duration> {
        self.engine().wakes_after(now)
    }

    /// While this guard is held, no end of a run is recorded.
    pub(crate) async fn without_ends(&self) -> tokio::sync::RwLockReadGuard<'_, ()> {
        self.ends.read().await
    }

    /// While this guard is held, ends of runs are recorded, and no call adds to an unfinished run.
    pub(crate) async fn ending(&self) -> tokio::sync::RwLockWriteGuard<'_, ()> {
        self.ends.write().await
    }

    /// The newest known attempt of an unfinished run; 0 when there was none.
    pub(crate) fn unended(&self, run: RunId) -> Option<u32> {
        let live = self.live();
        live.get(&run).map(|live| live.attempt.map_or(0, |(attempt, _)| attempt.number))
    }

    /// Whether a runner has the run.
    pub(crate) fn has_attempt(&self, run: RunId) -> bool {
        self.live().get(&run).is_some_and(|live| live.attempt.is_some())
    }

    /// Whether a runner has the attempt now. Only then is its token valid.
    pub fn is_live(&self, attempt: AttemptId) -> bool {
        self.live().get(&attempt.run).is_some_and(|live| live.attempt.is_some_and(|(now, _)| now == attempt))
    }

    /// Whether this runner has the attempt.
    pub(crate) fn is_with(&self, attempt: AttemptId, runner: RunnerId) -> bool {
        self.live().get(&attempt.run).is_some_and(|live| live.attempt == Some((attempt, runner)))
    }

    /// The secrets of an unfinished run, the longest first, because others may be parts of them.
    pub fn secrets(&self, run: RunId) -> Vec<String> {
        let launch = self.live().get(&run).and_then(|live| live.launch.clone());
        let mut secrets: Vec<String> =
            launch.map(|launch| launch.secrets.values().cloned().collect()).unwrap_or_default();
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    /// The names of all launches that a run may still need.
    pub fn launches(&self) -> Vec<String> {
        self.needed().keys().cloned().collect()
    }
}
