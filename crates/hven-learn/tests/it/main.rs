//! The search as those who call it see it.
#![allow(clippy::unwrap_used)]

mod ends;
mod examples;
mod large;
mod tables;
mod units;
mod unusable;
