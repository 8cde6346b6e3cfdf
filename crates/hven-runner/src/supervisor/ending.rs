//! The steps after the processes of an attempt have ended: keep the outputs, write the end to the ledger, report it to
//! the server, and forget the attempt when the server has recorded it.

use std::{
    fs, io,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use hven_api::spool::{self, Exit};
use hven_core::{
    AttemptId, Time,
    run::{AttemptResult, Outcome},
    stream::Stream,
};

use super::{
    Supervisor,
    attempts::{Key, Stage},
};
use crate::{
    file_check, folder, grants::Grant, kept_outputs::KeptOutputs, leftovers, live::Conclusion, log, metrics::Metrics,
    output_keepers::KeepingJob,
};

/// The time between two tries of an operation that failed on a full disk.
const RETRY: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Concludes an attempt whose processes have all ended.
    pub(super) fn conclude(&mut self, key: Key, now: Time) {
        let Some(Stage::Live(mut live)) = self.attempts.set_stage(key, Stage::InTransition) else { return };
        let notes = self.shared_outputs.ended(key);
        let Conclusion { result, look } = live.conclude(now, &mut self.buffer, notes);
        let are_points_missing = look.failed.is_some();
        if self.mains.get(&live.main) == Some(&key) {
            self.mains.remove(&live.main);
        }
        self.orphans.retain(|_, of| *of != key);
        self.report_written(live.attempt, live.written());
        self.report_logged(live.attempt, look);
        let is_input_kept = result.stdin.is_some_and(|read| read.kept);
        let seen = live.seen.take();
        let seen = seen.and_then(|seen| file_check::due_at_end(seen, live.attempt, result.started, result.wall_s));
        if live.has_more_to_keep() || is_input_kept || are_points_missing || seen.is_some() {
            let (cwd, outputs, limits, at_start) = (live.cwd, live.outputs, live.limits, live.at_start);
            let exit = Exit { result, cwd, outputs, limits, seen, at_start };
            self.keep(key, exit, are_points_missing.then_some(live.metrics), live.grant);
        } else {
            self.end(key, result, live.grant, true);
        }
    }

    pub(super) fn check_lost_processes(&mut self, key: Key, at: Instant, now: Time) {
        let Some(entry) = self.attempts.get(key) else { return };
        let (attempt, dir) = (entry.attempt, Arc::clone(&entry.dir));
        let Stage::LostProcesses { lost_processes, next } = &mut entry.stage else { return };
        if let Some(again) = lost_processes.check(at) {
            *next = again;
            return;
        }
        // On a full disk this fails; the next deadline tries again.
        *next = at + RETRY;
        if let Ok((result, look)) = leftovers::lost(self.metrics_file(attempt), &dir, now) {
            self.report_logged(attempt, look);
            self.report_written(attempt, leftovers::written(&dir));
            self.end(key, result, Grant::none(), true);
        }
    }

    /// Reports the end of an attempt that never had a process. The ledger needs no entry: a repeated start would end the
    /// same way.
    pub(super) fn end_without_process(&mut self, key: Key, outcome: Outcome) {
        self.report(key, AttemptResult::without_process(outcome).into(), true);
        self.is_start_due = true;
    }

    /// Hands an attempt to the keepers, which keep its outputs. The attempt holds its resources until they are done.
    pub(super) fn keep(&mut self, key: Key, exit: Exit, metrics: Option<Metrics>, grant: Grant) {
        let Some(entry) = self.attempts.get(key) else { return };
        let stop = Arc::new(AtomicBool::new(entry.is_unwanted));
        let (attempt, dir) = (entry.attempt, Arc::clone(&entry.dir));
        self.attempts.set_stage(key, Stage::Keeping { grant, stop: Arc::clone(&stop) });
        if let Err(error) = folder::write_json(&dir, spool::EXIT, &exit) {
            // Without this file the attempt is lost only if the runner dies before it writes the end to the ledger.
            crate::log_line(&format!("{} cannot be written: {error}", dir.display()));
        }
        self.keepers.keep(KeepingJob { attempt, dir, exit, metrics, stop });
    }

    /// Handles a keeper's message: the outputs are kept, and the remaining logged data is read.
    pub(super) fn kept(&mut self, attempt: AttemptId, mut kept: KeptOutputs) {
        let Some(key) = self.attempts.key_of(attempt) else { return };
        let Some(Stage::Keeping { grant, .. }) = self.attempts.set_stage(key, Stage::InTransition) else { return };
        self.outbox.written(attempt, Stream::Log, kept.result.log.bytes);
        if let Some(bytes) = kept.metrics_bytes {
            self.outbox.written(attempt, Stream::Metrics, bytes);
        }
        self.report_logged(attempt, kept.look);
        // Add the runs that started while the keeper read the outputs.
        kept.result.changed.extend(self.shared_outputs.ended(key));
        self.end(key, kept.result, grant, kept.is_sent);
    }

    /// Ends an attempt whose outputs are kept: frees its resources and writes the ledger before any other report.
    pub(super) fn end(&mut self, key: Key, result: AttemptResult, grant: Grant, is_sent: bool) {
        self.shared_outputs.remove(key);
        self.free.give_back(grant);
        self.is_start_due = true;
        let Some(entry) = self.attempts.get(key) else { return };
        if entry.is_unwanted {
            return self.drop_entry(key);
        }
        let result = Arc::new(result);
        if let Err(error) = self.ledger.record_end(entry.attempt, &result) {
            entry.is_unwritten = true;
            crate::log_line(&format!("the end of {} is not written yet: {error}", entry.attempt));
        } else if result.log.bytes >= self.options.log.head_bytes {
            log::remove_pieces(&entry.dir);
        }
        self.report(key, result, is_sent);
    }

    /// Reports the end of an attempt to the server, as soon as the server has the outputs.
    pub(super) fn report(&mut self, key: Key, result: Arc<AttemptResult>, is_sent: bool) {
        let Some(entry) = self.attempts.get(key) else { return };
        let (attempt, dir) = (entry.attempt, Arc::clone(&entry.dir));
        if is_sent {
            self.outbox.ended(attempt, Arc::clone(&result));
            self.attempts.set_stage(key, Stage::Ended(result));
        } else {
            self.attempts.set_stage(key, Stage::Uploading(result));
            self.keepers.upload(attempt, dir);
        }
    }

    /// Handles a keeper's message: the server has received outputs that the runner kept while the server was away.
    pub(super) fn sent(&mut self, attempt: AttemptId) {
        let Some(key) = self.attempts.key_of(attempt) else { return };
        if let Some(Stage::Uploading(result)) = self.attempts.stage(key) {
            let result = Arc::clone(result);
            self.report(key, result, true);
        }
    }

    /// Retries ledger entries that failed on a full disk.
    pub(super) fn write_unwritten(&mut self) {
        let unwritten: Vec<_> =
            self.attempts.iter().filter(|entry| entry.is_unwritten).map(|entry| entry.attempt).collect();
        for attempt in unwritten {
            let Some(entry) = self.attempts.key_of(attempt).and_then(|key| self.attempts.get(key)) else { continue };
            if let Stage::Ended(result) | Stage::Uploading(result) = &entry.stage {
                entry.is_unwritten = self.ledger.record_end(attempt, result).is_err();
            }
        }
    }

    /// Removes an attempt of which the server has recorded the end, or that it does not want any more.
    pub(super) fn drop_entry(&mut self, key: Key) {
        let Some(entry) = self.attempts.remove(key) else { return };
        self.outbox.forget(entry.attempt);
        let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let metrics = self.metrics_file(entry.attempt);
        // The task may have replaced the file by a folder.
        let removed = fs::remove_file(&metrics)
            .or_else(|error| if gone(&error) { Ok(()) } else { self.remover.discard(&metrics) });
        // A short task has no folder, and removing it is the cheapest test for that.
        let removed = removed.and_then(|()| match fs::remove_dir(&entry.dir) {
            Err(error) if gone(&error) => Ok(()),
            Err(_) => {
                // The working folder may be large, so the remover deletes it.
                self.remover.discard(&entry.dir.join(spool::WORK))?;
                fs::remove_dir_all(&entry.dir)
            }
            Ok(()) => Ok(()),
        });
        // Remove the folder first: if the runner dies in between, it only repeats a report that the server already has.
        let noted = removed.and_then(|()| self.ledger.record_forgotten(entry.attempt));
        if let Err(error) = noted {
            crate::log_line(&format!("{} cannot be forgotten: {error}", entry.attempt));
        }
        if self.ledger.is_long()
            && let Err(error) = self.ledger.renew(self.attempts.known())
        {
            crate::log_line(&format!("the ledger cannot be written anew: {error}"));
        }
    }
}
