//! Where something came from that another home has made, for people.

use std::io;

use hven_api::publications::Origin;

use crate::paper::{Paper, printable};

/// The line about something that came with a publication from elsewhere.
pub fn origin(paper: &mut Paper<'_>, origin: Option<&Origin>) -> io::Result<()> {
    let Some(origin) = origin else { return Ok(()) };
    let there = origin.name.as_ref().map(|name| format!("; {} there", printable(name))).unwrap_or_default();
    paper.line(&format!(
        "from the publication \u{201c}{}\u{201d}, version {}, by {}{there}",
        printable(&origin.title),
        origin.version,
        printable(&origin.publisher)
    ))
}
