//! What becomes of attempts when their processes have ended: outputs are kept, the ledger says how they ended, the
//! server is told, and when it has recorded that, they are forgotten.

use std::{
    fs, io,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use hven_api::spool::{self, Exit};
use hven_core::{
    AttemptId, Time,
    resources::Resources,
    run::{AttemptResult, Outcome},
    stream::Stream,
};

use super::{
    Desk,
    entries::{Key, Stage},
};
use crate::{folder, keeping::Job, kept::Kept, leftovers, live::Conclusion, log, metrics::Metrics, seen};

/// How often something is tried again that a full disk hindered.
const RETRY: Duration = Duration::from_secs(1);

impl Desk {
    /// An attempt's processes have all ended.
    pub(super) fn conclude(&mut self, key: Key, now: Time) {
        let Some(Stage::Live(mut live)) = self.entries.set_stage(key, Stage::Coming) else { return };
        let notes = self.sharing.ended(key);
        let Conclusion { result, look } = live.conclude(now, &mut self.buffer, notes);
        let are_points_missing = look.failed.is_some();
        if self.mains.get(&live.main) == Some(&key) {
            self.mains.remove(&live.main);
        }
        self.orphans.retain(|_, of| *of != key);
        self.tell_written(live.attempt, live.written());
        self.tell_logged(live.attempt, look);
        let is_input_kept = result.stdin.is_some_and(|read| read.kept);
        let seen = live.seen.take();
        let seen = seen.and_then(|seen| seen::due_at_end(seen, live.attempt, result.started, result.wall_s));
        if live.has_more_to_keep() || is_input_kept || are_points_missing || seen.is_some() {
            let (cwd, outputs, limits, at_start) = (live.cwd, live.outputs, live.limits, live.at_start);
            let exit = Exit { result, cwd, outputs, limits, seen, at_start };
            self.keep(key, exit, are_points_missing.then_some(live.metrics), live.resources);
        } else {
            self.end(key, result, &live.resources, true);
        }
    }

    pub(super) fn tend_remains(&mut self, key: Key, at: Instant, now: Time) {
        let Some(entry) = self.entries.get(key) else { return };
        let (attempt, dir) = (entry.attempt, Arc::clone(&entry.dir));
        let Stage::Remains { remains, next } = &mut entry.stage else { return };
        if let Some(again) = remains.tend(at) {
            *next = again;
            return;
        }
        // When a full disk hinders this, it is tried again.
        *next = at + RETRY;
        if let Ok((result, look)) = leftovers::lost(self.metrics_file(attempt), &dir, now) {
            self.tell_logged(attempt, look);
            self.tell_written(attempt, leftovers::written(&dir));
            self.end(key, result, &Resources::none(), true);
        }
    }

    /// There never was a process, so there is nothing that the ledger must keep: asked again, the end would be the
    /// same.
    pub(super) fn end_without_process(&mut self, key: Key, outcome: Outcome) {
        self.report(key, AttemptResult::without_process(outcome).into(), true);
        self.is_start_due = true;
    }

    /// Hands an attempt to those that keep outputs. It has its place until they have done so.
    pub(super) fn keep(&mut self, key: Key, exit: Exit, metrics: Option<Metrics>, resources: Resources) {
        let Some(entry) = self.entries.get(key) else { return };
        let stop = Arc::new(AtomicBool::new(entry.is_unwanted));
        let (attempt, dir) = (entry.attempt, Arc::clone(&entry.dir));
        self.entries.set_stage(key, Stage::Keeping { resources, stop: Arc::clone(&stop) });
        if let Err(error) = folder::write_json(&dir, spool::EXIT, &exit) {
            // Without it the attempt is lost should the runner die before its end is written, and not before.
            crate::say(&format!("{} cannot be written: {error}", dir.display()));
        }
        self.keepers.keep(Job { attempt, dir, exit, metrics, stop });
    }

    /// Outputs are kept, and so is the rest of what the attempt had logged.
    pub(super) fn kept(&mut self, attempt: AttemptId, mut kept: Kept) {
        let Some(key) = self.entries.key_of(attempt) else { return };
        let Some(Stage::Keeping { resources, .. }) = self.entries.set_stage(key, Stage::Coming) else { return };
        self.outbox.written(attempt, Stream::Log, kept.result.log.bytes);
        if let Some(bytes) = kept.metrics_bytes {
            self.outbox.written(attempt, Stream::Metrics, bytes);
        }
        self.tell_logged(attempt, kept.look);
        // Others began while its outputs were read.
        kept.result.changed.extend(self.sharing.ended(key));
        self.end(key, kept.result, &resources, kept.is_sent);
    }

    /// An attempt has ended and its outputs are kept: its place is free, and the ledger says so before anybody else.
    pub(super) fn end(&mut self, key: Key, result: AttemptResult, resources: &Resources, is_sent: bool) {
        self.sharing.remove(key);
        self.free.give_back(resources);
        self.is_start_due = true;
        let Some(entry) = self.entries.get(key) else { return };
        if entry.is_unwanted {
            return self.drop_entry(key);
        }
        let result = Arc::new(result);
        if let Err(error) = self.ledger.ended(entry.attempt, &result) {
            entry.is_unwritten = true;
            crate::say(&format!("the end of {} is not written yet: {error}", entry.attempt));
        } else if result.log.bytes >= self.options.log.head_bytes {
            log::remove_pieces(&entry.dir);
        }
        self.report(key, result, is_sent);
    }

    /// Tells the server how an attempt ended, as soon as it has the outputs.
    pub(super) fn report(&mut self, key: Key, result: Arc<AttemptResult>, is_sent: bool) {
        let Some(entry) = self.entries.get(key) else { return };
        let (attempt, dir) = (entry.attempt, Arc::clone(&entry.dir));
        if is_sent {
            self.outbox.ended(attempt, Arc::clone(&result));
            self.entries.set_stage(key, Stage::Ended(result));
        } else {
            self.entries.set_stage(key, Stage::Uploading(result));
            self.keepers.upload(attempt, dir);
        }
    }

    /// The server has the outputs of an attempt that ended while it was away.
    pub(super) fn sent(&mut self, attempt: AttemptId) {
        let Some(key) = self.entries.key_of(attempt) else { return };
        if let Some(Stage::Uploading(result)) = self.entries.stage(key) {
            let result = Arc::clone(result);
            self.report(key, result, true);
        }
    }

    /// Ends that a full disk kept out of the ledger.
    pub(super) fn write_unwritten(&mut self) {
        let unwritten: Vec<_> =
            self.entries.iter().filter(|entry| entry.is_unwritten).map(|entry| entry.attempt).collect();
        for attempt in unwritten {
            let Some(entry) = self.entries.key_of(attempt).and_then(|key| self.entries.get(key)) else { continue };
            if let Stage::Ended(result) | Stage::Uploading(result) = &entry.stage {
                entry.is_unwritten = self.ledger.ended(attempt, result).is_err();
            }
        }
    }

    /// Nobody will ask for an attempt any more.
    pub(super) fn drop_entry(&mut self, key: Key) {
        let Some(entry) = self.entries.remove(key) else { return };
        self.outbox.forget(entry.attempt);
        let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let metrics = self.metrics_file(entry.attempt);
        // A task may have put something else in the place of the file.
        let removed = fs::remove_file(&metrics)
            .or_else(|error| if gone(&error) { Ok(()) } else { self.remover.discard(&metrics) });
        // A short task has no folder, and asking for its removal is the cheapest way to know.
        let removed = removed.and_then(|()| match fs::remove_dir(&entry.dir) {
            Err(error) if gone(&error) => Ok(()),
            Err(_) => {
                // What a task worked in may be large.
                self.remover.discard(&entry.dir.join(spool::WORK))?;
                fs::remove_dir_all(&entry.dir)
            }
            Ok(()) => Ok(()),
        });
        // The folder goes first: should the runner die in between, it tells once more what the server knows.
        let noted = removed.and_then(|()| self.ledger.forgotten(entry.attempt));
        if let Err(error) = noted {
            crate::say(&format!("{} cannot be forgotten: {error}", entry.attempt));
        }
        if self.ledger.is_long()
            && let Err(error) = self.ledger.renew(self.entries.known())
        {
            crate::say(&format!("the ledger cannot be written anew: {error}"));
        }
    }
}
