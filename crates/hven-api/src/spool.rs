//! The spool: files that a runner keeps on its disk, so that nothing is lost when the runner or the server dies.
//!
//! ```text
//! spool/<runner>/            one folder per runner, readable by its user only
//!   lock                     locked by the runner while it lives; unlocked means that it is dead
//!   runner.json              the runner's process: a `Process`
//!   token                    its token for the server
//!   runner.log               its own log
//!   attaches                 how often it has attached to a server
//!   ledger                   JSON lines, only appended: an `Entry` for each start and each end
//!   metrics/<attempt>        lines that a script wrote to `$HVEN_METRICS`
//!   aside                    JSON lines: messages that the server refused permanently
//!   <run>.<number>/          one folder for each attempt that needs files
//!     process.json           the started process, leader of its own session: a `Process`, and `dir`, the path of this
//!                            folder: in a copy of a home the file does not count
//!     log metrics resources  streams, the bytes that the server has or will get
//!     log.head log.tail.*    only while a log is longer than the kept size: see the runner's `log.rs`
//!     exit.json              the process has ended, its outputs are being sealed: an `Exit`
//!     outputs/<digest>       copies of outputs that the server does not have yet
//!     staged-stdin           its future standard input; the process is not started yet
//!     stdin                  a copy of the bytes that came through a pipe, unless they are many
//!     staging/               the fresh folder of an attempt while its inputs arrive; the process is not started yet
//!     work/                  the same folder when all inputs are there: its process runs in it
//!   removed/                 folders that are being deleted
//! ```
//!
//! A task that prints nothing and ends quickly leaves two lines in the ledger and nothing else: making and removing files would
//! be the largest cost of such a task. Each file is made when it is needed; `process.json` when a process has lived for a
//! moment. A process without that file is found by [`ATTEMPT_VARIABLE`].
//!
//! A line of the ledger is written with one call and is valid when it ends with a line feed; a `.json` file is written under
//! another name and renamed. So each is complete or absent. `begun` is written before the process is started: an attempt
//! without it never ran. `ended` is the authoritative result of an attempt; it stays until the server confirms that the end is
//! recorded.
//!
//! After a runner has died, a new runner on its spool does all remaining work: it ends the processes that are left, seals
//! outputs that were not sealed yet, and reports the other attempts as lost. A process inherits the lock until it has its
//! environment. So when the lock is free, every process of the runner has its mark.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hven_core::{
    AttemptId, RunnerId,
    run::{AttemptResult, Limits},
    seen::RecordedFiles,
    stream::Stream,
};
use serde::{Deserialize, Serialize};

/// The folder of all spools, in the home.
pub const SPOOL: &str = "spool";
/// In a runner's folder: locked (`flock`) while the runner lives.
pub const LOCK: &str = "lock";
/// In a runner's folder: its [`Process`].
pub const RUNNER: &str = "runner.json";
/// In a runner's folder: its token for the server.
pub const TOKEN: &str = "token";
/// In a runner's folder: the standard output and error of the runner.
pub const RUNNER_LOG: &str = "runner.log";
/// In a runner's folder: lines of JSON, each an [`Entry`].
pub const LEDGER: &str = "ledger";
/// In a runner's folder: how often it has attached to a server, in digits.
pub const ATTACHES: &str = "attaches";
/// In a runner's folder: a folder with the lines that scripts write to `$HVEN_METRICS`, one file per attempt.
pub const METRICS: &str = "metrics";
/// In a runner's folder: messages that the server refused permanently, each a line of JSON.
pub const ASIDE: &str = "aside";
/// In an attempt's folder: its first [`Process`].
pub const PROCESS: &str = "process.json";
/// In an attempt's folder: an [`Exit`].
pub const EXIT: &str = "exit.json";
/// In an attempt's folder: outputs that the server does not have yet, each named by its digest.
pub const OUTPUTS: &str = "outputs";

/// In an attempt's folder: a copy of the bytes that its process read through a pipe.
pub const STDIN: &str = "stdin";
/// In an attempt's folder: the file for the standard input of its process. Once it is open, it has no name any more.
pub const STAGED_STDIN: &str = "staged-stdin";
/// In an attempt's folder: its fresh folder while inputs are written into it.
pub const STAGING: &str = "staging";
/// In an attempt's folder: its complete fresh folder, just before its process is started.
pub const WORK: &str = "work";
/// In a runner's folder: folders that are being deleted.
pub const REMOVED: &str = "removed";

/// The variable that marks processes of an attempt, including those that left its session. Its value is the attempt's id.
/// Servers and runners remove it from their own environment.
pub const ATTEMPT_VARIABLE: &str = "HVEN_ATTEMPT";

/// The streams that a runner writes; the file of a stream has the stream's name.
pub const STREAMS: [Stream; 3] = [Stream::Log, Stream::Metrics, Stream::Resources];

/// A process, identified uniquely: the system gives the process id again after its owner has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: u32,
    /// In clock ticks since the machine was started: field 22 of `/proc/<pid>/stat`.
    pub start_time: u64,
    /// The session that it leads or belongs to.
    pub sid: u32,
    /// The boot id of the machine: `/proc/sys/kernel/random/boot_id`.
    pub boot_id: String,
    /// `/proc/sys/kernel/hostname`.
    pub host: String,
    /// The namespace of its process id: the target of the link `/proc/self/ns/pid`. Containers have their own.
    #[serde(default)]
    pub pid_namespace: String,
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A process is about to be started.
    Begun { attempt: AttemptId },
    /// How the attempt ended.
    Ended { attempt: AttemptId, result: Box<AttemptResult> },
    /// The server has recorded the end.
    Forgotten { attempt: AttemptId },
}

/// An attempt whose processes have ended, but whose outputs are not sealed yet. A runner that finds this when it starts
/// continues from here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// The final result, except for the outputs and the log's extent.
    pub result: AttemptResult,
    pub cwd: String,
    pub outputs: Vec<String>,
    pub limits: Limits,
    /// Inputs and code to compare with the disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<RecordedFiles>,
    #[serde(default)]
    pub at_start: AtStart,
}

/// The state of files when the process was about to start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtStart {
    /// Files and links of declared outputs that existed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputFileState>,
    /// There were more of them than are listed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_more_outputs: bool,
    /// Inputs and code with the recorded bytes but with other times than the recorded ones, by their paths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub touched: BTreeMap<String, Times>,
}

/// One file of an output. If its state is the same later, no process wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFileState {
    /// As outputs are recorded.
    pub path: String,
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// When its bytes were last changed, and when anything of it was last changed: in nanoseconds since 1970, by the clock of
    /// its disk.
    pub modified_ns: i64,
    pub changed_ns: i64,
}

/// When the bytes of a file were last changed, and when anything of it was last changed: in microseconds since 1970.
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

/// The file of a stream of an attempt.
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
