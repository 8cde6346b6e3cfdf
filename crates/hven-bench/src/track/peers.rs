//! Other servers of the same protocol, each as its users start it.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::load::mlflow;
use crate::{
    http::Connection,
    machine::{POLL_INTERVAL, resident_bytes},
};

/// MLflow's own server takes more than a minute on a slow disk.
const START_WITHIN: Duration = Duration::from_mins(5);

/// A server to compare with.
#[derive(Debug)]
pub(crate) enum Peer<'p> {
    FastTrackMl(&'p Path),
    /// The Python that has it.
    Mlflow(&'p Path),
}

/// A running peer. It ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: String,
    process: Child,
}

impl Peer<'_> {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::FastTrackMl(_) => "FastTrackML",
            Self::Mlflow(_) => "MLflow",
        }
    }

    /// Starts it with its defaults in a folder of its own, and waits for its first answer.
    pub(crate) fn start(&self, folder: &Path) -> anyhow::Result<Running> {
        let address = free_address()?;
        let mut command = match self {
            Self::FastTrackMl(program) => {
                let mut command = Command::new(program);
                command.args(["server", "--listen-address", &address.to_string()]);
                command
            }
            Self::Mlflow(python) => {
                let mut command = Command::new(python);
                let (host, port) = (address.ip().to_string(), address.port().to_string());
                command.args(["-m", "mlflow", "server", "--workers", "1", "--host", &host, "--port", &port]);
                command
            }
        };
        let log = File::create(folder.join("log"))?;
        command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = command.spawn().with_context(|| format!("{} cannot be started", self.name()))?;
        let mut running = Running { address: address.to_string(), process };
        let start = Instant::now();
        while !running.answers() {
            if let Some(status) = running.process.try_wait()? {
                bail!("{} ended with {status}; its log is in {}", self.name(), folder.display());
            }
            if start.elapsed() > START_WITHIN {
                bail!("{} did not answer", self.name());
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(running)
    }
}

impl Running {
    fn answers(&self) -> bool {
        // A connection that is refused fails at once.
        TcpStream::connect(&self.address).is_ok()
            && Connection::open(&self.address, None)
                .and_then(|mut connection| {
                    connection.call("POST", &mlflow("experiments/search"), &json!({ "max_results": 1 }))
                })
                .is_ok()
    }

    /// The memory of its process and all that it started; `None` if it cannot be read.
    pub(crate) fn memory_bytes(&self) -> Option<u64> {
        let mut total = resident_bytes(self.process.id())?;
        let mut parents = vec![self.process.id()];
        while let Some(parent) = parents.pop() {
            let children =
                std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
            for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
                total += resident_bytes(child).unwrap_or(0);
                parents.push(child);
            }
        }
        Some(total)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its workers end with it. A peer that has ended already cannot be told.
        if let Some(pid) = rustix::process::Pid::from_raw(self.process.id().cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        drop(self.process.wait());
    }
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
