//! The spool: what a runner writes to its disk, so that nothing is lost when it or the server dies.
//!
//! ```text
//! spool/<runner>/            one folder per runner, readable by its user only
//!   lock                     locked by the runner as long as it lives: free means that it is gone
//!   runner.json              the runner's process: a `Process`
//!   token                    its key for the server
//!   runner.log               what it says itself
//!   attaches                 how often it has attached to a server
//!   ledger                   JSON lines, only added to: an `Entry` for each beginning and each end
//!   metrics/<attempt>        what a script wrote: `$HVEN_METRICS`
//!   aside                    JSON lines: messages that the server refused for good
//!   <run>.<number>/          one folder per attempt of which there is more to say
//!     process.json           the process that was started, leader of a session of its own: a `Process`, and `dir`,
//!                            the path of this folder: in a copy of a home it says nothing
//!     log metrics resources  streams, the bytes that the server has or will have
//!     log.head log.tail.*    only while a log is longer than what is kept at once: see the runner's `log.rs`
//!     exit.json              the process has ended, its outputs are being kept: an `Exit`
//!     outputs/<digest>       copies of outputs that the server does not have yet
//!     staged-stdin           what is to be its standard input: it has not begun
//!     stdin                  a copy of what came to it through a pipe, unless that is long
//!     staging/               the fresh folder of an attempt while its inputs come: it has not begun
//!     work/                  the same when all are there: its process runs in it
//!   removed/                 folders on their way out
//! ```
//!
//! A task that says nothing and ends at once leaves two lines in the ledger and nothing else: making and removing
//! files costs more than everything else that a runner does for it. Files come into being when they are needed;
//! `process.json` when a process has lived for a moment, and one without it is known by [`ATTEMPT_VARIABLE`].
//!
//! A line of the ledger is written with one call and counts when it ends with a line feed; a `.json` file is written
//! under another name and renamed. So each is there whole or not at all. `begun` is written before there is a process:
//! an attempt without it never ran. `ended` is the truth about an attempt; it stays until the server says that the end
//! is recorded.
//!
//! When a runner has died, starting it again on its spool does all that there is to do: it ends the processes that are
//! left, finishes what had only outputs to keep, and reports the rest as lost. Its lock is inherited by a process
//! until that has its environment, so that with the lock free no process of it can be without its mark.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hven_core::{
    AttemptId, RunnerId,
    run::{AttemptResult, Limits},
    seen::Seen,
    stream::Stream,
};
use serde::{Deserialize, Serialize};

/// The folder of all spools, in the home.
pub const SPOOL: &str = "spool";
/// In a runner's folder: locked (`flock`) while the runner lives.
pub const LOCK: &str = "lock";
/// In a runner's folder: its [`Process`].
pub const RUNNER: &str = "runner.json";
/// In a runner's folder: its key for the server.
pub const TOKEN: &str = "token";
/// In a runner's folder: what the runner itself writes to its standard output and error.
pub const RUNNER_LOG: &str = "runner.log";
/// In a runner's folder: lines of JSON, each an [`Entry`].
pub const LEDGER: &str = "ledger";
/// In a runner's folder: how often it has attached to a server, in digits.
pub const ATTACHES: &str = "attaches";
/// In a runner's folder: a folder for what scripts write to `$HVEN_METRICS`, each file named by its attempt.
pub const METRICS: &str = "metrics";
/// In a runner's folder: messages that the server refused for good, each a line of JSON.
pub const ASIDE: &str = "aside";
/// In an attempt's folder: its first [`Process`].
pub const PROCESS: &str = "process.json";
/// In an attempt's folder: an [`Exit`].
pub const EXIT: &str = "exit.json";
/// In an attempt's folder: outputs that the server does not have yet, each named by its digest.
pub const OUTPUTS: &str = "outputs";

/// In an attempt's folder: a copy of what its process read through a pipe.
pub const STDIN: &str = "stdin";
/// In an attempt's folder: the file that its process will have on its standard input. Open, it has no name any more.
pub const STAGED_STDIN: &str = "staged-stdin";
/// In an attempt's folder: its fresh folder while it is being filled.
pub const STAGING: &str = "staging";
/// In an attempt's folder: its fresh folder when it is filled, just before its process is started.
pub const WORK: &str = "work";
/// In a runner's folder: what is being removed.
pub const REMOVED: &str = "removed";

