//! The composition root: the only place where implementations are connected to their ports.

mod login_pages;
mod offline;
mod open;
mod openapi;
mod press;
mod private_file;
mod record_errors;
mod serve_options;
mod serving;
mod step_processes;
mod tables;

pub use offline::{backup, check_backup, examine, export, heal, import, old_units, restore, verify};
pub use openapi::openapi;
pub use serve_options::{IfTaken, ServeOptions};
pub use serving::serve;
