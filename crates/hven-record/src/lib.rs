//! The record of a home: facts, the views derived from them, objects, and the streams of runs.
//!
//! ```text
//!   home/  FORMAT       the version of this layout, and which database holds the record
//!          hven.lock    who has the home open
//!          record.db    facts and views (SQLite; or they are in PostgreSQL)
//!          journal/     facts and stream bytes, durable before anyone is answered
//!          segments/    stream bytes that no sealed part holds yet
//!          objects/     immutable bytes by digest
//!          private/     environments and secrets of unfinished runs
//! ```
//! [`Home`] implements the ports [`Record`](hven_app::ports::Record), [`Views`](hven_app::ports::Views),
//! [`Series`](hven_app::ports::Series), [`Objects`](hven_app::ports::Objects) and
//! [`Launches`](hven_app::ports::Launches). This is the only crate that knows SQL. Its drivers block, so they live on
//! threads of their own: one writer, a few readers.

pub mod bench;

mod backup;
mod errors;
mod export;
mod facts;
mod heal;
mod home;
mod journal;
mod launches;
mod lineage;
mod lineage_port;
mod lock;
mod objects;
mod readers;
mod rebuild;
mod record;
mod reserve;
mod restore;
mod series;
mod sql;
mod verify;
mod views;
mod views_port;
mod vital;
mod writer;

pub use backup::BackedUp;
pub use errors::OpenError;
pub use export::{ExportError, Exported, Imported, Step, export, import};
pub use heal::{Healed, Healing};
pub use home::{Home, Settings};
pub use lock::Holder;
pub use rebuild::{Comparison, Difference, Progress};
pub use restore::{Gaps, check_backup, restore, restore_with};
pub use sql::Database;
pub use writer::copies_left;
