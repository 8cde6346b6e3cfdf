//! The standard input of a run.

use serde::{Deserialize, Serialize};

use crate::runs::FileRef;

/// What a run has on its standard input. Nothing is `/dev/null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Stdin {
    /// The bytes of a file, already uploaded as an object.
    File {
        file: FileRef,
        /// Where these bytes begin in the file that was on the caller's standard input.
        #[serde(default)]
        from: u64,
    },
    /// What whoever submitted the run sends while it goes on, with `PUT /runs/{run}/stdin`.
    Pipe,
}

/// What the process of a run read of its standard input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StdinRead {
    /// Of a file: the place at which the process left it, counted from where it began.
    pub bytes: u64,
    /// `whole`; `unread`: it ended, or closed its standard input, before the end of it had come; `cut_off`: whoever sent
    /// it went away.
    pub end: String,
    /// Of these bytes, when they came through a pipe; `null` when a secret was among them.
    #[serde(default)]
    pub digest: Option<String>,
    /// They came through a pipe, and are in the store.
    #[serde(default)]
    pub kept: bool,
}

/// The answer to `PUT /runs/{run}/stdin` and `POST /runs/{run}/stdin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StdinTaken {
    /// How many bytes the process has read so far: what it has not, is sent again with what follows.
    pub bytes: u64,
    /// No more of it is wanted.
    pub is_over: bool,
}

/// So many bytes are sent at once.
pub const PIECE_BYTES_MAX: usize = 1 << 20;
