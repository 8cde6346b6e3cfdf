//! What is said in words, with the codes of sentences; who did something, and what a run is called.

use hven_api::{runs as wire, sentence as wire_sentence};
use hven_app::{actors::ActorName, ports::views::RunView, sentences};
use hven_core::sentence::{Sentence, Value};

/// A sentence with its code, so that it can be said in another language.
pub(crate) fn sentence(said: Sentence) -> wire_sentence::Sentence {
    let value = |value| match value {
        Value::Plain(plain) => plain,
        // Strings, numbers and objects of them: writing them cannot fail.
        Value::Sentence(inner) => serde_json::to_value(sentence(inner)).unwrap_or_default(),
    };
    wire_sentence::Sentence {
        code: said.code.to_owned(),
        values: said.values.into_iter().map(|(name, inner)| (name.to_owned(), value(inner))).collect(),
        text: said.text,
    }
}

/// A recorded text with its code, when it is one of those that Hven records.
pub(crate) fn told(text: &str) -> Option<wire_sentence::Sentence> {
    sentences::recorded_sentence(text).map(sentence)
}

pub(crate) fn actor(name: ActorName) -> wire::Actor {
    wire::Actor { id: name.id.to_string(), kind: name.kind.to_owned(), name: name.name }
}

pub(crate) fn run_name(run: &RunView) -> wire::RunName {
    wire::RunName { id: run.id.to_string(), handle: run.handle.to_string() }
}
