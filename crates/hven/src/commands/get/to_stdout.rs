//! One file to standard output, with its digest checked.

use std::io::{self, Write};

use hven_client::{Client, Failure};
use hven_core::file_name;
use hven_terminal::exit;

use super::{
    entries::{Entry, Kept, What},
    source::Source,
};

/// Writes the one file that is meant to standard output.
pub(super) fn print(source: &Source<'_>, client: &Client, kept: &Kept, wanted: &[String]) -> anyhow::Result<u8> {
    source.require_bytes(kept)?;
    let one = match (kept.entries.as_slice(), wanted) {
        ([one], []) => Some(one),
        ([one], [path]) if one.path == *path => Some(one),
        _ => None,
    };
    let Some(Entry { path, what: What::File { digest, .. }, .. }) = one else {
        return Err(Failure::new("usage", "`-o -` writes one file to standard output, and no folder")
            .hint(format!("name one: `hven show {}` lists them", source.handle()))
            .into());
    };
    let mut sink = Hashing { sink: hven_terminal::byte_sink(), hasher: blake3::Hasher::new() };
    match client.object(digest, &mut sink) {
        // The one who reads it may have seen enough.
        Err(hven_client::Error::Sink(error)) => return Err(error.into()),
        told => told?,
    };
    sink.flush()?;
    if sink.hasher.finalize().to_hex().as_str() != digest {
        let message = format!("the kept bytes of {} are damaged: do not use what was written", file_name::shown(path));
        return Err(Failure::new("store.damaged", message).hint("`hven audit verify` says what else is").into());
    }
    Ok(exit::OK)
}

/// Hands bytes on and knows their digest.
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
