//! Reads and searches the logs of runs.

pub(super) mod follow;
pub(super) mod log_matcher;
pub(super) mod overwritten;
pub(super) mod pattern;
pub(super) mod read;
pub(super) mod resumed_search;
pub(super) mod search_all_logs;
pub(super) mod search_log;
pub(super) mod search_position;
pub(super) mod searched_line;
pub(super) mod source;
pub(super) mod visible_text;

pub use follow::{LogFollower, LogPosition, WholeLog, follow, whole};
pub use pattern::PatternText;
pub use read::{LogPart, read, read_last_states};
pub use search_all_logs::{FoundInLogs, FoundLine, LogsQuery, SearchBudget, search_all};
pub use search_log::{LogMatches, LogQuery, search};
pub use searched_line::{ContextLine, LogMatch};
