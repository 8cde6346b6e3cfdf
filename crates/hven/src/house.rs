//! The house: the one place where implementations meet their ports.

mod document;
mod failures;
mod login_pages;
mod offline;
mod open;
mod press;
mod private_file;
mod serving;

pub use document::openapi;
pub use offline::{backup, check_backup, examine, export, heal, import, restore, verify};
pub use serving::{IfTaken, ServeOptions, serve};
