//! A blocking client of Hven's native API.
//!
//! It is small: no TLS, no async runtime. With a home, or with the token of a task, it tells its token only to a server
//! that has proved that it serves the home ([`Prover`]); a person's token by itself is sent without a proof, because there
//! is nothing to prove it with. The client adds to plain HTTP what makes calls safe to repeat: every POST has an idempotency
//! key, a lost reply is asked for again with the same key, uploads go on where they stopped, event streams resume behind the
//! last event seen.

mod access;
pub mod address;
mod claims;
mod datasets;
pub mod env;
mod error;
mod events;
mod facts;
pub mod failure;
mod home;
mod objects;
mod proof;
mod publications;
mod query;
mod runner;
mod runs;
mod soundness;
mod stdin;
mod transport;

pub use address::{Address, Fixed, InHome, Locate, ServerFile};
pub use claims::GraphQuery;
pub use datasets::ListQuery;
pub use error::{ApiError, Error};
pub use events::{Event, EventReader, EventStream, HomeEvent, HomeEvents, LogEvent, LogStream};
pub use facts::FactQuery;
pub use failure::Failure;
pub use hven_api::proof::Unproved;
pub use objects::{hash_file, hash_open_file, open_file};
pub use proof::Prover;
pub use runs::{LogOf, RunQuery};
pub use soundness::ReachQuery;
pub use transport::{Client, Patience};

pub type Result<T> = std::result::Result<T, Error>;
