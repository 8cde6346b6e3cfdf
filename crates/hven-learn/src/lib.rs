//! Learns from tables: finds laws by symbolic regression.

pub mod bench;
pub mod law;
