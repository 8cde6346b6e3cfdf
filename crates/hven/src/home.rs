//! The choice of a command's home, and the rules for a folder that is a home.

mod checks;
mod choose;
pub mod permissions;
pub mod port;
mod writable;

pub use checks::{check_owner, require};
pub use choose::{Surroundings, choose};
pub use writable::{ensure, refuses_writes, unwritten};
