//! The start of attempts when resources are free.

use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hven_api::{runner::Start, spool};
use hven_core::{
    AttemptId, Time, file_name,
    recorded::Recorded,
    run::{AttemptResult, Outcome},
    seen::RecordedFiles,
    stdin::Stdin,
};

use super::{
    Supervisor,
    attempts::{Key, Stage},
};
use crate::{
    disk_retry, file_check,
    grants::Grant,
    kernel,
    live::{Live, StartContext},
    queue,
    staging::StagingJob,
    staging_result::StagingResult,
};

/// With less free space no attempt starts, because its log would be lost.
const START_BYTES_MIN: u64 = 1 << 20;

impl Supervisor {
    pub(super) fn start_waiting(&mut self, now: Time) {
        let must_wait = self.must_wait_for_space();
        let has_waited = std::mem::replace(&mut self.waits_for_space, must_wait);
        if must_wait {
            return;
        }
        if has_waited {
            crate::log_line("the disk has space again: waiting attempts start");
        }
        let room = self.live_max.saturating_sub(self.mains.len() + self.staging);
        let keys = queue::startable(self.free.amounts(), self.attempts.all_waiting());
        for key in keys.into_iter().take(room) {
            self.start(key, now);
        }
    }

    /// Whether attempts wait and the disk has no space for their output. Logs the first time that the disk is full.
    fn must_wait_for_space(&self) -> bool {
        let mut waiting = self.attempts.all_waiting().peekable();
        let must_wait = waiting.peek().is_some()
            && kernel::free_bytes(&self.options.spool).is_ok_and(|free| free < START_BYTES_MIN);
        if must_wait && !self.waits_for_space {
            crate::log_line(&format!("the disk is full: {} attempts wait until there is space", waiting.count()));
        }
        must_wait
    }

    /// Keeps an attempt waiting because the ledger cannot be written now.
    fn wait_for_ledger(&mut self, key: Key, start: Box<Start>, ready: StagingResult, error: &io::Error) {
        crate::log_line(&format!("{} waits: the ledger cannot be written: {error}", start.attempt));
        self.free.reserve(&start.resources);
        self.attempts.set_stage(key, Stage::WaitingForLedger(start, ready));
    }

    /// Frees the resources of an attempt that waits for the ledger.
    pub(super) fn release_resources(&mut self, key: Key) -> Option<(Box<Start>, StagingResult)> {
        let Some(Stage::WaitingForLedger(start, ready)) = self.attempts.set_stage(key, Stage::InTransition) else {
            return None;
        };
        self.free.release(&start.resources);
        self.is_start_due = true;
        Some((start, ready))
    }

    pub(super) fn launch_waiting_for_ledger(&mut self, now: Time) {
        for key in self.attempts.all_waiting_for_ledger() {
            if let Some((start, ready)) = self.release_resources(key) {
                self.launch(key, start, ready, now);
            }
        }
    }

    fn start(&mut self, key: Key, now: Time) {
        let Some(Stage::Waiting(start)) = self.attempts.set_stage(key, Stage::InTransition) else { return };
        let waits_for_files = start.fresh.is_some() || matches!(start.stdin, Some(Stdin::File { .. }));
        let seen = start.seen.as_ref().and_then(|seen| file_check::due(seen, start.attempt, now));
        // The stagers list outputs that exist before the start.
        if waits_for_files || seen.is_some() || !start.outputs.is_empty() {
            self.stage(key, start, seen, waits_for_files);
        } else {
            self.launch(key, start, StagingResult::default(), now);
        }
    }

    /// Sends an attempt to the workers, which fill its fresh folder, fetch its standard input, compare its files with the
    /// recorded ones, and list the outputs that exist already. The attempt holds its resources from now on.
    fn stage(&mut self, key: Key, mut start: Box<Start>, seen: Option<RecordedFiles>, waits_for_files: bool) {
        let Some(dir) = self.attempts.get(key).map(|entry| Arc::clone(&entry.dir)) else { return };
        self.free.reserve(&start.resources);
        self.staging += 1;
        let stop = Arc::new(AtomicBool::new(false));
        let fresh = start.fresh.as_mut().map(std::mem::take);
        let stdin = start.stdin.as_ref().and_then(Stdin::file).cloned();
        let (attempt, cwd, outputs) = (start.attempt, start.cwd.clone(), start.outputs.clone());
        self.attempts.set_stage(key, Stage::Staging { start, stop: Arc::clone(&stop) });
        let job = StagingJob { attempt, dir, fresh, cwd, stdin, seen, outputs, stop };
        // A comparison is short unless files changed, so it does not wait for the downloads of other attempts.
        let workers = if waits_for_files { &mut self.stagers } else { &mut self.checkers };
        workers.send(job);
    }

