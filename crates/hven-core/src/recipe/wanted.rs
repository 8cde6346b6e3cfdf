//! The types of arguments, described in words.

use super::argument::{Choice, Kind};

impl Kind {
    /// The wanted type, as text after "is" or before "is wanted": "a whole number from 0".
    pub fn wanted(&self) -> String {
        match *self {
            Self::Text => "a text".to_owned(),
            Self::Column => "the name of a column".to_owned(),
            Self::Number { min, max } => format!("a number{}", bounds(finite(min), finite(max))),
            Self::Whole { min, max } => {
                let min = (min != i64::MIN).then(|| min.to_string());
                format!("a whole number{}", bounds(min, (max != u64::MAX).then(|| max.to_string())))
            }
            Self::Bool => "true or false".to_owned(),
            Self::Duration => "a number of seconds from 0".to_owned(),
            Self::Choice(choices) => format!("one of {}", words(choices)),
            Self::List { of, .. } => format!("a list, and in it each time {}", of.wanted()),
            Self::Map(of) => format!("a table with names, and for each name {}", of.wanted()),
            Self::Record(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                format!("a table with {}", names.join(", "))
            }
        }
    }
}

/// The words of choices, as a list in a sentence.
pub(super) fn words(choices: &[Choice]) -> String {
    choices.iter().map(|choice| choice.word).collect::<Vec<_>>().join(", ")
}

fn finite(bound: f64) -> Option<String> {
    bound.is_finite().then(|| bound.to_string())
}

fn bounds(min: Option<String>, max: Option<String>) -> String {
    match (min, max) {
        (None, None) => String::new(),
        (Some(min), None) => format!(" from {min}"),
        (None, Some(max)) => format!(" up to {max}"),
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
    }
}
