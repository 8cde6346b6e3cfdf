//! Tests of the record through its public interface: one suite for both databases, and the faults that a home must survive.
// `print_stderr`: a skipped suite prints a note.
#![allow(clippy::unwrap_used, clippy::print_stderr, unreachable_pub)]

mod arrays;
mod backups;
mod conformance;
mod death;
mod deleted;
mod disk_full;
mod erased;
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
mod machine_use;
mod many;
mod postgresql;
mod properties;
mod publications;
mod quantities;
mod sealing;
mod streams;
mod world;
