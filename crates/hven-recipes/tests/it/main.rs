//! Runs recipes in their own folders: staged files in, files out.
#![allow(clippy::unwrap_used)]

mod descriptions;
mod law;
