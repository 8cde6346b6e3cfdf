//! Converts facts to wire types.

use hven_api::facts as wire_facts;
use hven_app::facts::DescribedFact;
use hven_core::limits;

use super::{actor, sentence, text};

pub(crate) fn fact(described: DescribedFact) -> wire_facts::Fact {
    let header = &described.envelope.header;
    let payload = described.envelope.payload.as_ref().map(|payload| shown(&payload.bytes));
    wire_facts::Fact {
        seq: header.seq,
        id: header.id.to_string(),
        kind: header.kind.clone(),
        version: header.version,
        time: text(header.time),
        subject: header.subject.map(|subject| format!("{subject:032x}")),
        hash: described.envelope.hash.to_string(),
        actor: actor(described.actor),
        handle: described.handle.map(|handle| handle.to_string()),
        said: sentence(described.said),
        payload,
        unreadable: described.unreadable,
    }
}

/// The JSON of a payload. It becomes a text when it is not JSON, or is nested so deeply that a client could not parse the
/// answer.
fn shown(payload: &[u8]) -> serde_json::Value {
    const DEPTH_MAX: usize = 64;
    match serde_json::from_slice(payload) {
        Ok(value) if limits::depth(&value) <= DEPTH_MAX => value,
        _ => String::from_utf8_lossy(payload).into_owned().into(),
    }
}
