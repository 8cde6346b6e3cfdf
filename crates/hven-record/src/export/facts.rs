//! The facts of an export: `facts.parquet`, from which an import recreates the record byte for byte.

use std::fs::File;

use hven_core::{
    ActorId, Digest, FactId, Time,
    envelope::{Envelope, Header, Payload},
};

use super::{
    FACTS,
    folder::Folder,
    sheet::{
        Cell,
        Kind::{Int, Text, Time as AtTime},
        Rows, Sheet, Table,
    },
};
use crate::series::PartError;

pub(super) static TABLE: Table = Table {
    file: FACTS,
    row: "fact: one event, in the order of events",
    columns: &[
        ("seq", Int, "its number in the record, counted from 1 without gaps"),
        ("id", Text, "32 hex digits"),
        ("kind", Text, "what happened, such as `run.finished`"),
        ("version", Int, "of the kind's payload"),
        ("time", AtTime, "when it was recorded"),
        ("actor", Text, "id of the user, runner or run that acted; 32 zeros: Hven itself"),
        ("subject", Text, "id of the run, dataset, claim, user … that the fact concerns"),
        ("key", Text, "the idempotency key of the call, on its first fact"),
        ("salt", Text, "32 hex digits, hashed before the payload; missing when the payload was erased"),
        ("payload", Text, "the content, exactly as it was written: JSON in UTF-8; missing when erased"),
        ("payload_digest", Text, "BLAKE3(salt ‖ payload), 64 hex digits; stays when the payload is erased"),
        ("hash", Text, "links it to all facts before it, 64 hex digits"),
    ],
};

pub(super) struct FactSheet(Sheet);

impl FactSheet {
    pub(super) fn begin(folder: &Folder) -> Result<Self, PartError> {
        Sheet::begin(folder, &TABLE).map(Self)
    }

    pub(super) fn add(
        &mut self,
        Envelope { header, payload, payload_digest, hash }: &Envelope,
    ) -> Result<(), PartError> {
        let text = |payload: &Payload| String::from_utf8(payload.bytes.clone());
        let payload_text = payload.as_ref().map(text).transpose();
        let payload_text = payload_text.map_err(|_| PartError::Parquet(format!("fact {} is no text", header.seq)))?;
        self.0.add([
            header.seq.into(),
            header.id.to_string().into(),
            Cell::from(&header.kind),
            u32::from(header.version).into(),
            header.time.into(),
            header.actor.to_string().into(),
            header.subject.map(|subject| format!("{subject:032x}")).into(),
            header.key.as_ref().into(),
            payload.as_ref().map(|payload| format!("{:032x}", u128::from_be_bytes(payload.salt))).into(),
            payload_text.into(),
            payload_digest.to_string().into(),
            hash.to_string().into(),
        ])
    }

    pub(super) fn end(self, folder: &mut Folder) -> Result<(), PartError> {
        self.0.end(folder)
    }
}

/// Reads facts from an export.
pub(super) struct FactRows(Rows);

impl FactRows {
    pub(super) fn open(file: File) -> Result<Self, PartError> {
        Rows::open(file, &TABLE).map(Self)
    }

    /// Reads the next facts. It checks only that they are readable, not that they are valid. `Err` contains the index, from 0,
    /// of the unreadable fact.
    pub(super) fn next(&mut self) -> Result<Option<Result<Vec<Envelope>, usize>>, PartError> {
        let Some(columns) = self.0.next()? else { return Ok(None) };
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let rows = columns.first().map_or(0, ExactSizeIterator::len);
        let mut envelopes = Vec::with_capacity(rows);
        for row in 0..rows {
            let cells: Vec<Cell<'_>> = columns.iter_mut().filter_map(Iterator::next).collect();
            match envelope(cells) {
                Some(envelope) => envelopes.push(envelope),
                None => return Ok(Some(Err(row))),
            }
        }
        Ok(Some(Ok(envelopes)))
    }
}

fn envelope(cells: Vec<Cell<'_>>) -> Option<Envelope> {
    let [seq, id, kind, version, time, actor, subject, key, salt, payload, payload_digest, hash] =
        <[Cell<'_>; 12]>::try_from(cells).ok()?;
    let payload = match (hex(salt)?, text(payload)?) {
        (Some(salt), Some(payload)) => Some(Payload { salt: salt.to_be_bytes(), bytes: payload.into_bytes() }),
        (None, None) => None,
        _ => return None,
    };
    let header = Header {
        seq: u64::try_from(number(&seq)?).ok()?,
        id: FactId::from_u128(hex(id)??),
        kind: text(kind)??,
        version: u16::try_from(number(&version)?).ok()?,
        time: Time::from_micros(number(&time)?),
        actor: ActorId::from_u128(hex(actor)??),
        subject: hex(subject)?,
        key: text(key)?,
    };
    Some(Envelope { header, payload, payload_digest: digest(payload_digest)?, hash: digest(hash)? })
}

fn number(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(*number),
        _ => None,
    }
}

/// The outer `None` means that the cell is not text.
#[expect(clippy::option_option, reason = "an unreadable cell differs from a missing one")]
fn text(cell: Cell<'_>) -> Option<Option<String>> {
    match cell {
        Cell::Null => Some(None),
        Cell::Text(text) => Some(Some(text.into_owned())),
        _ => None,
    }
}

#[expect(clippy::option_option, reason = "an unreadable cell differs from a missing one")]
fn hex(cell: Cell<'_>) -> Option<Option<u128>> {
    match text(cell)? {
        None => Some(None),
        Some(text) if text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u128::from_str_radix(&text, 16).ok().map(Some)
        }
        Some(_) => None,
    }
}

fn digest(cell: Cell<'_>) -> Option<Digest> {
    text(cell)??.parse().ok()
}
