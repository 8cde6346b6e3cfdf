//! What a runner and the server say to each other.
//!
//! The runner asks: it attaches, then pulls commands (a long poll) and pushes events. Commands and events are numbered
//! per session, acknowledged and idempotent, so that losing or doubling a message changes nothing. These are internal
//! to one release train: a field may be added, none may change its meaning, because a runner outlives its server.

use std::collections::BTreeMap;

use hven_core::{
    AttemptId, RunnerId, Time,
    object::FileRef,
    process::ProcessSettings,
    resources::Resources,
    run::{AttemptResult, Limits},
    seen::Seen,
    set_aside::Aside,
    stdin::Stdin,
    stream::Stream,
};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/runner/attach`: the runner says what it is and what it holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attach {
    pub runner: RunnerId,
    /// Higher with each attach of this runner, also after it was started again; 0 when it does not count. One that
    /// comes late says what was so once, and is refused with 409.
    #[serde(default)]
    pub count: u64,
    pub pool: String,
    pub host: String,
    pub boot_id: String,
    pub pid: u32,
    pub version: String,
    /// What it can run at once.
    pub capacity: Resources,
    /// How many attempts it likes to hold beyond those that run.
    pub prefetch: u32,
    /// It hands on standard input. One that does not is given no attempt that has any: its process would find nothing.
    #[serde(default)]
    pub hands_on_stdin: bool,
    /// It starts a process in a folder within a fresh one. One that does not would start it beside that, so it is given none.
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
    /// Names this attachment; pulls and pushes of an older one are refused with 409, and the runner attaches again.
    pub session: String,
    /// How far the server has each stream of the attempts that the runner named: it sends on from there.
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
    /// The number of the last command that was received: it and those before it are not sent again.
    pub after: u64,
    /// How long the server may wait for a command, in milliseconds.
    pub wait_ms: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pulled {
    pub commands: Vec<NumberedCommand>,
    /// The server is closing or nobody needs this runner any more: with no attempts left it ends.
    #[serde(default)]
    pub leave_when_idle: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NumberedCommand {
    pub number: u64,
    pub command: Command,
}

/// Named by its key and not by a field: so a reader knows what comes and need not keep it first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Start(Box<Start>),
    /// End the attempt's processes: TERM, its grace, KILL. The result says that it was cancelled.
    Stop {
        attempt: AttemptId,
    },
    /// Do not begin the attempt. When its process has begun, it goes on; else it ends as not started, for this reason.
    Withdraw {
        attempt: AttemptId,
        why: String,
    },
    /// The attempt's end is recorded: its spool may go.
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
    /// In a fresh folder the place within it; empty for the folder itself.
    pub cwd: String,
    pub umask: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessSettings>,
    /// A file is fetched from `GET /api/v1/runner/objects/{attempt}/{digest}?from=BYTE` before the process is started; what
    /// comes through a pipe is asked for while it goes on: see [`StdinPiece`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Stdin>,
    /// The whole environment of the process; the runner adds `HVEN_URL`, `HVEN_RUN_ID`, `HVEN_ATTEMPT`, `HVEN_TOKEN`,
    /// `HVEN_METRICS`.
    pub environment: BTreeMap<String, String>,
    /// Injected into the environment; every occurrence of a value in the log is masked.
    pub secrets: BTreeMap<String, String>,
    pub resources: Resources,
    pub limits: Limits,
    /// Sealed when the process has ended well, relative to `cwd`.
    pub outputs: Vec<String>,
    /// Run it in a folder that is made for it.
    #[serde(default)]
    pub fresh: Option<Fresh>,
    /// What is to be compared with the disk when the process starts, and inputs when it has ended. Lists are fetched from
    /// `GET /api/v1/runner/objects/{attempt}/{digest}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Good for logging to this attempt and for nothing else.
    pub token: String,
}

/// What a fresh folder holds before its process is started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fresh {
    /// Fetched from `GET /api/v1/runner/objects/{attempt}/{digest}?from=BYTE`; folders are opened up.
    pub files: Vec<FileRef>,
    /// Small files and their texts.
    pub texts: BTreeMap<String, String>,
}

/// The query of `GET /api/v1/runner/stdin/{attempt}`: the next bytes of a pipe. The answer is 200 with bytes, or without
/// any at the end; 204 when none have come within a while; 410 when no more will come, because whoever sent them went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StdinPiece {
    /// How many bytes the process has read: those behind them are wanted.
    #[serde(default)]
    pub from: u64,
    /// No more is wanted.
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

/// Answered when everything pushed is durable.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pushed {
    /// Where the server's copy of a stream ends when that is not where the runner's bytes ended: send from there.
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
    },
    /// Bytes of a stream, base64.
    Stream { attempt: AttemptId, stream: Stream, offset: u64, data: String },
    /// Parameters that the script wrote to `$HVEN_METRICS`.
    Params { attempt: AttemptId, params: BTreeMap<String, serde_json::Value> },
    /// Something that the script wrote, or that the server refused, and that can never be taken in.
    SetAside { attempt: AttemptId, message: Box<Aside> },
    /// The attempt has ended; its streams and outputs are all here.
    Ended { attempt: AttemptId, result: Box<AttemptResult> },
}
