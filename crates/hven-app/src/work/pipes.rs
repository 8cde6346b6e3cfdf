//! Standard input through a pipe: from the sender, which submitted the run, to the runner that has it, one piece at a
//! time.
//!
//! The sender keeps the bytes that the process has not read yet, and the runner asks for the bytes after those that
//! were read. So the server holds at most one piece of a run. When a connection breaks, or another server replaces this
//! one, the runner asks again and the sender sends again, and no byte is lost or doubled. A sender that is faster than
//! the process waits.
//!
//! In addition to its pieces, a sender keeps one call open, and renews it for as long as it lives: it may have nothing
//! to send for days. When this call is missing for a while, the sender has ended, and the process gets the end of its
//! input.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use hven_core::RunId;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use crate::{kernel::error::AppResult, work::schedule::Schedule};

/// A sender finds a new server within seconds. After this time without a call, the sender counts as ended.
const UNHELD_MAX: Duration = Duration::from_secs(10);

/// How long a call waits for bytes, or for the process to read some.
pub(super) const WAIT: Duration = Duration::from_secs(20);

/// The pipes of unfinished runs.
#[derive(Debug, Default)]
pub(crate) struct Pipes {
    open: Mutex<HashMap<RunId, Arc<Pipe>>>,
}

pub(super) type Pipe = watch::Sender<PipeState>;

/// A piece of standard input, with its offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipePiece {
    pub from: u64,
    pub bytes: Bytes,
    /// Nothing follows.
    pub is_last: bool,
}

/// How far the process has read, as reported to a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PipeProgress {
    pub bytes: u64,
    /// No more bytes are needed.
    pub is_over: bool,
}

/// The answer to a runner that asks for bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextPiece {
    Bytes(Bytes),
    End,
    /// No bytes yet.
    Nothing,
    /// No bytes will follow, because the sender has ended.
    CutOff,
}

#[derive(Debug)]
pub(super) struct PipeState {
    /// The number of calls that hold the input open, and (below) since when there is none.
    holders: usize,
    unheld_since: Instant,
    /// The piece that was sent last.
    pub(super) piece: PipePiece,
    /// The number of bytes that the process has read, as reported by its runner.
    pub(super) read: u64,
    pub(super) over: Option<PipeEnd>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipeEnd {
    /// The process reads no more, or has ended.
    Unwanted,
    /// The sender has ended.
    CutOff,
}

impl PipeState {
    pub(super) fn new(now: Instant) -> Self {
        Self { holders: 0, unheld_since: now, piece: PipePiece::default(), read: 0, over: None }
    }

    pub(super) fn progress(&self) -> PipeProgress {
        PipeProgress { bytes: self.read, is_over: self.over.is_some() }
    }

    /// The bytes after the first `from` bytes; `None` when there are none yet.
    pub(super) fn next(&self, from: u64) -> Option<NextPiece> {
        // The sender has already dropped the bytes before its piece, so waiting for them is useless.
        if self.over.is_some() || from < self.piece.from {
            return Some(NextPiece::CutOff);
        }
        let place = usize::try_from(from - self.piece.from).ok()?;
        let bytes = &self.piece.bytes;
        if place < bytes.len() {
            return Some(NextPiece::Bytes(bytes.slice(place..)));
        }
        (self.piece.is_last && place == bytes.len()).then_some(NextPiece::End)
    }

    pub(super) fn end(&mut self, over: PipeEnd) {
        self.over.get_or_insert(over);
        self.piece = PipePiece::default();
    }

    /// Ends the input when no call has held it for too long. Returns whether it ended.
    pub(super) fn cut_off_if_unheld(&mut self, now: Instant) -> bool {
        let is_cut_off = self.holders == 0 && self.over.is_none() && now >= self.unheld_since + UNHELD_MAX;
        if is_cut_off {
            self.end(PipeEnd::CutOff);
        }
        is_cut_off
    }

    /// The time until which a runner may wait for bytes.
    pub(super) fn patience(&self, deadline: Instant) -> Instant {
        if self.holders > 0 { deadline } else { deadline.min(self.unheld_since + UNHELD_MAX) }
    }
}

impl Pipes {
    pub(super) fn open(&self) -> MutexGuard<'_, HashMap<RunId, Arc<Pipe>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pipe of an unfinished run; `None` when the run has ended.
    pub(super) fn of(&self, schedule: &Schedule, run: RunId) -> Option<Arc<Pipe>> {
        let mut open = self.open();
        // Checked while the pipes are locked: a run that ends leaves the schedule first, and the pipes after that.
        schedule.unended(run)?;
        Some(Arc::clone(
            open.entry(run).or_insert_with(|| Arc::new(watch::Sender::new(PipeState::new(Instant::now())))),
        ))
    }

