//! Checks the book's chapters on units, expressions and the manifest against the code; and facts of every kind round-trip.
#![allow(clippy::unwrap_used)]

mod book;
mod expressions;
mod facts;
mod manifest;
mod surroundings;
mod unit_fuzz;
mod units;
