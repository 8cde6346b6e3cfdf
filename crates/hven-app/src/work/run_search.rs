//! Lists of runs with a condition and an order by any quantity, and the names that they may use.

pub mod columns;
pub(crate) mod condition;
mod cursor;
pub mod fields;
pub(crate) mod names;
mod order;
mod quantity;
pub mod search;
pub mod table;
mod value_types;
mod values;
