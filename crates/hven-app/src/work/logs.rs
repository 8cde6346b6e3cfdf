//! Reads and searches the logs of runs.

pub(super) mod follow;
pub(super) mod log_matcher;
pub(super) mod overwritten;
pub(super) mod read;
pub(super) mod search_log;
pub(super) mod source;
pub(super) mod visible_text;

pub use follow::{LogFollower, LogPosition, WholeLog, follow, whole};
pub use log_matcher::LogMatch;
pub use read::{LogPart, read, read_last_states};
pub use search_log::{LogMatches, LogQuery, search};
