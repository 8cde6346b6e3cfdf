//! The events of the processes of attempts: output, ends, and child processes that outlive their parents.

use std::time::Instant;

use hven_core::{AttemptId, Time, stream::Stream};

use super::{
    Supervisor,
    attempts::{Key, Stage},
};
use crate::{kernel, metrics::MetricsUpdate, tree};

impl Supervisor {
    /// Reads output of an attempt.
    pub(super) fn read(&mut self, key: Key, now: Time) {
        if let Some(live) = self.attempts.live(key) {
            live.read(now, &mut self.buffer);
            let (attempt, written) = (live.attempt, live.written()[0]);
            self.report_written(attempt, [written]);
        }
    }

    pub(super) fn report_written<const N: usize>(&self, attempt: AttemptId, written: [(Stream, u64); N]) {
        for (stream, bytes) in written.into_iter().filter(|&(_, bytes)| bytes > 0) {
            self.outbox.written(attempt, stream, bytes);
        }
    }

    pub(super) fn report_logged(&self, attempt: AttemptId, look: MetricsUpdate) {
        if !look.params.is_empty() {
            self.outbox.params(attempt, look.params);
        }
        if !look.asides.is_empty() {
            self.outbox.set_aside(attempt, look.asides);
        }
    }

    pub(super) fn orphans_of(&self, key: Key) -> Vec<u32> {
        self.orphans.iter().filter(|&(_, &of)| of == key).map(|(&pid, _)| pid).collect()
    }

    pub(super) fn measured(&mut self, attempt: AttemptId, bytes: u64, now: Time) {
        let Some(key) = self.attempts.key_of(attempt) else { return };
        let orphans = self.orphans_of(key);
        if let Some(live) = self.attempts.live(key) {
            live.measured(bytes, Instant::now(), now, &orphans);
        }
    }

    /// Handles the signals that arrived, mostly SIGCHLD of ended children.
    pub(super) fn handle_signals(&mut self, now: Time) {
        while let Some(signal) = self.signals.file.next() {
            // SIGHUP has no meaning for a runner.
            if matches!(signal, libc::SIGTERM | libc::SIGINT) {
                self.is_end_requested = true;
            }
        }
        let mut touched = Vec::new();
        while let Some(pid) = kernel::ended_child() {
            let main = self.mains.get(&pid).copied().filter(|&key| self.attempts.has_main(key));
            let owner = main.or_else(|| self.orphans.remove(&pid)).or_else(|| self.owner_of(pid));
            let Some((ending, used)) = kernel::reap(pid) else { break };
            let Some(key) = owner else { continue };
            if let Some(live) = self.attempts.live(key) {
                live.meter.add(used);
                if main.is_some() {
                    live.ended(ending, now);
                }
            }
            touched.push(key);
        }
        touched.dedup();
        for key in touched {
            self.conclude_if_over(key, now);
        }
    }

    /// The attempt to which a child that is not a first process belongs: the attempt of its session, else the attempt whose
    /// mark it carries, else the only attempt that ran when the child started. If several ran, the answer stays open. If no
    /// such attempt runs any more, the child is killed.
    fn owner_of(&self, pid: u32) -> Option<Key> {
        /// The kernel rounds the times of processes to a hundredth of a second.
        const ROUNDING_S: f64 = 0.02;
        let stat = tree::stat(pid)?;
        let by_session = self.mains.get(&stat.session).copied();
        let by_mark = || tree::mark(pid).and_then(|attempt| self.attempts.key_of(attempt));
        if let Some(key) = by_session.or_else(by_mark).filter(|&key| self.attempts.is_live(key)) {
            return Some(key);
        }
        let mut possible = self.attempts.all_live().filter(|(_, live)| live.began_s <= stat.began_s() + ROUNDING_S);
        match (possible.next(), possible.next()) {
            (Some((key, _)), None) => Some(key),
            (Some(_), Some(_)) => None,
            (None, _) => {
                if !stat.ended {
                    tree::signal(&stat, libc::SIGKILL);
                }
                None
            }
        }
    }

    /// Concludes an attempt if its first process and all other processes have ended.
    pub(super) fn conclude_if_over(&mut self, key: Key, now: Time) {
        if !self.attempts.is_live(key) || self.attempts.has_main(key) {
            return;
        }
        let mut is_over = true;
        for pid in self.children.list(|session| self.mains.contains_key(&session)) {
            if self.mains.get(&pid).is_some_and(|&key| self.attempts.has_main(key)) {
                continue;
            }
            if let Some(owner) = self.orphans.get(&pid).copied().or_else(|| self.owner_of(pid)) {
                self.orphans.insert(pid, owner);
                is_over &= owner != key;
            }
        }
        if is_over {
            self.conclude(key, now);
        } else if let Some(live) = self.attempts.live(key) {
            live.linger(Instant::now());
        }
    }

    pub(super) fn check_live(&mut self, key: Key, at: Instant, now: Time) {
        let orphans = self.orphans_of(key);
        let Some(Stage::Live(live)) = self.attempts.stage(key) else { return };
        let Some(found) = live.check(at, now, &orphans, &self.scope) else { return self.conclude(key, now) };
        if found.measure {
            self.keepers.measure(live.attempt, live.cwd.clone(), live.outputs.clone());
        }
        let (attempt, written) = (live.attempt, live.written());
        self.report_written(attempt, written);
        self.report_logged(attempt, found.look);
        // Retry the owner look-up for orphaned processes.
        self.conclude_if_over(key, now);
    }
}
