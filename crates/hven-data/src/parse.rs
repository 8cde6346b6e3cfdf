//! Parses the bytes of a cell: numbers, dates and times, words for true and false.
//!
//! These functions run for every cell of every table, so they work on bytes, allocate nothing and return only whether they
//! succeeded. The reasons for failures are determined later, for the few failing cells.

mod text;

pub(crate) mod calendar;
pub(crate) mod fortran;
pub(crate) mod grouped;
pub(crate) mod number;
pub(crate) mod spellings;

pub(crate) use text::{boolean, shown, trim};
