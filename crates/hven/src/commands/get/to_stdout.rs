//! Writes one file to standard output and checks its digest.

use std::io::{self, Write};

use hven_client::{Client, Failure};
use hven_core::file_name;
use hven_terminal::exit;

use super::{
    entries::{Entry, EntryKind, KeptEntries},
    source::Source,
};

/// Writes the selected file to standard output.
pub(super) fn print(source: &Source<'_>, client: &Client, kept: &KeptEntries, wanted: &[String]) -> anyhow::Result<u8> {
    source.require_bytes(kept)?;
    let one = match (kept.entries.as_slice(), wanted) {
        ([one], []) => Some(one),
        ([one], [path]) if one.path == *path => Some(one),
        _ => None,
    };
    let Some(Entry { path, what: EntryKind::File { digest, .. }, .. }) = one else {
        return Err(Failure::new("usage", "`-o -` writes one file to standard output, and no folder")
            .hint(format!("name one: `hven show {}` lists them", source.handle()))
            .into());
    };
    let mut sink = Hashing { sink: hven_terminal::byte_sink(), hasher: blake3::Hasher::new() };
    match client.object(digest, &mut sink) {
        // A closed standard output: the reader needs no more.
        Err(hven_client::Error::Sink(error)) => return Err(error.into()),
        result => result?,
    };
    sink.flush()?;
    if sink.hasher.finalize().to_hex().as_str() != digest {
        let message =
            format!("the kept bytes of {} are damaged: do not use the written output", file_name::shown(path));
        return Err(Failure::new("store.damaged", message)
            .hint("`hven audit verify` lists all damaged objects")
            .into());
    }
    Ok(exit::OK)
}

/// Forwards bytes and computes their digest.
struct Hashing<W> {
    sink: W,
    hasher: blake3::Hasher,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
