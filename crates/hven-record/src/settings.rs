//! The settings for opening a home.

use std::time::Duration;

use crate::sql::Database;

/// The settings for opening a home.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub database: Database,
    /// Use the home although another machine has not closed it.
    pub take_over: bool,
    /// An additional delay of each flush of the journal, to measure the effect of a slower disk.
    pub slower_by: Duration,
}
