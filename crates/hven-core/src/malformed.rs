//! Errors in text or bytes that should be one of the nouns of this crate.

/// An error in text or bytes that should be one of the nouns of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("{0:?} is not an id: 32 hexadecimal digits are wanted")]
    Id(String),
    #[error("{0:?} is not a digest: 64 hexadecimal digits are wanted")]
    Digest(String),
    #[error("{0:?} is not a time: RFC 3339 is wanted, such as 2026-05-01T12:00:00Z")]
    Time(String),
    #[error("{name:?} is not a project path: {why}")]
    ProjectPath { name: String, why: &'static str },
    #[error("{text:?} is not a {noun}: {why}")]
    Text { noun: &'static str, text: String, why: String },
    /// A value is larger than its limit.
    #[error("{what} {why}")]
    Bound { what: String, why: String },
    #[error("a fact of the unknown kind {kind:?} version {version}: it was written by a newer Hven")]
    UnknownFact { kind: String, version: u16 },
    #[error("a fact of kind {kind:?} version {version} cannot be read: {why}")]
    Payload { kind: String, version: u16, why: String },
    #[error("a {stream} stream is damaged at byte {offset}: {why}")]
    Stream { stream: &'static str, offset: u64, why: &'static str },
}
