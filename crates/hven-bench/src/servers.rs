//! What the measurements need of the binary: servers of homes of their own.

use std::{fmt::Debug, path::Path};

use hven_client::Client;

/// Starts and ends servers.
pub trait Servers: Debug {
    /// A client of a home's server, which is started when none runs and does not end when idle.
    fn client(&self, home: &Path) -> Client;

    /// Tells the server of a home to end, and waits for that. One that does not answer is gone, or goes when it is idle.
    fn end(&self, home: &Path);
}
