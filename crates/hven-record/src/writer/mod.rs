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
mod command;
mod flusher;
mod gathered;
mod group;
mod open;
mod placed;
mod prepare;
mod scrub;
mod scrub_due;
mod shared;
mod start;
mod state;
mod transaction;
mod turn;
mod turns;
mod upkeep;
mod wish;

pub(crate) use command::{Command, Reply, WriterHandle};
pub(crate) use flusher::flush;
pub(crate) use prepare::{Prepared, prepare};
pub use scrub_due::copies_left;
pub(crate) use shared::Shared;
pub(crate) use start::{add, start};

use command::QUEUE_MAX;
use gathered::Gathered;
use state::{Writer, changes};
