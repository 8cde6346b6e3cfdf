//! A blocking client of Hven's native API.
//!
//! It is small, without TLS and without an async runtime. With a home or the token of a task, it sends its token only to a
//! server that has proved that it serves the home ([`Prover`]). It sends the token of a user without a proof, because such
//! a token cannot be used to check one. In addition to plain HTTP, the client makes calls safe to repeat: every POST has an
//! idempotency key, after a lost reply it repeats the call with the same key, it resumes uploads where they stopped, and it
//! resumes event streams after the last received event.

mod access;
pub mod address;
mod arrays;
mod claims;
mod datasets;
pub mod env;
mod error;
mod events;
mod external_runs;
mod facts;
pub mod failure;
mod foreign_server;
mod home;
mod mlflow_door;
mod objects;
mod proof;
mod publications;
mod query;
mod recipes;
mod repairs;
mod runner;
mod runs;
mod saved_views;
mod soundness;
mod stdin;
mod transport;
mod workflows;

pub use address::{Address, Fixed, InHome, Locate, ServerFile};
pub use claims::GraphQuery;
pub use datasets::ListQuery;
pub use error::{ApiError, Error};
pub use events::{Event, EventReader, EventStream, HomeEvent, HomeEvents, LogEvent, LogStream};
pub use facts::FactQuery;
pub use failure::Failure;
pub use foreign_server::ForeignServer;
pub use hven_api::proof::Unproved;
pub use objects::{hash_file, hash_open_file, open_file};
pub use proof::Prover;
pub use runs::{LogOf, LogPattern, LogsSearch, RunQuery, TaskQuery};
pub use soundness::ReachQuery;
pub use transport::{Client, Patience};
pub use ureq::http::Method;

pub type Result<T> = std::result::Result<T, Error>;
