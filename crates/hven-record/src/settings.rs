//! How a home is opened.

use std::time::Duration;

use crate::sql::Database;

/// How a home is opened.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub database: Database,
    /// Use the home although another machine has not closed it.
    pub take_over: bool,
    /// How much longer than on this disk each flush of the journal takes: what a slower one would make of it can be measured.
    pub slower_by: Duration,
}
