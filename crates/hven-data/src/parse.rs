//! From the bytes of a cell to a value: numbers, dates and moments, words for true and false.
//!
//! These functions are run for every cell of every table, so they look at bytes, allocate nothing and say only whether
//! it worked; why it did not is worked out afterwards, for the few cells it did not work for.

mod text;

pub(crate) mod calendar;
pub(crate) mod number;

pub(crate) use text::{boolean, shown, trim};
