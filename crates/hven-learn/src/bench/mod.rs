//! Measures.

mod formula;
pub mod law;
