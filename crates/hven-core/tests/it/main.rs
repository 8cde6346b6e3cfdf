//! What the book says about units, expressions and the manifest is true of the code.

mod book;
mod expressions;
mod manifest;
mod units;
