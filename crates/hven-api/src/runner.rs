//! The messages between a runner and the server.
//!
//! The runner sends all requests: it attaches, then pulls commands (a long poll) and pushes events. Commands and events are
//! numbered per session, acknowledged and idempotent, so that a lost or doubled message changes nothing. These messages are
//! internal to one release train. A field may be added, but none may change its meaning, because a runner outlives its server.

use std::collections::BTreeMap;

use hven_core::{
    AttemptId, RunnerId, Time,
    object::FileRef,
    process::ProcessSettings,
    resources::{ResourceUnits, Resources, UnitNames},
    run::{AttemptResult, Limits},
    seen::RecordedFiles,
    set_aside::Aside,
    stdin::Stdin,
    stream::Stream,
};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/runner/attach`: the runner describes itself and its attempts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attach {
    pub runner: RunnerId,
    /// Higher with each attach of this runner, also after a restart; 0 when it does not count. The server refuses an attach
    /// that arrives late with 409, because its content is outdated.
    #[serde(default)]
    pub count: u64,
    pub pool: String,
    pub host: String,
    pub boot_id: String,
    pub pid: u32,
    pub version: String,
    /// The resources that its attempts may use together.
    pub capacity: Resources,
    /// The units of the resources whose units have names.
    #[serde(default, skip_serializing_if = "ResourceUnits::is_empty")]
    pub units: ResourceUnits,
    /// How many attempts it wants in addition to the running ones.
    pub prefetch: u32,
    /// It forwards standard input. Any other runner gets no attempt that has standard input: its process would find none.
    #[serde(default)]
    pub hands_on_stdin: bool,
    /// It can start a process in a subfolder of a fresh folder. Any other runner would start it in the wrong folder, so it gets
    /// no such attempt.
    #[serde(default)]
    pub enters_folders: bool,
    pub attempts: Vec<Held>,
}

/// An attempt that the runner has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Held {
    pub attempt: AttemptId,
    /// Its process was started.
    pub started: bool,
    /// Its result is written.
    pub finished: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attached {
    /// Names this attachment. The server refuses pulls and pushes of an older one with 409, and the runner attaches again.
    pub session: String,
    /// How many bytes of each stream the server has, for the attempts that the runner named: the runner continues from there.
    pub extents: Vec<Extent>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Extent {
    pub attempt: AttemptId,
    pub stream: Stream,
    pub bytes: u64,
}

/// `POST /api/v1/runner/pull`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pull {
    pub runner: RunnerId,
    pub session: String,
    /// The number of the last received command: this command and earlier ones are not sent again.
    pub after: u64,
    /// How long the server may wait for a command, in milliseconds.
    pub wait_ms: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pulled {
    pub commands: Vec<NumberedCommand>,
    /// The server is closing, or this runner is no longer needed: it ends when it has no attempts left.
    #[serde(default)]
    pub leave_when_idle: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NumberedCommand {
    pub number: u64,
    pub command: Command,
}

/// Named by its key and not by a field: so a reader knows the type before it reads the content.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Start(Box<Start>),
    /// Stop the attempt's processes: TERM, its grace, KILL. The result is "cancelled".
    Stop {
        attempt: AttemptId,
    },
    /// Do not start the attempt. If its process was started already, it continues; otherwise the attempt ends as not started,
    /// for this reason.
    Withdraw {
        attempt: AttemptId,
        why: String,
    },
    /// The attempt's end is recorded: the runner may remove its spool.
    Forget {
        attempt: AttemptId,
    },
}

/// Everything that the runner needs for one attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    pub attempt: AttemptId,
    pub handle: String,
    pub argv: Vec<String>,
    /// In a fresh folder the subfolder in it; empty for the folder itself.
    pub cwd: String,
    pub umask: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessSettings>,
    /// A file is fetched from `GET /api/v1/runner/objects/{attempt}/{digest}?from=BYTE` before the process is started; the
    /// bytes of a pipe are requested while it runs: see [`StdinPiece`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Stdin>,
    /// The whole environment of the process; the runner adds `HVEN_URL`, `HVEN_RUN_ID`, `HVEN_ATTEMPT`, `HVEN_TOKEN`,
    /// `HVEN_METRICS`, and the names of the units that it gives to the attempt.
    pub environment: BTreeMap<String, String>,
    /// Injected into the environment; every occurrence of a value in the log is masked.
    pub secrets: BTreeMap<String, String>,
    pub resources: Resources,
    pub limits: Limits,
    /// Paths relative to `cwd`, sealed when the process has ended successfully.
    pub outputs: Vec<String>,
    /// Run it in a new folder that is made for it.
    #[serde(default)]
    pub fresh: Option<Fresh>,
    /// The recorded file states: the runner compares them with the disk when the process starts, and those of inputs again when
    /// it has ended. Lists are fetched from `GET /api/v1/runner/objects/{attempt}/{digest}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<RecordedFiles>,
    /// Allows logging to this attempt and nothing else.
    pub token: String,
    /// How clients of other trackers find this server from the process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trackers: Vec<Tracker>,
}

/// The variables with which clients of another tracker find this server. If the environment has the address already, it stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tracker {
    /// Gets the address of the server, such as `MLFLOW_TRACKING_URI`.
    pub address_variable: String,
    pub token_variable: String,
    pub token: String,
}

/// The content of a fresh folder before its process is started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fresh {
    /// Fetched from `GET /api/v1/runner/objects/{attempt}/{digest}?from=BYTE`; folders are expanded.
    pub files: Vec<FileRef>,
    /// Small files with their texts.
    pub texts: BTreeMap<String, String>,
}

/// The query of `GET /api/v1/runner/stdin/{attempt}`: the next bytes of a pipe. The answer is 200 with bytes, or 200 without
/// bytes at the end; 204 when no bytes arrived for a while; 410 when no more will arrive because the sender disconnected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StdinPiece {
    /// How many bytes the process has read: the answer begins after them.
    #[serde(default)]
    pub from: u64,
    /// The process wants no more bytes.
    #[serde(default)]
    pub is_over: bool,
}

/// `POST /api/v1/runner/push`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Push {
    pub runner: RunnerId,
    pub session: String,
    pub events: Vec<Event>,
}

/// The answer when everything pushed is durable.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pushed {
    /// The end of the server's copy of a stream, where it differs from the end of the runner's bytes: send from there.
    pub behind: Vec<Extent>,
}

/// Named by its key, as commands are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The process was started, at that time by the runner's clock.
    Started {
        attempt: AttemptId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Time>,
        /// The units that it has of resources whose units have names.
        #[serde(default, skip_serializing_if = "UnitNames::is_empty")]
        units: UnitNames,
    },
    /// Bytes of a stream, base64.
    Stream { attempt: AttemptId, stream: Stream, offset: u64, data: String },
    /// Parameters that the script wrote to `$HVEN_METRICS`.
    Params { attempt: AttemptId, params: BTreeMap<String, serde_json::Value> },
    /// A message that the script wrote, or that the server refused, and that can never be accepted.
    SetAside { attempt: AttemptId, message: Box<Aside> },
    /// The attempt has ended; its streams and outputs are complete here.
    Ended { attempt: AttemptId, result: Box<AttemptResult> },
}
