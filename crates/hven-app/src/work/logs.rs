//! Reading a run's log, and searching in it.

pub(super) mod follow;
pub(super) mod log_matcher;
pub(super) mod overwritten;
pub(super) mod read;
pub(super) mod search_log;
pub(super) mod source;
pub(super) mod visible_text;

pub use follow::{Follower, Position, Whole, follow, whole};
pub use read::{Part, read, read_last_states};
pub use search::Match;
pub use search_log::{LogMatches, LogQuery, search};
