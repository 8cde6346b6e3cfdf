//! What Hven learns from tables.

pub mod bench;
pub mod law;
