//! The record as its callers see it: one suite for both databases, and the faults that a home must survive.
// `print_stderr`: a suite that is left out says so.
#![allow(clippy::unwrap_used, clippy::print_stderr, unreachable_pub)]

mod conformance;
mod disk_full;
mod export;
mod facts;
mod faults;
mod homes;
mod lineage;
mod postgresql;
mod properties;
mod publications;
mod sealing;
mod streams;
mod world;
