//! The one writer of a home: a thread that takes all that queued, and makes it durable at once.
//!
//! ```text
//!   callers ──► queue ──► group ──► journal (write) ──► fdatasync, on a second thread ─┐
//!                                        └────────────► SQLite: facts + views ─────────┴─► answers, broadcast
//! ```
//! There is no waiting window: a lone caller never waits for others. But when the group before had many callers, who
//! come back as soon as they are answered, the writer looks for them for a small part of what a flush takes; otherwise
//! two halves of the callers would take turns and each wait for two flushes.
//!
//! On SQLite small groups share one transaction, which is committed a moment later or when somebody reads: see
//! [`transaction`]. On PostgreSQL the transaction is durable by itself, and only streams go through the journal.

mod carry_out;
mod flusher;
mod group;
mod prepare;
mod scrub;
mod start;
mod transaction;
mod turn;
mod upkeep;
mod wish;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hven_app::ports::{
    StoreError, StoreResult,
    record::{Appended, Head, Recorded},
    series::Piece,
};
use hven_core::{AttemptId, RunId, run::PartSealed, stream::Stream};
use tokio::sync::{broadcast, mpsc, oneshot};

pub(crate) use flusher::flush;
pub(crate) use prepare::{Prepared, prepare};
pub use scrub::copies_left;
pub(crate) use start::{add, start};

use self::{flusher::Flusher, group::Owed, scrub::Scrub, transaction::Open, turn::Turn};
use crate::{
    journal::{Group, Journal},
    rebuild::{self, Progress},
    reserve::Reserve,
    series::{Lives, StreamId},
    sql::Connection,
    views::{self, Standing},
    vital::Death,
};

/// How many callers may wait for the writer before more have to wait to join the queue.
const QUEUE_MAX: usize = 4096;
/// How much one group may hold; what is over waits for the next.
const GROUP_FACTS_MAX: usize = 10_000;
const GROUP_BYTES_MAX: usize = 16 << 20;
/// For how much of a flush callers who may come back are looked for, and the longest.
const LOOK_SHARE: u32 = 4;
const LOOK_MAX: Duration = Duration::from_millis(1);
/// Sleeping, not yielding: on a busy machine a thread that yields comes back when others had their share.
const LOOK_EVERY: Duration = Duration::from_micros(20);

pub(crate) type Reply<T> = oneshot::Sender<StoreResult<T>>;

pub(crate) enum Command {
    Append {
        batch: Box<Prepared>,
        reply: Reply<Appended>,
    },
    Pieces {
        pieces: Vec<Piece>,
        /// They may use the reserve.
        are_last: bool,
        reply: Reply<Vec<u64>>,
    },
    /// Lets readers see what was acknowledged so far.
    Show {
        reply: Reply<()>,
    },
    Erase {
        seqs: Vec<u64>,
        batch: Box<Prepared>,
        reply: Reply<Appended>,
    },
    /// Parts are recorded: their bytes may leave the segments.
    Sealed {
        parts: Vec<PartSealed>,
        reply: Reply<()>,
    },
    /// Replaces bytes of a live stream at these places by others of the same length.
    Overwrite {
        stream: StreamId,
        spans: Vec<(u64, Vec<u8>)>,
        reply: Reply<()>,
    },
    /// Everything durable outside the journal, and the journal empty; `scrub`: nothing readable left in it.
    Clear {
        scrub: bool,
        reply: Reply<()>,
    },
    /// All views anew.
    Rebuild {
        progress: Box<dyn FnMut(Progress) + Send>,
        reply: Reply<()>,
    },
    Close {
        reply: Reply<()>,
    },
}

/// What others may see of the writer.
pub(crate) struct Shared {
    head: Mutex<Head>,
    /// The last fact that readers can see.
    shown: AtomicU64,
    pub(crate) recorded: broadcast::Sender<Arc<Recorded>>,
    pub(crate) lives: Lives,
    /// Set while a backup reads: nothing that is there may go away.
    pub(crate) keep_segments: Mutex<KeepSegments>,
    /// How often views were built anew, or facts taken out of them: what was kept of them in memory is void then.
    pub(crate) generation: AtomicU64,
    /// The WAL is long and mostly copied: the writer should begin it anew when it can.
    pub(crate) wal_is_long: AtomicBool,
    /// Copies of what was erased are left in unused places.
    pub(crate) copies_left: AtomicBool,
    pub(crate) reserve: Arc<Reserve>,
    pub(crate) death: Death,
}

#[derive(Default)]
pub(crate) struct KeepSegments {
    pub(crate) readers: usize,
    pub(crate) postponed: Vec<PartSealed>,
}

