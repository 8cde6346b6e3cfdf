//! The benchmark of the search: problems with known laws.

mod formula;
mod hard;
mod known_law;

pub use formula::law_of_text;
pub use hard::{HardTable, Nearness, hard_tables};
#[cfg(test)]
pub(crate) use known_law::normal;
pub use known_law::{KnownLaw, Sampled, known_laws, same_form};
