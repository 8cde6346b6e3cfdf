//! The search through its public interface.
#![allow(clippy::unwrap_used)]

mod ends;
mod errors;
mod examples;
mod large;
mod repeated_rows;
mod tables;
mod units;
mod unusable;
mod wrong_rows;
