//! The thread that empties the outbox: it makes messages of what is due and sends one at a time, so that what happened
//! earlier also arrives earlier.

use std::{
    fs::File,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use hven_api::runner::{Push, Pushed};
use hven_core::RunnerId;

use crate::{
    outbox::Outbox,
    push_message::{PATH, events},
    refused::Refused,
    server::{ANSWER_TIMEOUT, Backoff, CallError, Server},
};

/// When there is always something to say, messages begin this far apart: many short tasks share one.
const INTERVAL: Duration = Duration::from_millis(10);
/// So many may follow each other at once after a silence: a lone task begins, prints and ends without a delay.
const AT_ONCE: u32 = 3;
/// How often the ledger is written through to the disk while the server is away.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// When the next message may begin: one in each [`INTERVAL`] on average, [`AT_ONCE`] of them without waiting.
/// The generic cell rate algorithm (ITU-T I.371).
#[derive(Debug)]
struct Pace {
    /// When the next would be due if they came evenly.
    even: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { even: now }
    }

    /// How long the next message must wait.
    fn wait(&self, now: Instant) -> Duration {
        self.even.saturating_duration_since(now).saturating_sub(INTERVAL * (AT_ONCE - 1))
    }

    /// A message begins.
    fn begin(&mut self, now: Instant) {
        self.even = self.even.max(now) + INTERVAL;
    }
}

/// Sends for ever.
pub(crate) fn push(runner: RunnerId, ledger: &Path, outbox: &Outbox, mut server: Server) {
    let mut backoff = Backoff::new();
    let mut synced = Instant::now();
    let mut pace = Pace::new(synced);
    loop {
        thread::sleep(pace.wait(Instant::now()));
        let Some(mut batch) = outbox.take(Duration::from_mins(1)) else { continue };
        pace.begin(Instant::now());
        let events = events(&mut batch);
        let message = Push { runner, session: batch.session.to_string(), events };
        match server.call::<Option<Pushed>>(PATH, &message, ANSWER_TIMEOUT) {
            Ok(pushed) => {
                outbox.delivered(&batch, &pushed.unwrap_or_default().behind);
                backoff.reset();
            }
            Err(error) => {
                if error.is_for_good() {
                    let refused = Refused { runner, spool: ledger.parent().unwrap_or(ledger), outbox };
                    if refused.one_by_one(&mut server, batch).is_ok() {
                        backoff.reset();
                        continue;
                    }
                    backoff.wait();
                    continue;
                }
                if error.is_stale_session() {
                    outbox.detached(&batch.session);
                } else if matches!(error, CallError::Unreachable(_)) {
                    // Until the server is back the disk is all that there is.
                    if synced.elapsed() > SYNC_INTERVAL {
                        sync(ledger);
                        synced = Instant::now();
                    }
                }
                outbox.returned(&batch);
                backoff.wait();
            }
        }
    }
}

fn sync(ledger: &Path) {
    if let Ok(file) = File::open(ledger) {
        // The bytes are with the kernel in any case; a disk that fails here is found when they are read.
        let _ = file.sync_data();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_go_at_once_and_many_evenly() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        let mut now = begun;
        let mut send = |now: &mut Instant| {
            let wait = pace.wait(*now);
            *now += wait;
            pace.begin(*now);
            wait
        };
        let waits: Vec<Duration> = (0..5).map(|_| send(&mut now)).collect();
        assert_eq!(waits, [Duration::ZERO, Duration::ZERO, Duration::ZERO, INTERVAL, INTERVAL]);
        now += INTERVAL;
        assert_eq!(send(&mut now), Duration::ZERO, "one was saved up");
        assert_eq!(send(&mut now), INTERVAL);
        now += INTERVAL * 100;
        let waits: Vec<Duration> = (0..4).map(|_| send(&mut now)).collect();
        assert_eq!(
            waits,
            [Duration::ZERO, Duration::ZERO, Duration::ZERO, INTERVAL],
            "no more than these are saved up"
        );
    }
}
