//! The runner: pulls attempts from the server and runs each as a process of its own user, watches it and what it
//! starts, and tells the server what happened. It outlives the server and loses nothing when either dies.
//!
//! ```text
//!   server ──commands──► session ─┐                    ┌─► live ─► log, metrics, usage ─► files in the spool
//!                                 ├─ inbox ─► desk ────┤                                        │
//!   staging, seen, standing ──────┤   one thread,      ├─► feed (standard input)               │
//!                                 │                    └─► outbox ─► push ◄─────────────────────┘
//!   keeping (outputs) ────────────┘   one poll                        └──events──► server
//! ```
//!
//! One thread, the desk, starts and watches all processes; it never waits for the network or a large file. Others
//! listen to the server, tell it what is new, fetch inputs and keep outputs. What is written where, and what may die
//! when, is said in `hven_api::spool`; what is absent on purpose: an asynchronous runtime, TLS, any database.

mod appender;
mod command;
mod desk;
mod errors;
mod feed;
mod folder;
mod http;
mod inbox;
mod keeping;
mod kept;
mod kernel;
mod ledger;
mod leftovers;
mod live;
mod log;
mod mask;
mod metrics;
mod options;
mod outbox;
mod outputs;
mod own_log;
mod panics;
mod patience;
mod preparing;
mod push;
mod push_message;
mod queue;
mod ready;
mod refused;
mod removal;
mod seen;
mod server;
mod session;
mod spawn;
mod staging;
mod standing;
mod tree;
mod usage;
mod workers;

pub use desk::run;
pub use errors::RunnerError;
pub use log::LogLimits;
pub use options::{Options, USAGE};
pub use panics::end_with_any_thread;

use own_log::say;
