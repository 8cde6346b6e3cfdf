//! `index.html`: the publication for people, in English and Chinese, from disk and without a network.
//!
//! One file with its style and its one script inside; pictures lie beside it. Its content policy allows nothing else, and
//! no connection at all. Every section is a template of `maud`, which escapes all text of the publication, wherever it
//! stands.

mod chinese;
mod claims;
mod contents;
mod datasets;
mod elements;
mod header;
mod html;
mod language;
mod laws;
mod notice;
mod path;
mod pictures;
mod reproductions;
mod rest;
mod runs;

pub(crate) use contents::{Page, data_url};
pub(crate) use html::html;
pub(crate) use pictures::pictures_of;
