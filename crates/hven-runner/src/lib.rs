//! The runner pulls attempts from the server and runs each attempt as processes of its own user. It watches these
//! processes and reports to the server. The runner outlives the server; the death of either loses no data.
//!
//! ```text
//!   server ──commands──► session ──────────┐                          ┌─► live ─► log, metrics, usage ─► files in the spool
//!                                          ├─ inbox ─► supervisor ────┤                                        │
//!   staging, file_check, existing_outputs ─┤   one thread,            ├─► stdin_feed (standard input)          │
//!                                          │                          └─► outbox ─► push ◄─────────────────────┘
//!   output_keepers ────────────────────────┘   one poll                        └──events──► server
//!
//! One thread, the supervisor, starts and watches all processes; it never waits for the network or for a large file.
//! Other threads listen to the server, send events to it, fetch inputs and keep outputs. `hven_api::spool` documents
//! the files of the spool and which process may die when. The runner has no asynchronous runtime, no TLS and no
//! database, on purpose.

mod appender;
mod command;
mod disk_retry;
mod errors;
mod existing_outputs;
mod file_check;
mod folder;
mod grants;
mod http;
mod inbox;
mod kept_outputs;
mod kernel;
mod ledger;
mod leftovers;
mod live;
mod log;
mod mask;
mod metrics;
mod options;
mod outbox;
mod output_keepers;
mod outputs;
mod own_log;
mod panics;
mod preparing;
mod push;
mod push_message;
mod queue;
mod refused_messages;
mod removal;
mod server;
mod session;
mod spawn;
mod staging;
mod staging_result;
mod stdin_feed;
mod supervisor;
mod tree;
mod usage;
mod workers;

pub use errors::RunnerError;
pub use log::LogLimits;
pub use options::{Options, USAGE};
pub use panics::end_with_any_thread;
pub use supervisor::run;

use own_log::log_line;
