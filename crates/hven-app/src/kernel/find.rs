//! Finds the thing that a person names. One file per noun.

pub mod claim;
pub mod dataset;
pub mod only_one;
pub mod publication;
pub mod run;
