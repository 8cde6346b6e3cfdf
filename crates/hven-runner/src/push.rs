//! The thread that empties the outbox. It builds messages from the events that are due and sends one at a time, so that
//! events arrive in order.

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
    refused_messages::RefusedMessages,
    server::{ANSWER_TIMEOUT, Backoff, CallError, Server},
};

/// The time between two messages under constant load, so that many short tasks share one message.
const INTERVAL: Duration = Duration::from_millis(10);
/// How many messages may follow at once after a pause, so that a single task starts, prints and ends without a delay.
const AT_ONCE: u32 = 3;
/// How often the ledger is flushed to the disk while the server is away.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// Limits the rate of messages: one per [`INTERVAL`] on average, and [`AT_ONCE`] of them without waiting. This is the
/// generic cell rate algorithm (ITU-T I.371).
#[derive(Debug)]
struct Pace {
    /// When the next message would be due at an even rate.
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

    /// Records the start of a message.
    fn begin(&mut self, now: Instant) {
        self.even = self.even.max(now) + INTERVAL;
    }
}

/// Sends messages without end.
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
                    let refused = RefusedMessages { runner, spool: ledger.parent().unwrap_or(ledger), outbox };
                    if refused.send_one_by_one(&mut server, batch).is_ok() {
                        backoff.reset();
                        continue;
                    }
                    backoff.wait();
                    continue;
                }
                if error.is_stale_session() {
                    outbox.detached(&batch.session);
                } else if matches!(error, CallError::Unreachable(_)) {
                    // While the server is away, only the disk holds the events.
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
        // The kernel has the bytes in any case. A failing disk is noticed when the bytes are read.
        let _ = file.sync_data();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_messages_are_sent_at_once_and_many_at_an_even_rate() {
        let started = Instant::now();
        let mut pace = Pace::new(started);
        let mut now = started;
        let mut send = |now: &mut Instant| {
            let wait = pace.wait(*now);
            *now += wait;
            pace.begin(*now);
            wait
        };
        let waits: Vec<Duration> = (0..5).map(|_| send(&mut now)).collect();
        assert_eq!(waits, [Duration::ZERO, Duration::ZERO, Duration::ZERO, INTERVAL, INTERVAL]);
        now += INTERVAL;
        assert_eq!(send(&mut now), Duration::ZERO, "a pause of one interval allows one message");
        assert_eq!(send(&mut now), INTERVAL);
        now += INTERVAL * 100;
        let waits: Vec<Duration> = (0..4).map(|_| send(&mut now)).collect();
        assert_eq!(
            waits,
            [Duration::ZERO, Duration::ZERO, Duration::ZERO, INTERVAL],
            "a long pause allows no more than AT_ONCE messages"
        );
    }
}
