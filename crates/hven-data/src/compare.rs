//! Measures how similar files are to earlier versions, for the outputs of a reproduced run.
//!
//! Files whose bytes differ are compared by their content: tables cell by cell, JSON value by value, text word by word, SVG
//! element by element, pictures by their appearance. Numbers may differ within a tolerance. Everything else must be equal,
//! except for details that do not belong to a result (the notation of a number, ids and dates that plotting programs
//! generate). A file that is too large or damaged for that is compared by its bytes, with a note about the reason.
//!
//! The files are not trusted, so a comparison should run in a process of its own.

mod differences;
mod image;
mod json;
mod options;
mod outputs;
mod svg;
mod table;
mod text;

pub use options::Options;
pub use outputs::{files, folders};

use options::{BytesOnly, read_text};
