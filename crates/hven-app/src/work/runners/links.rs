//! The attached runners, and the commands that wait for them.

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

/// The attached runners.
#[derive(Debug, Default)]
pub struct RunnerLinks {
    attached: Mutex<HashMap<RunnerId, RunnerLink>>,
    /// Runners that are not attached and not known to have ended, with the time since when.
    silent: Mutex<HashMap<RunnerId, Time>>,
    /// The highest attach count of each runner. Held while an attach is processed, so that the engine receives them in
    /// order.
    pub(super) counts: tokio::sync::Mutex<HashMap<RunnerId, u64>>,
    pub(crate) set_aside_counts: SetAsideCounts,
}

#[derive(Debug)]
pub(super) struct RunnerLink {
    pub(super) session: String,
    pub(super) next_number: u64,
    /// Commands that were sent and are not confirmed.
    pub(super) commands: VecDeque<(u64, RunnerCommand)>,
    pub(super) arrived: Arc<Notify>,
    pub(super) heard: Time,
    pub(super) leave_when_idle: bool,
    pub(super) hands_on_stdin: bool,
    pub(super) enters_folders: bool,
}

/// A command for a runner.
#[derive(Clone, Debug)]
pub enum RunnerCommand {
    /// Start the attempt. Its files and settings are looked up when the command is delivered.
    Start {
        attempt: AttemptId,
        live: Box<LiveRun>,
        token: String,
    },
    Stop {
        attempt: AttemptId,
    },
    /// Do not start the attempt. A running process continues.
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

    /// Queues a command, to be delivered after the next [`Self::wake`]. For a runner that is not attached, the command
    /// is dropped: the engine sends everything that is still needed when the runner attaches.
    pub(crate) fn send(&self, runner: RunnerId, command: RunnerCommand) {
        let mut links = self.attached();
        let Some(link) = links.get_mut(&runner) else { return };
        let number = link.next_number;
        link.next_number += 1;
        link.commands.push_back((number, command));
    }

    /// Wakes the runners that have commands, once for all queued commands, so that a runner gets them in one answer.
    pub(crate) fn wake(&self) {
        for link in self.attached().values().filter(|link| !link.commands.is_empty()) {
            link.arrived.notify_waiters();
        }
    }

    fn silent(&self) -> MutexGuard<'_, HashMap<RunnerId, Time>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a runner that is not known to have ended. It counts as silent until it attaches or has ended.
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
        // A runner may have attached while it was being noted.
        let mut found: Vec<RunnerId> = long.filter(|runner| self.heard(*runner).is_none()).collect();
        drop(silent);
        found.sort_unstable();
        found
    }

    /// The time of the runner's last message; `None` when it is not attached.
    pub fn heard(&self, runner: RunnerId) -> Option<Time> {
        self.attached().get(&runner).map(|link| link.heard)
    }

    /// Removes a command that was not delivered.
    pub(super) fn withdraw(&self, runner: RunnerId, session: &str, number: u64) {
        let mut links = self.attached();
        if let Some(link) = links.get_mut(&runner).filter(|link| link.session == session) {
            link.commands.retain(|(queued, _)| *queued != number);
        }
    }

    pub(crate) fn drop_link(&self, runner: RunnerId) {
        if let Some(link) = self.attached().remove(&runner) {
            // A runner that waits for commands gets the answer at once.
            link.arrived.notify_waiters();
        }
    }

    /// Orders all runners to end as soon as they have no more work.
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