/// The variable by which processes of an attempt are known, also those that left its session. Its value is the
/// attempt's id. Servers and runners take it out of their own environment.
pub const ATTEMPT_VARIABLE: &str = "HVEN_ATTEMPT";

/// The streams that a runner writes; a stream's file has the stream's name.
pub const STREAMS: [Stream; 3] = [Stream::Log, Stream::Metrics, Stream::Resources];

/// A process, named so that no other is taken for it: a process id alone is given again when its owner has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: u32,
    /// In clock ticks since the machine was started: field 22 of `/proc/<pid>/stat`.
    pub start_time: u64,
    /// The session that it leads or belongs to.
    pub sid: u32,
    /// Of the machine, since it was started: `/proc/sys/kernel/random/boot_id`.
    pub boot_id: String,
    /// `/proc/sys/kernel/hostname`.
    pub host: String,
    /// Where its process id counts: what the link `/proc/self/ns/pid` says. Containers have their own.
    #[serde(default)]
    pub pid_namespace: String,
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A process is about to be started.
    Begun { attempt: AttemptId },
    /// This is how it ended.
    Ended { attempt: AttemptId, result: Box<AttemptResult> },
    /// The server has recorded the end.
    Forgotten { attempt: AttemptId },
}

/// An attempt whose processes have ended, but whose outputs are not kept yet. A runner that finds this when it starts
/// goes on from here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// The result as it will be, but for the outputs and the log's extent.
    pub result: AttemptResult,
    pub cwd: String,
    pub outputs: Vec<String>,
    pub limits: Limits,
    /// Inputs and code that are to be compared with the disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    #[serde(default)]
    pub at_start: AtStart,
}

/// How files stood when the process was about to start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtStart {
    /// Files and links of declared outputs that were there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Stood>,
    /// There were more of them than are listed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_more_outputs: bool,
    /// Inputs and code that had the recorded bytes and other times than were taken down, by their paths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub touched: BTreeMap<String, Times>,
}

/// One file of an output. When it stands just so later, nobody wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stood {
    /// As outputs are recorded.
    pub path: String,
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// When its bytes were changed last, and when anything of it was: in nanoseconds since 1970, by the clock of its disk.
    pub modified_ns: i64,
    pub changed_ns: i64,
}

/// When the bytes of a file were changed last, and when anything of it was: in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    pub modified_us: i64,
    pub changed_us: i64,
}

/// The folder of a runner.
pub fn runner_dir(home: &Path, runner: RunnerId) -> PathBuf {
    home.join(SPOOL).join(runner.to_string())
}

/// The folder of an attempt.
pub fn attempt_dir(runner_dir: &Path, attempt: AttemptId) -> PathBuf {
    runner_dir.join(attempt.to_string())
}

/// The attempt of a folder; `None` for other files of the runner.
pub fn attempt_of(file_name: &str) -> Option<AttemptId> {
    file_name.parse().ok()
}

/// Where a stream of an attempt is written.
pub fn stream_file(attempt_dir: &Path, stream: Stream) -> PathBuf {
    attempt_dir.join(stream.as_str())
}

#[cfg(test)]
mod tests {
    use hven_core::RunId;

    use super::*;

    #[test]
    fn ledger_lines_are_json() {
        let attempt = AttemptId { run: RunId::from_u128(0xab), number: 1 };
        let line = serde_json::to_string(&Entry::Begun { attempt }).expect("entries serialise");
        assert_eq!(line, r#"{"begun":{"attempt":"000000000000000000000000000000ab.1"}}"#);
    }

    #[test]
    fn folders_name_their_attempts() {
        let attempt = AttemptId { run: RunId::from_u128(0xab), number: 12 };
        let dir = attempt_dir(&runner_dir(Path::new("/h"), RunnerId::from_u128(1)), attempt);
        assert_eq!(dir, Path::new("/h/spool/00000000000000000000000000000001/000000000000000000000000000000ab.12"));
        assert_eq!(attempt_of("000000000000000000000000000000ab.12"), Some(attempt));
        for other in [RUNNER, TOKEN, LOCK, LEDGER, METRICS, RUNNER_LOG, "000000000000000000000000000000ab", ".json.tmp"]
        {
            assert_eq!(attempt_of(other), None, "{other}");
        }
        assert_eq!(stream_file(&dir, Stream::Log), dir.join("log"));
    }
}
