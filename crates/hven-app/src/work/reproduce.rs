//! Making a run again from the record alone, and comparing what comes out with what had come out before.
//!
//! A new run does it, in a fresh folder with the recorded inputs, code and environment; another, of the recipe `compare`,
//! lays the outputs side by side. What each of them is for stands in its submission, so whoever is killed meanwhile, the
//! verdict is recorded in the end, once.

pub mod continue_reproduction;
pub mod rebuild_command;
pub mod request;
pub mod software;
pub mod start;
pub mod verdict;

pub use begin::begin;
pub use request::{CodeAbove, ReproduceRequest, ReproduceStart};
