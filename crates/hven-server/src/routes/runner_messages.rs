//! Reads a runner's message in such a way that one bad event does not block the others.
//!
//! Usually the whole message can be parsed. If not, each event is parsed by itself, and within an event each parameter or
//! each field of a result. Parts that still cannot be parsed will never be accepted, so they are set aside. A runner
//! repeats a message until it is accepted: a refusal would block all its later messages for ever.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hven_api::runner as wire;
use hven_app::{
    AppError, AppResult,
    runners::{self, BadMessage, RunnerEvent},
};
use hven_core::{
    AttemptId,
    object::FileRef,
    run::{AttemptResult, MissingOutput, Outcome},
    stream::Stream,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A message whose events are not parsed yet.
#[derive(Deserialize)]
struct UnparsedEvents<'a> {
    session: String,
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

/// The session and the events of a message.
pub(super) fn read(body: &[u8]) -> AppResult<(String, Vec<RunnerEvent>)> {
    if let Ok(push) = serde_json::from_slice::<wire::Push>(body) {
        return Ok((push.session, push.events.into_iter().flat_map(event_in).collect()));
    }
    let unparsed: UnparsedEvents<'_> = serde_json::from_slice(body)
        .map_err(|e| AppError::Invalid { what: "the message".to_owned(), why: format!("cannot be read: {e}") })?;
    let events = unparsed.events.into_iter().flat_map(|event| match serde_json::from_str::<wire::Event>(event.get()) {
        Ok(event) => event_in(event),
        Err(error) => read_parts(event, &error),
    });
    Ok((unparsed.session, events.collect()))
}

fn event_in(event: wire::Event) -> Vec<RunnerEvent> {
    vec![match event {
        wire::Event::Started { attempt, at, units } => RunnerEvent::Started { attempt, at, units },
        wire::Event::Params { attempt, params } => RunnerEvent::Params { attempt, params },
        wire::Event::SetAside { attempt, message } => {
            RunnerEvent::SetAside { attempt, message: (*message).within_bounds() }
        }
        wire::Event::Ended { attempt, result } => RunnerEvent::Ended { attempt, result },
        wire::Event::Stream { attempt, stream, offset, data } => match STANDARD.decode(&data) {
            Ok(bytes) => RunnerEvent::Stream(runners::piece(attempt, stream, offset, Bytes::from(bytes))),
            Err(error) => {
                let what = format!("its {stream} from byte {offset} on");
                let message = BadMessage::new(what, format!("it is not base64: {error}"), data.as_bytes());
                RunnerEvent::StreamBroken { attempt, stream, message }
            }
        },
    }]
}

/// The readable parts of an event that cannot be parsed as a whole.
fn read_parts(event: &RawValue, error: &serde_json::Error) -> Vec<RunnerEvent> {
    #[derive(Deserialize)]
    struct Named {
        attempt: AttemptId,
    }
    #[derive(Deserialize)]
    struct Params<'a> {
        attempt: AttemptId,
        #[serde(borrow)]
        params: BTreeMap<String, &'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Ended<'a> {
        attempt: AttemptId,
        #[serde(borrow)]
        result: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct Piece {
        attempt: AttemptId,
        stream: Stream,
    }
    let text = event.get();
    if let Some(Params { attempt, params }) = inner(text, "params") {
        return read_each_param(attempt, params);
    }
    if let Some(Ended { attempt, result }) = inner(text, "ended") {
        return end(attempt, result);
    }
    let kinds: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(text).ok();
    let Some(kind) = kinds.and_then(|kinds| kinds.into_keys().next()) else {
        tracing::warn!(%error, "a runner sent an event that cannot be read");
        return Vec::new();
    };
    let Some(Named { attempt }) = inner(text, &kind) else {
        tracing::warn!(%error, kind, "a runner sent an event that cannot be read");
        return Vec::new();
    };
    let message = BadMessage::new(format!("a message of the kind {kind}"), reason(error), text.as_bytes());
    match inner(text, &kind) {
        Some(Piece { attempt, stream }) => vec![RunnerEvent::StreamBroken { attempt, stream, message }],
        None => vec![RunnerEvent::Bad { attempt, message }],
    }
}

/// The value of an event's only key.
fn inner<'a, T: Deserialize<'a>>(text: &'a str, kind: &str) -> Option<T> {
    let mut event: BTreeMap<String, &'a RawValue> = serde_json::from_str(text).ok()?;
    serde_json::from_str(event.remove(kind)?.get()).ok()
}

fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("recursion limit exceeded") { "it is nested too deep".to_owned() } else { text }
}

/// The readable parameters; each other one becomes a bad message with its name.
fn read_each_param(attempt: AttemptId, params: BTreeMap<String, &RawValue>) -> Vec<RunnerEvent> {
    let (mut good, mut events) = (BTreeMap::new(), Vec::new());
    for (name, value) in params {
        match serde_json::from_str(value.get()) {
            Ok(read) => drop(good.insert(name, read)),
            Err(error) => {
                let message = BadMessage::new(format!("the parameter {name}"), reason(&error), value.get().as_bytes());
                events.push(RunnerEvent::Bad { attempt, message });
            }
        }
    }
    events.push(RunnerEvent::Params { attempt, params: good });
    events
}

/// The end of an attempt is never set aside: the attempt would stay open. All readable fields of the result are kept.
fn end(attempt: AttemptId, result: &RawValue) -> Vec<RunnerEvent> {
    type Fields<'a> = BTreeMap<String, &'a RawValue>;
    fn field<T: DeserializeOwned>(fields: &Fields<'_>, name: &str) -> Option<T> {
        fields.get(name).and_then(|value| serde_json::from_str(value.get()).ok())
    }
    let fields: Fields<'_> = serde_json::from_str(result.get()).unwrap_or_default();
    let because = "what the runner says of its end cannot be read";
    let outcome = field(&fields, "outcome").unwrap_or_else(|| Outcome::Lost { why: because.to_owned() });
    let mut read = AttemptResult {
        started: field(&fields, "started"),
        ended: field(&fields, "ended"),
        wall_s: field(&fields, "wall_s").unwrap_or(0.0),
        usage: field(&fields, "usage").unwrap_or_default(),
        log: field(&fields, "log").unwrap_or_default(),
        changed: field(&fields, "changed").unwrap_or_default(),
        units: field(&fields, "units").unwrap_or_default(),
        ..AttemptResult::without_process(outcome)
    };
    let unread = |path: &str| MissingOutput { path: path.to_owned(), why: because.to_owned() };
    // A list that cannot be read does not count as an empty one: its files are not known.
    for name in ["outputs", "outputs_missing"] {
        let Some(list) = fields.get(name) else { continue };
        let Ok(list) = serde_json::from_str::<Vec<serde_json::Value>>(list.get()) else {
            read.outputs_missing.push(unread("?"));
            continue;
        };
        for output in list {
            let absent = unread(output["path"].as_str().unwrap_or("?"));
            if name == "outputs" {
                match serde_json::from_value::<FileRef>(output) {
                    Ok(file) => read.outputs.push(file),
                    Err(_) => read.outputs_missing.push(absent),
                }
            } else {
                read.outputs_missing.push(serde_json::from_value(output).unwrap_or(absent));
            }
        }
    }
    let message = BadMessage::new("a part of its result", because, result.get().as_bytes());
    vec![RunnerEvent::Bad { attempt, message }, RunnerEvent::Ended { attempt, result: Box::new(read) }]
}