    /// Handles a worker's message: the files of an attempt are there, or cannot be fetched.
    pub(super) fn staged(&mut self, attempt: AttemptId, result: Result<StagingResult, String>, now: Time) {
        let Some(key) = self.attempts.key_of(attempt) else { return };
        let Some(Stage::Staging { start, stop }) = self.attempts.set_stage(key, Stage::InTransition) else { return };
        self.staging -= 1;
        self.free.release(&start.resources);
        self.is_start_due = true;
        let Some(entry) = self.attempts.get(key) else { return };
        if entry.is_unwanted {
            return self.drop_entry(key);
        }
        if let Some(why) = entry.withdrawn.take() {
            return self.end_without_process(key, Outcome::NotStarted { why });
        }
        if stop.load(Ordering::Relaxed) {
            return self.end_without_process(key, Outcome::Cancelled);
        }
        match result {
            Ok(ready) => self.launch(key, start, ready, now),
            Err(why) => self.end_without_process(key, Outcome::NotStarted { why }),
        }
    }

    /// Starts the process. Remarks about its files are the first lines of its log.
    fn launch(&mut self, key: Key, mut start: Box<Start>, ready: StagingResult, now: Time) {
        let Some(dir) = self.attempts.get(key).map(|entry| Arc::clone(&entry.dir)) else { return };
        let attempt = start.attempt;
        if let Err(error) = self.ledger.record_start(attempt) {
            if disk_retry::is_temporary(&error) {
                return self.wait_for_ledger(key, start, ready, &error);
            }
            let why = {
                let path = self.options.spool.display().to_string();
                Recorded::SpoolUnwritable { path, error: error.to_string() }.to_string()
            };
            return self.end_without_process(key, Outcome::NotStarted { why });
        }
        let entered = if start.fresh.is_some() { enter(&mut start, &dir) } else { Ok(()) };
        let stdin = match entered.and_then(|()| open_stdin(&start, &dir)) {
            Ok(stdin) => stdin,
            Err(why) => {
                let result = AttemptResult::without_process(Outcome::NotStarted { why });
                return self.end(key, result, Grant::none(), true);
            }
        };
        let grant = self.free.grant(std::mem::take(&mut start.resources));
        let context = StartContext {
            dir,
            metrics: self.metrics_file(attempt),
            url: self.contact.url(),
            contact: &self.contact,
            stdin,
            log_limits: self.options.log,
            spawner: &self.spawner,
            poll: &self.poll,
            keys: [2 * key, 2 * key + 1],
        };
        let handle = start.handle.clone();
        start.environment.extend(grant.variables());
        let mut live = match Live::start(*start, grant, context, now) {
            Ok(live) => live,
            Err((why, grant)) => {
                let result = AttemptResult::without_process(Outcome::NotStarted { why });
                return self.end(key, result, grant, true);
            }
        };
        let of_files = ready.changed.iter().filter_map(file_check::remark);
        for remark in ready.remarks.into_iter().chain(of_files) {
            live.remark(now, &remark);
        }
        (live.changed, live.at_start) = (ready.changed, ready.at_start);
        self.shared_outputs.begin(key, attempt, handle, ready.outputs);
        self.mains.insert(live.main, key);
        self.outbox.started(attempt, now, live.grant.unit_names());
        self.attempts.set_stage(key, Stage::Live(Box::new(live)));
    }
}

/// Opens the file that was fetched for standard input, and unlinks it: the kernel frees it with the last process that
/// holds it.
fn open_stdin(start: &Start, dir: &Path) -> Result<Option<File>, String> {
    if !matches!(start.stdin, Some(Stdin::File { .. })) {
        return Ok(None);
    }
    let path = dir.join(spool::STAGED_STDIN);
    let opened = File::open(&path).and_then(|file| fs::remove_file(&path).map(|()| file));
    opened.map(Some).map_err(|error| format!("its standard input {} cannot be opened: {error}", path.display()))
}

/// Renames a staged folder to its working name, which records that a process may have run in it, and makes it the
/// working folder.
fn enter(start: &mut Start, dir: &Path) -> Result<(), String> {
    let work = dir.join(spool::WORK);
    fs::rename(dir.join(spool::STAGING), &work)
        .map_err(|error| format!("its folder {} cannot be made: {error}", work.display()))?;
    let work = if start.cwd.is_empty() { work } else { work.join(file_name::to_path(&start.cwd)) };
    start.cwd = file_name::to_text(&work);
    // These variables describe the folders of the caller's shell.
    start.environment.remove("OLDPWD");
    start.environment.remove("PWD");
    // A variable must be UTF-8 text. Without `PWD` a shell finds its folder itself.
    if let Some(cwd) = work.to_str() {
        start.environment.insert("PWD".to_owned(), cwd.to_owned());
    }
    Ok(())
}
