//! The loop of the writer: it takes commands, gathers what can share a flush, and does the others one by one.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    command::Command,
    gathered::Gathered,
    group,
    state::Writer,
    turn::{self, Turn},
};
use crate::{rebuild, views};

/// For how much of a flush callers who may come back are looked for, and the longest.
const LOOK_SHARE: u32 = 4;
const LOOK_MAX: Duration = Duration::from_millis(1);
/// Sleeping, not yielding: on a busy machine a thread that yields comes back when others had their share.
const LOOK_EVERY: Duration = Duration::from_micros(20);

impl Writer {
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        sleep_exactly();
        loop {
            let due = [self.open.due(), self.scrub.due()].into_iter().flatten().min();
            let mut next = match turn::next(&mut queue, due) {
                Turn::Command(command) => Some(command),
                Turn::Due => {
                    // Who reads meanwhile is told what is wrong; here it is tried again with the next command.
                    let _ = self.show();
                    self.scrub_if_due();
                    self.announce_if_broken();
                    continue;
                }
                Turn::Closed => break,
            };
            while let Some(command) = next.take() {
                let mut gathered = Gathered::default();
                next = gathered.take(command);
                self.gather(&mut gathered, &mut queue, &mut next);
                if !gathered.shows.is_empty() {
                    let outcome = self.show();
                    for reply in gathered.shows.drain(..) {
                        let _ = reply.send(outcome.as_ref().copied().map_err(group::copy));
                    }
                }
                if !gathered.is_empty() {
                    self.group(gathered);
                }
                if let Some(alone) = next.take_if(|command| command.is_alone()) {
                    if let Command::Close { reply } = alone {
                        queue.close();
                        let _ = reply.send(self.close());
                        return;
                    }
                    self.alone(alone);
                }
            }
            if queue.is_empty() {
                self.begin_wal_anew();
                self.scrub_if_due();
            }
            self.announce_if_broken();
        }
        if let Err(e) = self.close() {
            tracing::error!(error = %e, "the home was not closed well; its journal is read when it is opened again");
        }
    }

    fn announce_if_broken(&self) {
        if let Some(why) = &self.broken {
            self.shared.death.announce(why);
        }
    }

    /// Takes what queued, and looks for the callers of the group before for a moment.
    fn gather(&self, gathered: &mut Gathered, queue: &mut mpsc::Receiver<Command>, next: &mut Option<Command>) {
        // Where a flush is so quick that looking costs as much, it is not worth it.
        let look = Some((self.flush_took / LOOK_SHARE).min(LOOK_MAX)).filter(|look| *look >= LOOK_EVERY);
        let look_until = look.map(|look| Instant::now() + look);
        while next.is_none() && gathered.has_room() {
            match queue.try_recv() {
                Ok(command) => *next = gathered.take(command),
                Err(_)
                    if gathered.callers() < self.callers && look_until.is_some_and(|until| Instant::now() < until) =>
                {
                    std::thread::sleep(LOOK_EVERY);
                }
                Err(_) => break,
            }
        }
    }

    /// What wants no transaction to be open.
    fn alone(&mut self, command: Command) {
        let shown = self.take_back_owed().and_then(|()| self.show());
        match command {
            Command::Erase { seqs, batch, reply } => drop(reply.send(shown.and_then(|()| self.erase(&seqs, *batch)))),
            Command::Sealed { parts, reply } => drop(reply.send(shown.and_then(|()| self.sealed(&parts)))),
            Command::Overwrite { stream, spans, reply } => {
                let _ = reply.send(shown.and_then(|()| self.overwrite(stream, &spans)));
            }
            Command::Clear { scrub, reply } => drop(reply.send(shown.and_then(|()| self.clear(scrub)))),
            Command::Rebuild { mut progress, reply } => {
                self.standing.clear();
                let rebuilt = shown.and_then(|()| Ok(rebuild::anew(&views::ALL, &mut self.sql, &mut progress)?));
                self.shared.generation.fetch_add(1, Ordering::Release);
                let _ = reply.send(rebuilt);
            }
            Command::Append { .. } | Command::Pieces { .. } | Command::Show { .. } | Command::Close { .. } => {}
        }
    }
}

/// The thread may be woken 1 µs later than asked; 50 µs, as is usual, is more than it looks for callers.
#[cfg(target_os = "linux")]
fn sleep_exactly() {
    if let Err(e) = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1_000)) {
        tracing::debug!(error = %e, "groups will be smaller than they could be");
    }
}

#[cfg(not(target_os = "linux"))]
fn sleep_exactly() {}
