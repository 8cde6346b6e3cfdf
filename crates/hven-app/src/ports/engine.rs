//! The scheduling engine: told what happened, it answers what is to be done. It does nothing itself.

use std::time::Duration;

use hven_core::{
    AttemptId, RunId, RunnerId, Time,
    recorded::{Recorded, Told},
    resources::{Resources, Shortage},
    run::{AttemptResult, Outcome},
};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineEvent {
    /// A run is wanted. `attempts_made` is above 0 when the server comes back to a run whose attempts were lost. Without
    /// `retries_max` it is never tried again: see [`hven_core::run::Spec::retries`].
    Submitted {
        run: RunId,
        resources: Resources,
        retries_max: Option<u32>,
        attempts_made: u32,
    },
    /// On start: a run whose attempt was given to a runner before.
    Resumed {
        attempt: AttemptId,
        runner: RunnerId,
        /// That its process was started is recorded.
        process: bool,
        resources: Resources,
        retries_max: Option<u32>,
    },
    /// A runner is there, new or again. `holds` are the attempts that it has, running, waiting in it or finished but
    /// not yet reported. Attempts placed on it that it does not know were never received: they are sent again.
    RunnerAttached {
        runner: RunnerId,
        capacity: Resources,
        prefetch: u32,
        holds: Vec<AttemptId>,
    },
    /// The runner's process is known to have ended; what it had finished has been reported before.
    RunnerGone {
        runner: RunnerId,
        why: String,
    },
    /// The attempt's process was started, at that time.
    ProcessStarted {
        attempt: AttemptId,
        at: Time,
    },
    Ended {
        attempt: AttemptId,
        result: Box<AttemptResult>,
    },
    CancelRequested {
        run: RunId,
    },
    /// Whether new work finds space on the disk of the home. While it does not, nothing is begun.
    SpaceChanged {
        has_room: bool,
    },
    /// Time passed: at most [`Engine::wakes_after`] after the last event.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineAction {
    /// Record that the attempt starts on the runner; when that is durable, send it.
    Place { attempt: AttemptId, runner: RunnerId },
    /// Record that the attempt's process was started.
    Run { attempt: AttemptId, at: Time },
    /// Send an attempt that is recorded already, once more.
    SendAgain { attempt: AttemptId, runner: RunnerId },
    /// Tell the runner to end the attempt's processes.
    Stop { attempt: AttemptId, runner: RunnerId },
    /// The runner may forget what it knows of the attempt: its end is recorded, or nobody wants it.
    Forget { attempt: AttemptId, runner: RunnerId },
    /// Record that the attempt ended and another follows.
    Retry { attempt: AttemptId, result: Box<AttemptResult>, because: String },
    /// Record the end of the run.
    Finish { run: RunId, attempt: Option<u32>, result: Box<AttemptResult> },
}

/// Why a run waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum WaitReason {
    /// No runner is attached.
    NoRunner,
    /// The disk of the home is full.
    NoSpace,
    /// Others were here before.
    Queue { ahead: usize },
    /// The next in line, but what it needs is in use.
    Busy { shortage: Shortage },
    /// No runner has as much, also when idle.
    TooLarge { shortage: Shortage },
    /// Given to a runner that has room for it, or is not attached now; it has not started it yet.
    Placed { runner: RunnerId },
    /// Until it is tried again.
    Backoff { until: Time },
}

/// What an engine knows of a run that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineStanding {
    WaitReason(WaitReason),
    Running { attempt: AttemptId, runner: RunnerId },
    Stopping { attempt: AttemptId, runner: RunnerId },
}

pub trait Engine: Send + 'static {
    fn on_event(&mut self, event: EngineEvent, now: Time) -> Vec<EngineAction>;

    /// Where a run stands; `None` when it has ended or was never submitted.
    fn standing(&self, run: RunId, now: Time) -> Option<EngineStanding>;

    /// How long [`EngineEvent::Tick`] may wait at most; `None`: until something happens.
    fn wakes_after(&self, now: Time) -> Option<Duration>;

    /// How many runs wait and how many have a process.
    fn load(&self) -> (usize, usize);
}

/// Why an attempt is not tried again, or why it is: the one rule for retries.
pub fn retry_reason(outcome: &Outcome, attempts_made: u32, retries_max: Option<u32>) -> Option<String> {
    let retries_max = retries_max?;
    match outcome {
        // Work that Hven lost is repeated also when no retries were asked for, but not for ever.
        Outcome::Lost { .. } if attempts_made < retries_max.max(LOST_ATTEMPTS_MAX) => {
            Some(Recorded::RetryLost { outcome: Told(outcome.to_string()) }.to_string())
        }
        _ if outcome.may_be_retried() && attempts_made <= retries_max => {
            let outcome = Told(outcome.to_string());
            Some(Recorded::RetryAsked { outcome, attempt: attempts_made, attempts: retries_max + 1 }.to_string())
        }
        _ => None,
    }
}

/// How often a run is begun at most when its runners keep dying under it.
pub const LOST_ATTEMPTS_MAX: u32 = 20;
