//! Reproduces runs from the record alone, and compares the new results with the earlier ones.
//!
//! A new run repeats the work in a fresh folder with the recorded inputs, code and environment. A second run, of the
//! recipe `compare`, compares the outputs. The submission of each run names its purpose, so the verdict is recorded
//! exactly once even if processes are killed meanwhile.

pub mod continue_reproduction;
pub mod rebuild_command;
pub mod request;
pub mod software;
pub mod start;
pub mod verdict;

pub use request::{CodeAbove, ReproduceRequest, ReproduceStart};
pub use start::start;
