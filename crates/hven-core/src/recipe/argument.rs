//! One argument of a recipe: its name, its type, its limits and its help.

use super::text::Text;

/// The name of the argument with the subject of a recipe's search. Runs with the same target ask the same question, whatever
/// their other arguments are. The question of a run is computed from the record alone, so this name is a rule for all recipes.
pub const TARGET: &str = "target";

/// One argument of a recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Argument {
    /// Its name in the record, and in the input of the recipe.
    pub name: &'static str,
    /// Its name for people: the key in a manifest and, with dashes, the flag.
    pub key: &'static str,
    pub kind: Kind,
    pub need: Need,
    /// The unit of a number.
    pub unit: Option<&'static str>,
    pub help: Text,
}

/// Whether an argument must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    /// The recipe uses this value, in JSON, by default.
    Default(&'static str),
    /// The help describes the behaviour without it.
    Optional,
}

/// The type of an argument. It parses texts from people, and checks JSON values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Any text, including the empty text.
    Text,
    /// The name of a column of the table that is read: a text that is not empty.
    Column,
    /// A finite number between bounds, inclusive.
    Number {
        min: f64,
        max: f64,
    },
    /// A whole number between bounds, inclusive.
    Whole {
        min: i64,
        max: u64,
    },
    Bool,
    /// A duration from 0: a number of seconds in JSON, a text such as `2h30min` from people.
    Duration,
    Choice(&'static [Choice]),
    /// A list; `distinct` when its entries must be different.
    List {
        of: &'static Kind,
        distinct: bool,
    },
    /// Values by arbitrary names, such as the units of columns.
    Map(&'static Kind),
    /// An object with known fields.
    Record(&'static [Argument]),
}

/// One of the values that an argument may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word that people write.
    pub word: &'static str,
    /// The JSON for the recipe, if it is not the word itself.
    pub json: Option<&'static str>,
    pub help: Text,
}

impl Choice {
    /// A choice whose value is the word itself.
    pub const fn word(word: &'static str, en: &'static str, zh: &'static str) -> Self {
        Self { word, json: None, help: Text { en, zh } }
    }

    /// A choice whose value is this JSON.
    pub const fn json(word: &'static str, json: &'static str, en: &'static str, zh: &'static str) -> Self {
        Self { word, json: Some(json), help: Text { en, zh } }
    }
}

impl Argument {
    /// An optional argument. Its key is its name.
    pub const fn new(name: &'static str, kind: Kind, en: &'static str, zh: &'static str) -> Self {
        Self { name, key: name, kind, need: Need::Optional, unit: None, help: Text { en, zh } }
    }

    #[must_use]
    pub const fn required(self) -> Self {
        Self { need: Need::Required, ..self }
    }

    /// Sets the default value, in JSON.
    #[must_use]
    pub const fn or(self, json: &'static str) -> Self {
        Self { need: Need::Default(json), ..self }
    }

    #[must_use]
    pub const fn called(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    #[must_use]
    pub const fn in_unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }

    pub const fn is_required(&self) -> bool {
        matches!(self.need, Need::Required)
    }
}

impl Kind {
    /// Whole numbers from 0.
    pub const COUNT: Self = Self::Whole { min: 0, max: u64::MAX };
    /// Names of columns, each once.
    pub const COLUMNS: Self = Self::List { of: &Self::Column, distinct: true };
    pub const TEXTS: Self = Self::List { of: &Self::Text, distinct: false };

    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Column => "column",
            Self::Number { .. } => "number",
            Self::Whole { .. } => "whole",
            Self::Bool => "bool",
            Self::Duration => "duration",
            Self::Choice(_) => "choice",
            Self::List { .. } => "list",
            Self::Map(_) => "map",
            Self::Record(_) => "record",
        }
    }
}
