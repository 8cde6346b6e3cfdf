//! What the processes of attempts do: print, end, leave others behind.

use std::time::Instant;

use hven_core::{AttemptId, Time, stream::Stream};

use super::{
    Desk,
    entries::{Key, Stage},
};
use crate::{kernel, metrics::Look, tree};

impl Desk {
    /// An attempt has printed something.
    pub(super) fn read(&mut self, key: Key, now: Time) {
        if let Some(live) = self.entries.live(key) {
            live.read(now, &mut self.buffer);
            let (attempt, written) = (live.attempt, live.written()[0]);
            self.tell_written(attempt, [written]);
        }
    }

    pub(super) fn tell_written<const N: usize>(&self, attempt: AttemptId, written: [(Stream, u64); N]) {
        for (stream, bytes) in written.into_iter().filter(|&(_, bytes)| bytes > 0) {
            self.outbox.written(attempt, stream, bytes);
        }
    }

    pub(super) fn tell_logged(&self, attempt: AttemptId, look: Look) {
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
        let Some(key) = self.entries.key_of(attempt) else { return };
        let orphans = self.orphans_of(key);
        if let Some(live) = self.entries.live(key) {
            live.measured(bytes, Instant::now(), now, &orphans);
        }
    }

    /// Signals came: most of all, children have ended.
    pub(super) fn signalled(&mut self, now: Time) {
        while let Some(signal) = self.signals.file.next() {
            // The end of a terminal is nothing to a runner.
            if matches!(signal, libc::SIGTERM | libc::SIGINT) {
                self.was_told_to_end = true;
            }
        }
        let mut touched = Vec::new();
        while let Some(pid) = kernel::ended_child() {
            let main = self.mains.get(&pid).copied().filter(|&key| self.entries.has_main(key));
            let owner = main.or_else(|| self.orphans.remove(&pid)).or_else(|| self.owner_of(pid));
            let Some((ending, used)) = kernel::reap(pid) else { break };
            let Some(key) = owner else { continue };
            if let Some(live) = self.entries.live(key) {
                live.meter.add(used);
                if main.is_some() {
                    live.ended(ending, now);
                }
            }
            touched.push(key);
        }
        touched.dedup();
        for key in touched {
            self.settle(key, now);
        }
    }

    /// Which attempt a child that is no first process belongs to: the one whose session it is in, else the one whose
    /// mark it carries, else the only one that ran when it began. While there are several of these it stays open; when
    /// there is none any more, it is ended.
    fn owner_of(&self, pid: u32) -> Option<Key> {
        /// The kernel rounds the times of processes to a hundredth of a second.
        const ROUNDING_S: f64 = 0.02;
        let stat = tree::stat(pid)?;
        let by_session = self.mains.get(&stat.session).copied();
        let by_mark = || tree::mark(pid).and_then(|attempt| self.entries.key_of(attempt));
        if let Some(key) = by_session.or_else(by_mark).filter(|&key| self.entries.is_live(key)) {
            return Some(key);
        }
        let mut possible = self.entries.all_live().filter(|(_, live)| live.began_s <= stat.began_s() + ROUNDING_S);
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

    /// Sees whether an attempt whose first process has ended is over.
    pub(super) fn settle(&mut self, key: Key, now: Time) {
        if !self.entries.is_live(key) || self.entries.has_main(key) {
            return;
        }
        let mut is_over = true;
        for pid in self.children.list(|session| self.mains.contains_key(&session)) {
            if self.mains.get(&pid).is_some_and(|&key| self.entries.has_main(key)) {
                continue;
            }
            if let Some(owner) = self.orphans.get(&pid).copied().or_else(|| self.owner_of(pid)) {
                self.orphans.insert(pid, owner);
                is_over &= owner != key;
            }
        }
        if is_over {
            self.conclude(key, now);
        } else if let Some(live) = self.entries.live(key) {
            live.linger(Instant::now());
        }
    }

    pub(super) fn tend_live(&mut self, key: Key, at: Instant, now: Time) {
        let orphans = self.orphans_of(key);
        let Some(Stage::Live(live)) = self.entries.stage(key) else { return };
        let Some(found) = live.tend(at, now, &orphans, &self.place) else { return self.conclude(key, now) };
        if found.measure {
            self.keepers.measure(live.attempt, live.cwd.clone(), live.outputs.clone());
        }
        let (attempt, written) = (live.attempt, live.written());
        self.tell_written(attempt, written);
        self.tell_logged(attempt, found.look);
        // Retry the owner look-up for orphaned processes.
        self.settle(key, now);
    }
}
