//! Recipes in a folder of their own: staged files in, files out.
#![allow(clippy::unwrap_used)]

mod descriptions;
mod law;
