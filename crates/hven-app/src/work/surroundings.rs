//! The surroundings of a run: taken down when it is submitted, kept as an object that many runs share, and read back when
//! somebody asks in what two runs differ.

pub mod capture;
pub mod clock;
pub mod difference;
pub mod document;
pub mod explain_difference;
