//! What is known of the runners that are attached, and the commands that wait for them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hven_core::{AttemptId, RunnerId, Time};
use tokio::sync::Notify;

use crate::{
    kernel::error::{AppError, AppResult},
    work::{schedule::LiveRun, set_aside_counts::SetAsideCounts},
};

/// What is known of the runners that are attached.
#[derive(Debug, Default)]
pub struct RunnerLinks {
    attached: Mutex<HashMap<RunnerId, RunnerLink>>,
    /// Runners that are not attached and not known to have ended, and since when.
    silent: Mutex<HashMap<RunnerId, Time>>,
    /// The highest count of an attach of each runner. Held while one is taken in, so that the engine hears of them in
    /// their order.
    pub(super) counts: tokio::sync::Mutex<HashMap<RunnerId, u64>>,
    pub(crate) asides: SetAsideCounts,
}

#[derive(Debug)]
pub(super) struct RunnerLink {
    pub(super) session: String,
    pub(super) next_number: u64,
    /// Sent, but not known to have arrived.
    pub(super) commands: VecDeque<(u64, RunnerCommand)>,
    pub(super) arrived: Arc<Notify>,
    pub(super) heard: Time,
    pub(super) leave_when_idle: bool,
    pub(super) hands_on_stdin: bool,
    pub(super) enters_folders: bool,
}

/// What a runner is told to do.
#[derive(Clone, Debug)]
pub enum RunnerCommand {
    /// Start the attempt; what it needs is looked up when the command is handed out.
    Start {
        attempt: AttemptId,
        live: Box<LiveRun>,
        token: String,
    },
    Stop {
        attempt: AttemptId,
    },
    /// Not to begin it; what has begun goes on.
    Withdraw {
        attempt: AttemptId,
        why: String,
    },
    Forget {
        attempt: AttemptId,
    },
}

impl RunnerLinks {
    pub(super) fn attached(&self) -> MutexGuard<'_, HashMap<RunnerId, RunnerLink>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a command, to be handed out after the next [`Self::ring`]. For a runner that is not attached it is
    /// dropped: the engine sends again what is still wanted when the runner attaches.
    pub(crate) fn send(&self, runner: RunnerId, command: RunnerCommand) {
        let mut links = self.attached();
        let Some(link) = links.get_mut(&runner) else { return };
        let number = link.next_number;
        link.next_number += 1;
        link.commands.push_back((number, command));
    }

    /// Wakes the runners that have commands: once for all that was queued, so that they get it in one answer.
    pub(crate) fn ring(&self) {
        for link in self.attached().values().filter(|link| !link.commands.is_empty()) {
            link.arrived.notify_waiters();
        }
    }

    fn silent(&self) -> MutexGuard<'_, HashMap<RunnerId, Time>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A runner is not known to have ended. It counts as silent until it attaches, or has ended.
    pub(crate) fn note_silent(&self, runner: RunnerId, now: Time) {
        if self.heard(runner).is_none() {
            self.silent().entry(runner).or_insert(now);
        }
    }

    pub(crate) fn forget_silent(&self, runner: RunnerId) {
        self.silent().remove(&runner);
    }

    /// The runners that have been silent since before this time.
    pub(crate) fn silent_since(&self, before: Time) -> Vec<RunnerId> {
        let silent = self.silent();
        let long = silent.iter().filter(|(_, since)| **since <= before).map(|(runner, _)| *runner);
        // One may have attached just when it was noted.
        let mut found: Vec<RunnerId> = long.filter(|runner| self.heard(*runner).is_none()).collect();
        drop(silent);
        found.sort_unstable();
        found
    }

    /// When a runner was last heard; `None` when it is not attached.
    pub fn heard(&self, runner: RunnerId) -> Option<Time> {
        self.attached().get(&runner).map(|link| link.heard)
    }

    /// Takes back a command that was not given out.
    pub(super) fn withdraw(&self, runner: RunnerId, session: &str, number: u64) {
        let mut links = self.attached();
        if let Some(link) = links.get_mut(&runner).filter(|link| link.session == session) {
            link.commands.retain(|(queued, _)| *queued != number);
        }
    }

    pub(crate) fn drop_link(&self, runner: RunnerId) {
        if let Some(link) = self.attached().remove(&runner) {
            // One that waits for commands is told at once that there will be none.
            link.arrived.notify_waiters();
        }
    }

    /// Tells all runners to end when they have nothing left to do.
    pub fn dismiss(&self) {
        for link in self.attached().values_mut() {
            link.leave_when_idle = true;
            link.arrived.notify_waiters();
        }
    }

    pub(super) fn heard_now(&self, runner: RunnerId, session: &str, now: Time) -> AppResult<()> {
        let mut links = self.attached();
        let link = links.get_mut(&runner).filter(|link| link.session == session);
        link.ok_or_else(|| AppError::StaleSession(session.to_owned()))?.heard = now;
        Ok(())
    }
}
