//! What can go wrong between a client and its server.

use std::{io, path::PathBuf};

use hven_api::error::{ErrorBody, ErrorDetail};

/// The server understood, and refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Stable, such as `run.not_found`.
    pub code: String,
    /// What happened, and to which thing.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", .0.message)]
    Api(ApiError),
    #[error("no server runs")]
    NotRunning,
    #[error("the server at {url} does not answer: {why}")]
    Unreachable { url: String, why: String },
    /// Something answers that is not the server of this home.
    #[error("another program answers at {url}, where the server was: {why}")]
    Foreign { url: String, why: String },
    #[error("the server at {url} answered what this Hven does not understand: {why}")]
    NotUnderstood { url: String, why: String },
    #[error("{} could not be read: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} changed while it was read", path.display())]
    Changed { path: PathBuf },
    #[error("the downloaded bytes could not be written: {0}")]
    Sink(io::Error),
    #[error("there is no randomness for a key: {0}")]
    Random(String),
    /// A [`crate::Locate`] could not find or start a server.
    #[error("{message}")]
    Locate { code: &'static str, message: String, hint: Option<String> },
}

impl Error {
    /// Reads the body of an answer that is not a success. A body of another shape (a proxy, an old server) still gives
    /// an error that says what came.
    pub(crate) fn from_body(status: u16, body: &[u8]) -> Self {
        let detail = match serde_json::from_slice::<ErrorBody>(body) {
            Ok(body) => body.error,
            Err(_) => ErrorDetail {
                code: format!("http.{status}"),
                message: match String::from_utf8_lossy(body).trim() {
                    "" => format!("the server answered with status {status}"),
                    text => format!(
                        "the server answered with status {status}: {}",
                        text.chars().take(300).collect::<String>()
                    ),
                },
                hint: None,
            },
        };
        Self::Api(ApiError { status, code: detail.code, message: detail.message, hint: detail.hint })
    }

    /// The stable code of what happened.
    pub fn code(&self) -> &str {
        match self {
            Self::Api(error) => &error.code,
            Self::NotRunning | Self::Unreachable { .. } => "server.unreachable",
            Self::Foreign { .. } => "server.foreign",
            Self::NotUnderstood { .. } => "server.not_understood",
            Self::File { .. } => "file.unreadable",
            Self::Changed { .. } => "file.changed",
            Self::Sink(_) => "file.unwritable",
            Self::Random(_) => "internal",
            Self::Locate { code, .. } => code,
        }
    }

    /// What to do next, when something is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.hint.as_deref(),
            Self::NotRunning => Some("`hven up` starts it"),
            Self::Unreachable { .. } => {
                Some("`hven up` starts a server; logs/server.log in the home says how the last one ended")
            }
            Self::Foreign { .. } => Some("it was told nothing; `hven up` starts a server at another port"),
            Self::NotUnderstood { .. } => {
                Some("is the server of another version? `hven down` ends it, the next command starts a new one")
            }
            Self::Changed { .. } => Some("run the command again when nothing writes to the file"),
            Self::Locate { hint, .. } => hint.as_deref(),
            Self::File { .. } | Self::Sink(_) | Self::Random(_) => None,
        }
    }

    /// The HTTP status, when the server answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            _ => None,
        }
    }
}
