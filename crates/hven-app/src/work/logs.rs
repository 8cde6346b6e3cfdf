//! Reading a run's log, and searching in it.

pub(super) mod overwritten;
pub(super) mod read;
pub(super) mod search;
pub(super) mod searching;
pub(super) mod seen;
pub(super) mod source;

pub use read::{Part, attempt_for, part, read, read_last_states};
pub use search::Match;
pub use searching::{Found, Wanted, search};
