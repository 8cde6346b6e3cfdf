//! One argument of a recipe: its name, its type, its bounds and its help.

use super::text::Text;

/// The name of the argument that says what a recipe looks for. Runs that look for the same ask the same question, whatever
/// their other arguments are, and the question of a run is read from the record alone: so the name is a rule for all recipes.
pub const TARGET: &str = "target";

/// One argument of a recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Argument {
    /// Its name in the record, and in what the recipe is given.
    pub name: &'static str,
    /// What a person calls it: the key in a manifest and, with dashes, the flag.
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
    /// The recipe takes this value, in JSON, when nothing is said.
    Default(&'static str),
    /// The help says what happens when nothing is said.
    Optional,
}

/// What an argument may be. Texts of people are read, and values of JSON are checked, by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Any text, also an empty one.
    Text,
    /// The name of a column of the table that is read: a text that is not empty.
    Column,
    /// A finite number within bounds, which are allowed themselves.
    Number {
        min: f64,
        max: f64,
    },
    /// A whole number within bounds, which are allowed themselves.
    Whole {
        min: i64,
        max: u64,
    },
    Bool,
    /// A time span from 0 on: a number of seconds in JSON, a text such as `2h30min` from people.
    Duration,
    Choice(&'static [Choice]),
    /// A list; `distinct` when nothing stands in it twice.
    List {
        of: &'static Kind,
        distinct: bool,
    },
    /// Values by names that are not known before, such as the units of columns.
    Map(&'static Kind),
    /// An object whose fields are known.
    Record(&'static [Argument]),
}

/// One of the values that an argument may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What people write.
    pub word: &'static str,
    /// What the recipe is given, in JSON, when it is another thing than the word.
    pub json: Option<&'static str>,
    pub help: Text,
}

impl Choice {
    /// The recipe is given the word itself.
    pub const fn word(word: &'static str, en: &'static str, zh: &'static str) -> Self {
        Self { word, json: None, help: Text { en, zh } }
    }

    /// The recipe is given this JSON.
    pub const fn json(word: &'static str, json: &'static str, en: &'static str, zh: &'static str) -> Self {
        Self { word, json: Some(json), help: Text { en, zh } }
    }
}

impl Argument {
    /// An argument that may be left out. Its key is its name.
    pub const fn new(name: &'static str, kind: Kind, en: &'static str, zh: &'static str) -> Self {
        Self { name, key: name, kind, need: Need::Optional, unit: None, help: Text { en, zh } }
    }

    #[must_use]
    pub const fn required(self) -> Self {
        Self { need: Need::Required, ..self }
    }

    /// The recipe takes this value, in JSON, when nothing is said.
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
    /// Whole numbers from 0 on.
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
