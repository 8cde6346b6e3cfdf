//! Reading a run's log, and searching in it.

pub(super) mod follow;
pub(super) mod overwritten;
pub(super) mod read;
pub(super) mod search;
pub(super) mod searching;
pub(super) mod seen;
pub(super) mod source;

pub use follow::{Follower, Position, Whole, follow, whole};
pub use read::{Part, read, read_last_states};
pub use search::Match;
pub use searching::{Found, Wanted, search};
