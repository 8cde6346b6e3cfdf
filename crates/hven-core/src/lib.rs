//! The nouns of Hven and the facts about them.
//!
//! This crate makes no decision that depends on the outside world: it does no I/O and has no clock, no randomness and no
//! environment. All inputs from outside (`now`, random bytes) are arguments. All other crates of Hven use it.

mod as_text;

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
pub mod forecast;
pub mod handle;
pub mod home_owners;
pub mod id;
pub mod key_file;
pub mod licence;
pub mod limits;
pub mod links;
pub mod log_line;

mod malformed;

pub mod manifest;
pub mod name;
pub mod named_objects;
pub mod nearest;
pub mod node;

mod nouns;

pub mod number;
pub mod params;
pub mod process;
pub mod proof;
pub mod quantity;
pub mod question;
pub mod recipe;
pub mod recorded;
pub mod references;
pub mod refusal;
pub mod repeats;
pub mod resources;
pub mod safe_text;
pub mod sample;
pub mod seen;
pub mod sentence;
pub mod session_variables;
pub mod staging;
pub mod stdin;
pub mod stream;
pub mod subject;
pub mod surroundings;
pub mod time;
pub mod trace;
pub mod unit;

// The one list of the nouns that have facts. A new noun is a file and a line here; `nouns.rs` explains the declarations.
nouns::declare! { ($)
    mod home;
    mod user;
    mod project;
    mod access;
    mod runner;
    mod run;
    mod capture;
    mod additions;
    mod set_aside;
    mod reproduction;
    mod labels;
    mod document;
    mod queueing;
    mod catalogue;
    mod law;
    mod claim;
    mod soundness;
    mod repair;
    mod workflow;
    mod array;
    mod publication;
    mod object;
    mod erasure;
}

pub use digest::Digest;
pub use expression::Expression;
pub use fact::Fact;
pub use home::HomeId;
pub use id::{
    ActorId, AttemptId, ClaimId, DatasetId, FactId, PublicationId, RepairId, RunId, RunnerId, TokenId, UserId,
};
pub use malformed::Malformed;
pub use time::Time;
pub use unit::Unit;
