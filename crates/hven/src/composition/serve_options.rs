//! The options for serving a home.

use std::{path::PathBuf, time::Duration};

use hven_app::ports::engine::SharingRules;
use hven_compute::machine::MachineSettings;

/// The options for serving a home.
#[derive(Debug)]
pub struct ServeOptions {
    pub home: PathBuf,
    /// 0: any free port.
    pub port: u16,
    pub if_taken: IfTaken,
    /// A command started the server in the background.
    pub auto_started: bool,
    /// The idle time after which the server ends; `None`: it does not end when idle.
    pub idle_exit: Option<Duration>,
    /// `sqlite`, or the address of a PostgreSQL database.
    pub database: String,
    /// The filter of the log.
    pub log: String,
    /// How the resources of this machine are found.
    pub machine: MachineSettings,
    /// How users and projects share it.
    pub sharing: SharingRules,
    /// Use the home even if another machine has not closed it.
    pub take_over: bool,
    /// An additional delay of each flush of the record, for measurements.
    pub flush_delay: Duration,
}

/// The behaviour when another program uses the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfTaken {
    Fail,
    /// Use any free port: the home is not expected at the default port.
    TakeAnother,
    /// Use any free port, and report it: the home was served on this port last, or a setting names it.
    TakeAnotherAndReport,
}
