//! The standard input of a run.

use serde::{Deserialize, Serialize};

use crate::runs::FileRef;

/// The standard input of a run. Without it, standard input is `/dev/null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Stdin {
    /// The bytes of a file, already uploaded as an object.
    File {
        file: FileRef,
        /// The position of these bytes in the file that was the caller's standard input.
        #[serde(default)]
        from: u64,
    },
    /// Bytes that the caller sends with `PUT /runs/{run}/stdin` while the run is running.
    Pipe,
}

/// The part of its standard input that the process of a run read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StdinRead {
    /// For a file: the position at which the process left it, counted from where these bytes begin.
    pub bytes: u64,
    /// `whole`; `unread`: the process ended, or closed its standard input, before the end of it arrived; `cut_off`: the sender
    /// disconnected.
    pub end: String,
    /// The digest of these bytes, when they came through a pipe; `null` when they contained a secret.
    #[serde(default)]
    pub digest: Option<String>,
    /// They came through a pipe, and are stored.
    #[serde(default)]
    pub kept: bool,
}

/// The answer to `PUT /runs/{run}/stdin` and `POST /runs/{run}/stdin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StdinTaken {
    /// How many bytes the process has read so far: the sender repeats the others with the following bytes.
    pub bytes: u64,
    /// The process wants no more bytes.
    pub is_over: bool,
}

/// The largest piece that is sent at once.
pub const PIECE_BYTES_MAX: usize = 1 << 20;
