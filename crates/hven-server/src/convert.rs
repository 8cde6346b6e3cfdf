//! From the domain's types to the wire's and back, by hand: one file per noun. What an answer names comes with it
//! ([`hven_app::labelled`]): nothing is asked here.

pub(crate) mod added;
mod attempts;
pub(crate) mod audit;
mod capture_notes;
pub(crate) mod claims;
pub(crate) mod code;
pub(crate) mod datasets;
pub(crate) mod facts;
pub(crate) mod files;
pub(crate) mod graph;
pub(crate) mod home;
pub(crate) mod labels;
pub(crate) mod lineage;
pub(crate) mod metrics;
pub(crate) mod people;
pub(crate) mod process;
pub(crate) mod publications;
pub(crate) mod reproductions;
pub(crate) mod runs;
pub(crate) mod soundness;
mod spec;
pub(crate) mod submissions;
pub(crate) mod tools;

use hven_api::{runs as wire, sentence as wire_sentence};
use hven_app::{AppError, AppResult, actors::ActorName, sayings};
use hven_core::{
    Time,
    project::ProjectPath,
    sentence::{Sentence, Value},
};

/// Text that should be one of the domain's nouns.
pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> AppResult<T>
where
    AppError: From<T::Err>,
{
    Ok(text.parse()?)
}

pub(crate) fn project(text: Option<&str>) -> AppResult<ProjectPath> {
    text.map_or_else(|| Ok(ProjectPath::home()), parsed)
}

fn text(time: Time) -> String {
    time.to_string()
}

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
    sayings::told(text).map(sentence)
}

pub(crate) fn actor(name: ActorName) -> wire::Actor {
    wire::Actor { id: name.id.to_string(), kind: name.kind.to_owned(), name: name.name }
}
