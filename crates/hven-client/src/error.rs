//! Errors between a client and its server.

use std::{io, path::PathBuf};

use hven_api::error::{ErrorBody, ErrorDetail};

/// The server understood the request and refused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// A stable code, such as `run.not_found`.
    pub code: String,
    /// The error and the thing that it concerns.
    pub message: String,
    /// A possible next action.
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
    /// A program that is not the server of this home answered.
    #[error("another program answers at {url}, the address of the server: {why}")]
    Foreign { url: String, why: String },
    #[error("the server at {url} sent an answer that this Hven does not understand: {why}")]
    NotUnderstood { url: String, why: String },
    #[error("{} could not be read: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} changed while it was read", path.display())]
    Changed { path: PathBuf },
    #[error("the downloaded bytes could not be written: {0}")]
    Sink(io::Error),
    #[error("the system provides no random numbers for a key: {0}")]
    Random(String),
    /// [`crate::Locate`] could not find or start a server.
    #[error("{message}")]
    Locate { code: &'static str, message: String, hint: Option<String> },
}

impl Error {
    /// Parses the body of an error. A body with another format (from a proxy or an old server) also becomes an error that
    /// contains the body.
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

    /// The stable code of the error.
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

    /// A possible next action, if one is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.hint.as_deref(),
            Self::NotRunning => Some("`hven up` starts it"),
            Self::Unreachable { .. } => {
                Some("`hven up` starts a server; logs/server.log in the home says how the last one ended")
            }
            Self::Foreign { .. } => Some("Hven sent it no secret; `hven up` starts a server at another port"),
            Self::NotUnderstood { .. } => {
                Some("the server may have another version: `hven down` stops it, and the next command starts a new one")
            }
            Self::Changed { .. } => Some("run the command again when nothing writes to the file"),
            Self::Locate { hint, .. } => hint.as_deref(),
            Self::File { .. } | Self::Sink(_) | Self::Random(_) => None,
        }
    }

    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            _ => None,
        }
    }
}
