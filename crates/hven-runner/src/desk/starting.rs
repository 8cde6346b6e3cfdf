//! Starting attempts when there is room for them.

use std::sync::Arc;

use hven_core::{
    Time,
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
};

impl Desk {
    pub(super) fn start_waiting(&mut self, now: Time) {
        let room = self.live_max.saturating_sub(self.mains.len());
        let keys = queue::startable(&self.free, self.entries.all_waiting());
        for key in keys.into_iter().take(room) {
            self.start(key, now);
        }
    }

    fn start(&mut self, key: Key, now: Time) {
        let Some(Stage::Waiting(start)) = self.entries.set_stage(key, Stage::Coming) else { return };
        let Some(dir) = self.entries.get(key).map(|entry| Arc::clone(&entry.dir)) else { return };
        let attempt = start.attempt;
        if let Err(error) = self.ledger.begun(attempt) {
            let why = {
                let path = self.options.spool.display().to_string();
                Recorded::SpoolUnwritable { path, error: error.to_string() }.to_string()
            };
            return self.end_without_process(key, Outcome::NotStarted { why });
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
        let live = match Live::start(*start, surroundings, now) {
            Ok(live) => live,
            Err(why) => {
                let result = AttemptResult::without_process(Outcome::NotStarted { why });
                return self.end(key, result, &Resources::none(), true);
            }
        };
        self.free.take(&live.resources);
        self.mains.insert(live.main, key);
        self.outbox.started(attempt);
        self.entries.set_stage(key, Stage::Live(Box::new(live)));
    }
}
