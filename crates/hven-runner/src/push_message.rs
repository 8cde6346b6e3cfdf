//! The push message: its path and its events.

use std::{fs, io, os::unix::fs::FileExt as _, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_api::{runner::Event, spool};
use hven_core::stream::whole_bytes;

use crate::outbox::{Batch, Piece};

pub(crate) const PATH: &str = "/api/v1/runner/push";

/// Converts a batch into events. Each piece is cut after its last whole frame or line; the rest becomes due again.
pub(crate) fn events(batch: &mut Batch) -> Vec<Event> {
    let mut events = Vec::with_capacity(2 * batch.parts.len());
    for part in &mut batch.parts {
        let attempt = part.attempt;
        if let Some((at, units)) = &part.start {
            events.push(Event::Started { attempt, at: Some(*at), units: units.clone() });
        }
        for piece in &mut part.pieces {
            // If the spool's file is gone, the stream is skipped, but the end is still reported.
            if let Ok(bytes) = read(&part.dir, *piece) {
                let whole = whole_bytes(piece.stream, &bytes);
                piece.to = piece.from + whole as u64;
                let data = STANDARD.encode(&bytes[..whole]);
                events.push(Event::Stream { attempt, stream: piece.stream, offset: piece.from, data });
            }
        }
        for params in &part.params {
            events.push(Event::Params { attempt, params: params.clone() });
        }
        for message in &part.asides {
            events.push(Event::SetAside { attempt, message: Box::new(message.clone()) });
        }
        if let Some(result) = &part.end {
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
