//! The nouns of Hven and the facts about them.
//!
//! This crate decides nothing that depends on the world: it does no I/O and knows no clock, no randomness and no
//! environment. Whatever comes from outside (`now`, random bytes) is an argument. Everything else in Hven stands on it.

pub mod access;
pub mod additions;
mod as_text;
pub mod capture;
pub mod catalogue;
pub mod claim;
pub mod content_key;
pub mod control_sequence;
pub mod dataset;
pub mod diagnostic;
pub mod digest;
pub mod disk;
pub mod envelope;
pub mod expression;
pub mod fact;
pub mod file_name;
pub mod handle;
pub mod id;
pub mod key_file;
pub mod labels;
pub mod law;
pub mod licence;
pub mod limits;
pub mod links;
pub mod log_line;
pub mod manifest;
pub mod name;
pub mod nearest;
pub mod object;
pub mod params;
pub mod process;
pub mod project;
pub mod proof;
pub mod publication;
pub mod quantity;
pub mod question;
pub mod recorded;
pub mod references;
pub mod reproduction;
pub mod resources;
pub mod run;
pub mod runner;
pub mod safe_text;
pub mod seen;
pub mod sentence;
pub mod set_aside;
pub mod soundness;
pub mod staging;
pub mod stdin;
pub mod stream;
pub mod surroundings;
pub mod time;
pub mod unit;
pub mod user;

pub use digest::Digest;
pub use expression::Expression;
pub use fact::Fact;
pub use id::{ActorId, AttemptId, ClaimId, DatasetId, FactId, HomeId, PublicationId, RunId, RunnerId, TokenId, UserId};
pub use time::Time;
pub use unit::Unit;

/// What can be wrong with text or bytes that should be one of the nouns of this crate.
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
    /// Something that was handed in is more than is taken.
    #[error("{what} {why}")]
    Bound { what: String, why: String },
    #[error("a fact of the unknown kind {kind:?} version {version}: it was written by a newer Hven")]
    UnknownFact { kind: String, version: u16 },
    #[error("a fact of kind {kind:?} version {version} cannot be read: {why}")]
    Payload { kind: String, version: u16, why: String },
    #[error("a {stream} stream is damaged at byte {offset}: {why}")]
    Stream { stream: &'static str, offset: u64, why: &'static str },
}
