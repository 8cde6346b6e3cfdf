//! The surroundings of a run: captured when it is submitted, kept as an object that many runs share, and read again to
//! compare two runs.

pub mod capture;
pub mod clock;
pub mod difference;
pub mod document;
pub mod explain_difference;
