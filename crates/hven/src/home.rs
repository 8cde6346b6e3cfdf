//! Which home a command speaks to, and the rules by which a folder may be one.

mod checks;
mod choose;
pub mod permissions;
pub mod port;
mod writing;

pub use checks::{check_owner, require};
pub use choose::{Surroundings, choose};
pub use writing::{ensure, refuses_writes, unwritten};
