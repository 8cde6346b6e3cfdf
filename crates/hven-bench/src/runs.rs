//! `hven bench runs`: how long lists, searches, comparisons and curves take in a home with many runs of many quantities.

mod fill;
mod measure;
mod questions;

pub use measure::{RunsArgs, runs};
