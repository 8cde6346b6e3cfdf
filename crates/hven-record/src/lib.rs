//! The record of a home: facts, the views derived from them, objects, and the streams of runs.
//!
//! ```text
//!   home/  FORMAT       the version of this layout, and which database holds the record
//!          hven.lock    the process that has the home open
//!          record.db    facts and views (SQLite; or they are in PostgreSQL)
//!          journal/     facts and stream bytes that are durable before a caller gets an answer
//!          segments/    stream bytes that are not in a sealed part yet
//!          objects/     immutable bytes by digest
//!          private/     environments and secrets of unfinished runs
//! ```
//! [`Home`] implements the ports [`Record`](hven_app::ports::Record), [`Views`](hven_app::ports::Views),
//! [`Series`](hven_app::ports::Series), [`Objects`](hven_app::ports::Objects) and
//! [`Launches`](hven_app::ports::Launches). Only this crate contains SQL. Its database drivers block, so they run on
//! threads of their own: one writer, a few readers.

pub mod bench;

mod arrays_port;
mod backup;
mod backup_format;
mod errors;
mod essential_thread;
mod export;
mod facts;
mod heal;
mod home;
mod journal;
mod kept_traces;
mod launches;
mod layout;
mod lineage;
mod lineage_port;
mod lock;
mod machine_port;
mod objects;
mod quantities_port;
mod queueing_port;
mod readers;
mod rebuild;
mod record;
mod reserve;
mod restore;
mod series;
mod settings;
mod sql;
mod verify;
mod views;
mod views_port;
mod writer;

pub use backup_format::BackedUp;
pub use errors::OpenError;
pub use export::{ExportError, Exported, Imported, Step, export, import};
pub use heal::{Healed, Healing};
pub use home::Home;
pub use lock::Holder;
pub use rebuild::{Comparison, Difference, Progress};
pub use restore::{Gaps, check_backup, restore, restore_with};
pub use settings::Settings;
pub use sql::Database;
pub use writer::copies_left;
