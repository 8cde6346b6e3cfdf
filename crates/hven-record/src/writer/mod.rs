//! The only writer of a home: a thread that takes all queued commands and makes them durable together.
//!
//! ```text
//!   callers ──► queue ──► group ──► journal (write) ──► fdatasync, on a second thread ─┐
//!                                        └────────────► SQLite: facts + views ─────────┴─► answers, broadcast
//! ```
//! The writer does not wait for a single caller's company. But after a group with many callers, which return as soon as they
//! are answered, the writer waits for them for a small part of a flush's duration; otherwise two halves of the callers would
//! alternate and each wait for two flushes.
//!
//! On SQLite small groups share one transaction, which is committed a moment later or when a reader needs it: see
//! [`transaction`]. On PostgreSQL the transaction is durable by itself, and only streams use the journal.

mod collected;
mod command;
mod event_loop;
mod exclusive;
mod flusher;
mod group;
mod next_command;
mod numbered;
mod open;
mod prepare;
mod same_request;
mod scrub;
mod scrub_schedule;
mod shared;
mod start;
mod state;
mod transaction;
mod upkeep;

pub(crate) use command::{Command, Reply, WriterHandle};
pub(crate) use flusher::flush;
pub(crate) use prepare::{Prepared, prepare};
pub use scrub_schedule::copies_left;
pub(crate) use shared::Shared;
pub(crate) use start::{add, start};

use collected::CollectedGroup;
use command::QUEUE_MAX;
use state::{Writer, changes};
