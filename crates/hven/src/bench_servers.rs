//! The servers of the homes that measurements make.

use std::{path::Path, time::Duration};

use hven_bench::Servers;
use hven_client::{Client, ServerFile};

use crate::{connect, server_process::wait_until_ended};

/// How long a server may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(20);

/// The servers of the homes that a measurement creates. This program starts them as it starts the server of any home.
#[derive(Debug)]
pub struct BenchServers;

impl Servers for BenchServers {
    fn client(&self, home: &Path, flush_delay: Duration) -> Client {
        connect::client_of_measured_server(home, flush_delay)
    }

    fn end(&self, home: &Path) {
        let file = ServerFile::read(home);
        if connect::client_of_running(home).shutdown().is_ok()
            && let Some(file) = file
        {
            wait_until_ended(home, &file, END_TIMEOUT);
        }
    }
}
