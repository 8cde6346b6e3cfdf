//! Facts, outwards.

use hven_api::facts as wire_facts;
use hven_app::facts::DescribedFact;
use hven_core::limits;

use super::{actor, sentence, text};

pub(crate) fn fact(told: DescribedFact) -> wire_facts::Fact {
    let header = &told.envelope.header;
    let payload = told.envelope.payload.as_ref().map(|payload| shown(&payload.bytes));
    wire_facts::Fact {
        seq: header.seq,
        id: header.id.to_string(),
        kind: header.kind.clone(),
        version: header.version,
        time: text(header.time),
        subject: header.subject.map(|subject| format!("{subject:032x}")),
        hash: told.envelope.hash.to_string(),
        actor: actor(told.actor),
        handle: told.handle.map(|handle| handle.to_string()),
        said: sentence(told.said),
        payload,
        unreadable: told.unreadable,
    }
}

/// A payload's JSON; as a text when it is none, or is nested so deep that a reader of the answer would refuse all of it.
fn shown(payload: &[u8]) -> serde_json::Value {
    const DEPTH_MAX: usize = 64;
    match serde_json::from_slice(payload) {
        Ok(value) if limits::depth(&value) <= DEPTH_MAX => value,
        _ => String::from_utf8_lossy(payload).into_owned().into(),
    }
}
