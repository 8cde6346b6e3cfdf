//! The record as its callers see it: one suite for both databases, and the faults that a home must survive.
// `print_stderr`: a suite that is left out says so.
#![allow(clippy::unwrap_used, clippy::print_stderr, unreachable_pub)]

mod backups;
mod conformance;
mod death;
mod disk_full;
#[allow(dead_code)]
mod export;
mod facts;
mod faults;
mod flips;
mod folders;
mod healing;
mod homes;
mod kinds;
mod labels;
mod lineage;
mod lost;
mod many;
mod postgresql;
mod properties;
mod publications;
mod sealing;
mod streams;
mod world;
