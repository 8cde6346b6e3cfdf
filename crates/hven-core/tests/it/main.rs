//! What the book says about units, expressions and the manifest is true of the code; and facts of every kind are read back.
#![allow(clippy::unwrap_used)]

mod book;
mod expressions;
mod facts;
mod manifest;
mod surroundings;
mod units;
