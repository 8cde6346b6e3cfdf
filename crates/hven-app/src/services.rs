//! The background work of a server. Each service holds the floor that it serves.

pub mod all;
pub mod driver;
pub mod followers;
pub mod keeper;
pub mod reporter_watch;
pub mod sealer;

pub use all::{Services, remove_unused_launches, spawn};
