//! The loop of the writer: it receives commands, groups those that can share a flush, and executes the others one by one.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    collected::CollectedGroup,
    command::Command,
    group,
    next_command::{self, NextCommand},
    state::Writer,
};
use crate::{rebuild, views};

/// The writer waits for more callers during this part (one over the number) of the last flush, but at most `WAIT_MAX`.
const WAIT_SHARE: u32 = 4;
const WAIT_MAX: Duration = Duration::from_millis(1);
// Sleep instead of yielding: on a busy machine, a thread that yields returns only after other threads had their time.
const POLL_INTERVAL: Duration = Duration::from_micros(20);

impl Writer {
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        set_timer_slack();
        loop {
            let due = [self.open.due(), self.scrub.due()].into_iter().flatten().min();
            let mut next = match next_command::next(&mut queue, due) {
                NextCommand::Command(command) => Some(command),
                NextCommand::Due => {
                    // A reader gets the error meanwhile; the next command repeats the commit.
                    let _ = self.show();
                    self.scrub_if_due();
                    self.announce_if_broken();
                    continue;
                }
                NextCommand::Closed => break,
            };
            while let Some(command) = next.take() {
                let mut collected = CollectedGroup::default();
                next = collected.take(command);
                self.collect(&mut collected, &mut queue, &mut next);
                if !collected.shows.is_empty() {
                    let outcome = self.show();
                    for reply in collected.shows.drain(..) {
                        let _ = reply.send(outcome.as_ref().copied().map_err(group::copy));
                    }
                }
                if !collected.is_empty() {
                    self.group(collected);
                }
                if let Some(execute_alone) = next.take_if(|command| command.is_alone()) {
                    if let Command::Close { reply } = execute_alone {
                        queue.close();
                        let _ = reply.send(self.close());
                        return;
                    }
                    self.execute_alone(execute_alone);
                }
            }
            if queue.is_empty() {
                self.restart_long_wal();
                self.scrub_if_due();
            }
            self.announce_if_broken();
        }
        if let Err(e) = self.close() {
            tracing::error!(error = %e, "the home was not closed properly; Hven reads its journal when it opens the home again");
        }
    }

    fn announce_if_broken(&self) {
        if let Some(why) = &self.broken {
            self.shared.death.announce(why);
        }
    }

    /// Takes the queued commands, and waits a moment for the callers of the last group.
    fn collect(&self, collected: &mut CollectedGroup, queue: &mut mpsc::Receiver<Command>, next: &mut Option<Command>) {
        // If a flush takes no longer than the wait, do not wait.
        let wait = Some((self.flush_took / WAIT_SHARE).min(WAIT_MAX)).filter(|wait| *wait >= POLL_INTERVAL);
        let wait_until = wait.map(|wait| Instant::now() + wait);
        while next.is_none() && collected.has_room() {
            match queue.try_recv() {
                Ok(command) => *next = collected.take(command),
                Err(_)
                    if collected.callers() < self.callers && wait_until.is_some_and(|until| Instant::now() < until) =>
                {
                    std::thread::sleep(POLL_INTERVAL);
                }
                Err(_) => break,
            }
        }
    }

    /// Executes a command that needs the transaction to be closed.
    fn execute_alone(&mut self, command: Command) {
        let shown = self.retry_revocation().and_then(|()| self.show());
        match command {
            Command::Erase { seqs, batch, reply } => drop(reply.send(shown.and_then(|()| self.erase(&seqs, *batch)))),
            Command::Sealed { parts, reply } => drop(reply.send(shown.and_then(|()| self.sealed(&parts)))),
            Command::Overwrite { stream, spans, reply } => {
                let _ = reply.send(shown.and_then(|()| self.overwrite(stream, &spans)));
            }
            Command::ShortenWal => drop(shown.inspect(|()| self.shorten_wal())),
            Command::Clear { scrub, reply } => drop(reply.send(shown.and_then(|()| self.clear(scrub)))),
            Command::Rebuild { mut progress, reply } => {
                self.changed_runs.clear();
                let rebuilt = shown.and_then(|()| Ok(rebuild::rebuild(&views::ALL, &mut self.sql, &mut progress)?));
                self.shared.generation.fetch_add(1, Ordering::Release);
                let _ = reply.send(rebuilt);
            }
            Command::Append { .. } | Command::Pieces { .. } | Command::Show { .. } | Command::Close { .. } => {}
        }
    }
}

/// Lets the kernel wake the thread at most 1 µs late; the usual 50 µs is longer than the wait for callers.
#[cfg(target_os = "linux")]
fn set_timer_slack() {
    if let Err(e) = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1_000)) {
        tracing::debug!(error = %e, "groups may be smaller");
    }
}

#[cfg(not(target_os = "linux"))]
fn set_timer_slack() {}
