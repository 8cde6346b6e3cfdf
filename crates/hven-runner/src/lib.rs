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
mod feed;
mod folder;
mod http;
mod inbox;
mod keeping;
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
mod patience;
mod push;
mod queue;
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
pub use log::LogLimits;
pub use options::{Options, USAGE};
use own_log::say;

/// Why a runner could not do its work at all.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    #[error("{path}: {source}")]
    File { path: std::path::PathBuf, source: std::io::Error },
    #[error("another runner has the spool {0}")]
    Taken(std::path::PathBuf),
    #[error("the kernel refuses {what}: {source}")]
    Kernel { what: &'static str, source: std::io::Error },
}

/// Makes the end of one thread, by a fault of ours, the end of the runner: half a runner watches nothing. In a release a
/// panic ends the process by itself.
pub fn end_with_any_thread() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        std::process::abort();
    }));
}
