//! What licences allow: which data may be handed on, and which is only named by its digest.
//!
//! The table knows the common licences of data, text and code by their SPDX ids (<https://spdx.org/licenses/>). What it does
//! not know is unknown, and never guessed. This is no legal advice: it finds what is plainly forbidden or plainly missing.

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
