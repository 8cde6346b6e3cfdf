//! Converts sentences with their codes to wire types.

use hven_api::sentence as wire_sentence;
use hven_app::sentences;
use hven_core::sentence::{Sentence, Value};

/// A sentence with its code, so that a client can show it in another language.
pub(crate) fn sentence(said: Sentence) -> wire_sentence::Sentence {
    let value = |value| match value {
        Value::Plain(plain) => plain,
        // These values are strings, numbers and objects of them, so writing them cannot fail.
        Value::Sentence(inner) => serde_json::to_value(sentence(inner)).unwrap_or_default(),
    };
    wire_sentence::Sentence {
        code: said.code.to_owned(),
        values: said.values.into_iter().map(|(name, inner)| (name.to_owned(), value(inner))).collect(),
        text: said.text,
    }
}

/// A recorded text as a sentence with its code, if Hven has a template for it.
pub(crate) fn recorded_sentence(text: &str) -> Option<wire_sentence::Sentence> {
    sentences::recorded_sentence(text).map(sentence)
}