impl Shared {
    pub(crate) fn new(head: Head, lives: Lives, reserve: Arc<Reserve>) -> Self {
        Self {
            head: Mutex::new(head),
            shown: AtomicU64::new(head.seq),
            recorded: broadcast::channel(16 * 1024).0,
            lives,
            keep_segments: Mutex::default(),
            generation: AtomicU64::new(0),
            wal_is_long: AtomicBool::new(false),
            copies_left: AtomicBool::new(false),
            reserve,
            death: Death::default(),
        }
    }
    pub(crate) fn head(&self) -> Head {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn set_head(&self, head: Head) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }
    fn set_shown(&self, seq: u64) {
        self.shown.store(seq, Ordering::Release);
    }
    /// Whether readers can see all that was acknowledged.
    pub(crate) fn is_all_shown(&self) -> bool {
        self.shown.load(Ordering::Acquire) >= self.head().seq
    }
}

/// Where commands go in.
#[derive(Clone)]
pub(crate) struct WriterHandle {
    queue: mpsc::Sender<Command>,
}

impl WriterHandle {
    /// Sends a command and waits for its answer.
    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(command(reply)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Waits until readers can see whatever was acknowledged before this.
    pub(crate) async fn show(&self, shared: &Shared) -> StoreResult<()> {
        if shared.is_all_shown() { Ok(()) } else { self.ask(|reply| Command::Show { reply }).await }
    }

    /// The same as [`Self::show`], blocking the thread.
    pub(crate) fn show_blocking(&self, shared: &Shared) -> StoreResult<()> {
        futures::executor::block_on(self.show(shared))
    }

    /// The same as [`Self::ask`], blocking the thread.
    pub(crate) fn ask_blocking<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> StoreResult<T> {
        futures::executor::block_on(self.ask(command))
    }
}

struct Writer {
    sql: Connection,
    journal: Journal,
    /// Whether facts go through the journal.
    facts_in_journal: bool,
    shared: Arc<Shared>,
    head: Head,
    kinds: HashSet<(String, u16)>,
    standing: HashMap<RunId, Standing>,
    flusher: Flusher,
    upkeep: upkeep::Upkeep,
    /// Segments that were written to since the journal's current file was begun.
    unsynced: HashSet<(AttemptId, Stream)>,
    frames: Group,
    open: Open,
    /// How many callers the last group had and what its flush took.
    callers: usize,
    flush_took: Duration,
    wal_bytes: usize,
    scrub: Scrub,
    /// What the disk did not let be taken back yet.
    owed: Option<Owed>,
    /// What made it impossible to go on: nothing is accepted any more.
    broken: Option<String>,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Command>) {
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

/// What goes into one group.
#[derive(Default)]
struct Gathered {
    batches: Vec<(Prepared, Reply<Appended>)>,
    pieces: Vec<(Vec<Piece>, Reply<Vec<u64>>)>,
    /// Everything in it may use the reserve.
    may_use_reserve: bool,
    /// Readers who wait to see what was acknowledged before. They come first: nothing that is only gathered now concerns
    /// them.
    shows: Vec<Reply<()>>,
    facts: usize,
    bytes: usize,
}

impl Gathered {
    /// Takes a command in; gives back one that wants the writer for itself.
    fn take(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Append { batch, reply } => {
                let is_first = self.is_empty();
                self.may_use_reserve = batch.may_use_reserve() && (is_first || self.may_use_reserve);
                self.facts += batch.facts.len();
                self.bytes += batch.byte_count();
                self.batches.push((*batch, reply));
                None
            }
            Command::Pieces { pieces, are_last, reply } => {
                self.may_use_reserve = are_last && (self.is_empty() || self.may_use_reserve);
                self.bytes += pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>();
                self.pieces.push((pieces, reply));
                None
            }
            Command::Show { reply } => {
                self.shows.push(reply);
                None
            }
            other => Some(other),
        }
    }
    fn has_room(&self) -> bool {
        self.facts < GROUP_FACTS_MAX && self.bytes < GROUP_BYTES_MAX
    }
    fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.pieces.is_empty()
    }
    fn callers(&self) -> usize {
        self.batches.len() + self.pieces.len()
    }
}

impl Command {
    fn is_alone(&self) -> bool {
        !matches!(self, Self::Append { .. } | Self::Pieces { .. } | Self::Show { .. })
    }
}

fn changes<'a>(sql: &'a mut Connection, standing: &mut HashMap<RunId, Standing>) -> views::Changes<'a> {
    let mut changes = views::Changes::new(sql);
    changes.gathered.standing = std::mem::take(standing);
    changes
}
