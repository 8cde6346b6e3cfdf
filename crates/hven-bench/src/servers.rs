//! The interface for starting servers of homes, which the binary implements.

use std::{fmt::Debug, path::Path, time::Duration};

use hven_client::Client;

/// Starts and ends servers.
pub trait Servers: Debug {
    /// A client of a home's server. It starts the server if none runs; that server does not stop when idle.
    /// Each flush of the record takes `flush_delay` longer, which simulates a slower disk.
    fn client(&self, home: &Path, flush_delay: Duration) -> Client;

    /// Stops the server of a home and waits for its end. A server that does not answer has stopped, or stops when idle.
    fn end(&self, home: &Path);
}
