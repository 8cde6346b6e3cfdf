//! How alike files are to what they were before: outputs of a run that was made again.
//!
//! What differs in its bytes is compared as what it is: tables cell by cell, JSON value by value, text word by word, SVG
//! element by element, pictures by what is seen of them. Numbers may differ within a tolerance; nothing else may, but for
//! what says nothing about a result (how a number is written, ids and dates that plotting programs make up). Whatever
//! cannot be compared so, because it is too large or damaged, is compared by its bytes, and a note says why.
//!
//! The files may be anybody's: a comparison belongs into a process of its own.

mod found;
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
