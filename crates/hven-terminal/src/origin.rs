//! Human-readable output for the origin of imported results.

use std::io;

use hven_api::publications::Origin;

use crate::terminal_writer::{TerminalWriter, printable};

/// The line about the publication that a result was imported with.
pub fn origin(writer: &mut TerminalWriter<'_>, origin: Option<&Origin>) -> io::Result<()> {
    let Some(origin) = origin else { return Ok(()) };
    let there = origin.name.as_ref().map(|name| format!("; {} there", printable(name))).unwrap_or_default();
    writer.line(&format!(
        "from the publication \u{201c}{}\u{201d}, version {}, by {}{there}",
        printable(&origin.title),
        origin.version,
        printable(&origin.publisher)
    ))
}
