//! The input of the page, and the addresses of its pictures.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{graph::Graph, layout::Layout, names, publication::Publication};

/// The input of the page.
pub(crate) struct PageInput<'a> {
    pub publication: &'a Publication,
    pub layout: &'a Layout,
    pub graph: &'a Graph,
    /// The files of the plots of laws, in the order of laws and plots.
    pub plots: &'a [Vec<String>],
    /// Pictures that the page itself contains, as `data:` URLs by their paths. The other pictures are separate files.
    pub inside: BTreeMap<String, String>,
}

impl PageInput<'_> {
    /// The address of a picture.
    pub(super) fn picture(&self, path: &str) -> String {
        self.inside.get(path).cloned().unwrap_or_else(|| names::url(path))
    }
}

/// A picture as a URL that contains it.
pub(crate) fn data_url(path: &str, bytes: &[u8]) -> String {
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let kind = match ending.as_str() {
        "svg" => "svg+xml",
        "jpg" => "jpeg",
        other => other,
    };
    format!("data:image/{kind};base64,{}", STANDARD.encode(bytes))
}
