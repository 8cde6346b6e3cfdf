//! The runner's protocol as use cases: attach, pull, push. See `hven-api`'s module of the same name for the messages;
//! here they are in the domain's words.

pub mod attach;
pub mod extent;
pub mod links;
pub mod pull;
pub mod push;

pub use super::record_set_aside::BadMessage;
pub use attach::{Attach, Attached, attach};
pub use extent::Extent;
pub use links::{RunnerCommand, RunnerLinks};
pub use pull::pull;
pub use push::{PushingRunner, RunnerEvent, piece, push, pusher};
