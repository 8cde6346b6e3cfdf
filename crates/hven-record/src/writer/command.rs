//! The commands to the writer, and their queue.

use hven_app::ports::{StoreError, StoreResult, record::Appended, series::StreamPiece};
use hven_core::{fact::Batch, run::PartSealed};
use tokio::sync::{mpsc, oneshot};

use super::{prepare::Prepared, shared::Shared};
use crate::{rebuild::Progress, series::StreamId};

/// How many callers may wait in the queue before others must wait to join it.
pub(super) const QUEUE_MAX: usize = 4096;

pub(crate) type Reply<T> = oneshot::Sender<StoreResult<T>>;

pub(crate) enum Command {
    Append {
        batch: Box<Prepared>,
        reply: Reply<Appended>,
    },
    Pieces {
        pieces: Vec<StreamPiece>,
        /// The pieces may use the reserve.
        are_last: bool,
        reply: Reply<Vec<u64>>,
    },
    /// Makes everything that was acknowledged visible to readers.
    Show {
        reply: Reply<()>,
    },
    Erase {
        seqs: Vec<u64>,
        batch: Box<Batch>,
        reply: Reply<Appended>,
    },
    /// Parts are recorded, so their bytes may leave the segments.
    Sealed {
        parts: Vec<PartSealed>,
        reply: Reply<()>,
    },
    /// Replaces bytes of a live stream at these positions by others of the same length.
    Overwrite {
        stream: StreamId,
        spans: Vec<(u64, Vec<u8>)>,
        reply: Reply<()>,
    },
    /// Makes everything durable outside the journal and empties it; with `scrub`, leaves no readable bytes in it.
    Clear {
        scrub: bool,
        reply: Reply<()>,
    },
    /// Gives the disk space of SQLite's WAL back.
    ShortenWal,
    /// Rebuilds all views.
    Rebuild {
        progress: Box<dyn FnMut(Progress) + Send>,
        reply: Reply<()>,
    },
    Close {
        reply: Reply<()>,
    },
}

/// The sending side of the queue.
#[derive(Clone)]
pub(crate) struct WriterHandle {
    pub(super) queue: mpsc::Sender<Command>,
}

impl WriterHandle {
    /// Sends a command and waits for its answer.
    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(command(reply)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Gives the disk space of SQLite's WAL back soon. It is asked for again while the space is missing, so a full queue is fine.
    pub(crate) fn shorten_wal(&self) {
        let _ = self.queue.try_send(Command::ShortenWal);
    }

    /// Waits until everything that was acknowledged before is visible to readers.
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

impl Command {
    pub(super) fn is_alone(&self) -> bool {
        !matches!(self, Self::Append { .. } | Self::Pieces { .. } | Self::Show { .. })
    }
}
