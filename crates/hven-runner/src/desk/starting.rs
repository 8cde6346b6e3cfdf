//! Starting attempts when there is room for them.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hven_api::{runner::Start, spool};
use hven_core::{
    AttemptId, Time,
    recorded::Recorded,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

use super::{
    Desk,
    entries::{Key, Stage},
};
use crate::{
    live::{Live, Surroundings},
    queue,
    staging::Job,
};

impl Desk {
    pub(super) fn start_waiting(&mut self, now: Time) {
        let room = self.live_max.saturating_sub(self.mains.len() + self.staging);
        let keys = queue::startable(&self.free, self.entries.all_waiting());
        for key in keys.into_iter().take(room) {
            self.start(key, now);
        }
    }

    fn start(&mut self, key: Key, now: Time) {
        let Some(Stage::Waiting(start)) = self.entries.set_stage(key, Stage::Coming) else { return };
        if start.fresh.is_some() { self.stage(key, start) } else { self.launch(key, start, &[], now) }
    }

    /// Has an attempt's fresh folder filled. It has its place from now on.
    fn stage(&mut self, key: Key, mut start: Box<Start>) {
        let Some(dir) = self.entries.get(key).map(|entry| Arc::clone(&entry.dir)) else { return };
        self.free.take(&start.resources);
        self.staging += 1;
        let stop = Arc::new(AtomicBool::new(false));
        let fresh = start.fresh.as_mut().map(std::mem::take).unwrap_or_default();
        let (attempt, outputs) = (start.attempt, start.outputs.clone());
        self.entries.set_stage(key, Stage::Staging { start, stop: Arc::clone(&stop) });
        self.stagers.send(Job { attempt, dir, fresh, outputs, stop });
    }

    /// An attempt's fresh folder is filled, or cannot be.
    pub(super) fn staged(&mut self, attempt: AttemptId, result: Result<Vec<String>, String>, now: Time) {
        let Some(key) = self.entries.key_of(attempt) else { return };
        let Some(Stage::Staging { start, stop }) = self.entries.set_stage(key, Stage::Coming) else { return };
        self.staging -= 1;
        self.free.give_back(&start.resources);
        self.is_start_due = true;
        if self.entries.get(key).is_some_and(|entry| entry.is_unwanted) {
            return self.drop_entry(key);
        }
        if stop.load(Ordering::Relaxed) {
            return self.end_without_process(key, Outcome::Cancelled);
        }
        match result {
            Ok(remarks) => self.launch(key, start, &remarks, now),
            Err(why) => self.end_without_process(key, Outcome::NotStarted { why }),
        }
    }

    /// Starts the process; what is to be said of its folder stands first in its log.
    fn launch(&mut self, key: Key, mut start: Box<Start>, remarks: &[String], now: Time) {
        let Some(dir) = self.entries.get(key).map(|entry| Arc::clone(&entry.dir)) else { return };
        let attempt = start.attempt;
        if let Err(error) = self.ledger.begun(attempt) {
            let why = {
                let path = self.options.spool.display().to_string();
                Recorded::SpoolUnwritable { path, error: error.to_string() }.to_string()
            };
            return self.end_without_process(key, Outcome::NotStarted { why });
        }
        if start.fresh.is_some()
            && let Err(why) = enter(&mut start, &dir)
        {
            let result = AttemptResult::without_process(Outcome::NotStarted { why });
            return self.end(key, result, &Resources::none(), true);
        }
        let surroundings = Surroundings {
            dir,
            metrics: self.metrics_file(attempt),
            url: self.contact.url(),
            log_limits: self.options.log,
            spawner: &self.spawner,
            poll: &self.poll,
            keys: [2 * key, 2 * key + 1],
        };
        let mut live = match Live::start(*start, surroundings, now) {
            Ok(live) => live,
            Err(why) => {
                let result = AttemptResult::without_process(Outcome::NotStarted { why });
                return self.end(key, result, &Resources::none(), true);
            }
        };
        remarks.iter().for_each(|remark| live.remark(now, remark));
        self.free.take(&live.resources);
        self.mains.insert(live.main, key);
        self.outbox.started(attempt);
        self.entries.set_stage(key, Stage::Live(Box::new(live)));
    }
}

/// Gives a filled folder its name, which says that there may have been a process in it, and makes it the one to run in.
fn enter(start: &mut Start, dir: &Path) -> Result<(), String> {
    let work = dir.join(spool::WORK);
    fs::rename(dir.join(spool::STAGING), &work)
        .map_err(|error| format!("its folder {} cannot be made: {error}", work.display()))?;
    let Some(cwd) = work.to_str() else {
        return Err(format!("its folder has a name that is not UTF-8: {}", work.display()));
    };
    cwd.clone_into(&mut start.cwd);
    // What the caller's shell knew of folders is not so here.
    start.environment.remove("OLDPWD");
    start.environment.insert("PWD".to_owned(), cwd.to_owned());
    Ok(())
}
