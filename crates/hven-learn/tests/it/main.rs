//! The search as those who call it see it.

mod ends;
mod examples;
mod large;
mod tables;
mod units;
mod unusable;
