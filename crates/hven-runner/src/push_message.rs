//! The message of a push: where it goes, and the events in it.

use std::{fs, io, os::unix::fs::FileExt as _, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_api::{runner::Event, spool};
use hven_core::stream::whole_bytes;

use crate::outbox::{Batch, Piece};

pub(crate) const PATH: &str = "/api/v1/runner/push";

/// The batch as events. Pieces are cut behind their last whole frame or line; the rest is due again.
pub(crate) fn events(batch: &mut Batch) -> Vec<Event> {
    let mut events = Vec::with_capacity(2 * batch.letters.len());
    for letter in &mut batch.letters {
        let attempt = letter.attempt;
        if let Some(at) = letter.start {
            events.push(Event::Started { attempt, at: Some(at) });
        }
        for piece in &mut letter.pieces {
            // A spool that vanished has nothing to say any more; its end is told all the same.
            if let Ok(bytes) = read(&letter.dir, *piece) {
                let whole = whole_bytes(piece.stream, &bytes);
                piece.to = piece.from + whole as u64;
                let data = STANDARD.encode(&bytes[..whole]);
                events.push(Event::Stream { attempt, stream: piece.stream, offset: piece.from, data });
            }
        }
        for params in &letter.params {
            events.push(Event::Params { attempt, params: params.clone() });
        }
        for message in &letter.asides {
            events.push(Event::SetAside { attempt, message: Box::new(message.clone()) });
        }
        if let Some(result) = &letter.end {
            events.push(Event::Ended { attempt, result: Box::new(Arc::unwrap_or_clone(Arc::clone(result))) });
        }
    }
    events
}

fn read(dir: &Path, piece: Piece) -> io::Result<Vec<u8>> {
    let file = fs::File::open(spool::stream_file(dir, piece.stream))?;
    let mut bytes = vec![0; (piece.to - piece.from) as usize];
    file.read_exact_at(&mut bytes, piece.from)?;
    Ok(bytes)
}