    /// Ends the pipe of a run that has ended. The sender learns how many bytes the run has read.
    pub(crate) fn end(&self, run: RunId, read: u64) {
        if let Some(pipe) = self.open().remove(&run) {
            pipe.send_modify(|state| {
                state.read = state.read.max(read);
                state.end(PipeEnd::Unwanted);
            });
        }
    }
}

/// A guard that holds the input open.
pub(super) struct OpenPipe(Arc<Pipe>);

impl OpenPipe {
    pub(super) fn new(pipe: Arc<Pipe>) -> Self {
        pipe.send_modify(|state| state.holders += 1);
        Self(pipe)
    }
}

impl Drop for OpenPipe {
    fn drop(&mut self) {
        self.0.send_modify(|state| {
            state.holders -= 1;
            state.unheld_since = Instant::now();
        });
    }
}

pub(super) async fn wait_for(
    pipe: &Pipe,
    wait: Duration,
    is_so: impl Fn(&PipeState) -> bool,
) -> AppResult<PipeProgress> {
    let deadline = Instant::now() + wait;
    let mut changes = pipe.subscribe();
    loop {
        let (progress, is_enough) = {
            let state = changes.borrow_and_update();
            (state.progress(), is_so(&state))
        };
        if is_enough || timeout_at(deadline, changes.changed()).await.is_err() {
            return Ok(progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(from: u64, bytes: &'static [u8], is_last: bool) -> PipePiece {
        PipePiece { from, bytes: Bytes::from_static(bytes), is_last }
    }

    #[test]
    fn unread_bytes_are_delivered_again() {
        let mut state = PipeState::new(Instant::now());
        let bytes = |bytes: &'static [u8]| Some(NextPiece::Bytes(Bytes::from_static(bytes)));
        assert_eq!(state.next(0), None, "nothing was sent yet");
        state.piece = piece(0, b"abcdef", false);
        assert_eq!(state.next(0), bytes(b"abcdef"));
        assert_eq!(state.next(4), bytes(b"ef"));
        assert_eq!(state.next(6), None, "the sender has not said what follows");
        // The sender sends again from the byte that the process has reached, with more bytes.
        state.piece = piece(4, b"efgh", false);
        assert_eq!((state.next(4), state.next(7)), (bytes(b"efgh"), bytes(b"h")));
        assert_eq!(state.next(0), Some(NextPiece::CutOff), "what was read is not there any more");
        state.piece = piece(8, b"", true);
        assert_eq!((state.next(8), state.next(9)), (Some(NextPiece::End), None));
        state.end(PipeEnd::Unwanted);
        assert_eq!(state.next(8), Some(NextPiece::CutOff));
    }

    #[test]
    fn an_input_without_a_holder_ends_after_a_while() {
        let start = Instant::now();
        let mut state = PipeState::new(start);
        let (soon, late) = (start + UNHELD_MAX / 2, start + UNHELD_MAX);
        assert_eq!(state.patience(late + WAIT), late);
        assert!(!state.cut_off_if_unheld(soon));
        state.holders = 1;
        assert_eq!(state.patience(late + WAIT), late + WAIT);
        assert!(!state.cut_off_if_unheld(late + WAIT), "it is held, and silent");
        state.holders = 0;
        assert!(state.cut_off_if_unheld(late));
        assert_eq!((state.next(0), state.progress().is_over), (Some(NextPiece::CutOff), true));
        assert!(!state.cut_off_if_unheld(late), "once is enough");
    }

    #[tokio::test]
    async fn holders_of_an_input_are_counted() {
        let pipe = Arc::new(watch::Sender::new(PipeState::new(Instant::now())));
        let (one, other) = (OpenPipe::new(Arc::clone(&pipe)), OpenPipe::new(Arc::clone(&pipe)));
        drop(one);
        assert_eq!(pipe.borrow().holders, 1);
        drop(other);
        assert_eq!(pipe.borrow().holders, 0);
        let waiting = wait_for(&pipe, WAIT, |state| state.over.is_some());
        let (progress, ()) = tokio::join!(waiting, async { pipe.send_modify(|state| state.end(PipeEnd::CutOff)) });
        assert_eq!(progress.expect("it ends"), PipeProgress { bytes: 0, is_over: true });
    }

    #[test]
    fn the_end_of_the_run_reports_the_number_of_read_bytes() {
        let (pipes, run) = (Pipes::default(), RunId::from_u128(1));
        let pipe = Arc::new(watch::Sender::new(PipeState::new(Instant::now())));
        pipes.open().insert(run, Arc::clone(&pipe));
        pipes.end(run, 4);
        assert_eq!(pipe.borrow().progress(), PipeProgress { bytes: 4, is_over: true });
        assert!(pipes.open().is_empty(), "nothing is kept of a run that has ended");
    }
}
