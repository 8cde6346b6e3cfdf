//! Decides by licence which data a publication includes, and which it only names by digest.
//!
//! The table has the common licences of data, text and code by their SPDX ids (<https://spdx.org/licenses/>). Other licences
//! are unknown; nothing is guessed. This is no legal advice: it finds what is clearly forbidden or clearly missing.

mod check;
mod derived;
mod expression;
mod findings;
mod table;
mod terms;

pub use check::check;
pub use expression::terms_of;
pub use findings::{Finding, Findings, Unlicensed};
pub use table::KNOWN;
pub use terms::{Allowed, Terms};
