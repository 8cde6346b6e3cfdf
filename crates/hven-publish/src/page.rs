//! `index.html`: the publication for people, in English and Chinese. It opens from disk, without a network.
//!
//! It is one file with its style and one script inside; pictures are separate files. Its content policy allows nothing else,
//! and no network connection. Every section is a `maud` template, which escapes all text of the publication.

mod chinese;
mod claims;
mod datasets;
mod elements;
mod files;
mod header;
mod html;
mod input;
mod language;
mod laws;
mod lineage;
mod notice;
mod pictures;
mod reproductions;
mod rerun;
mod runs;

pub(crate) use html::html;
pub(crate) use input::{PageInput, data_url};
pub(crate) use pictures::pictures_of;
