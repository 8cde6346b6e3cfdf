//! The names that an expression may use, and their types.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::lexer::without_backticks;
use crate::Unit;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Type {
    /// `None` when the unit is not known, or when it is a plain number.
    Number {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<Unit>,
    },
    Text,
    Bool,
    Time,
}

impl Type {
    /// A plain number.
    pub const NUMBER: Self = Self::Number { unit: None };

    pub const fn in_unit(unit: Unit) -> Self {
        Self::Number { unit: Some(unit) }
    }
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Number { .. })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { unit: None } => f.write_str("a number without unit"),
            Self::Number { unit: Some(unit) } => write!(f, "a number in {unit}"),
            Self::Text => f.write_str("a text"),
            Self::Bool => f.write_str("true or false"),
            Self::Time => f.write_str("a time"),
        }
    }
}

/// The subject of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// Names are the columns of one row.
    Row,
    /// Names are columns, and aggregates cover all rows; a row condition applies to all of them.
    Table,
    /// Names are metrics, parameters and facts of a run.
    Run,
}

impl Context {
    pub(super) const fn name_noun(self) -> &'static str {
        match self {
            Self::Row | Self::Table => "column",
            Self::Run => "metric or parameter",
        }
    }
}

/// Resolves names while an expression is checked.
pub trait Scope {
    fn context(&self) -> Context;
    /// The type of a name; `None` when the name does not exist.
    fn type_of(&self, name: &str) -> Option<Type>;
    /// All names, for suggestions.
    fn names(&self) -> Vec<String>;
}

/// A scope with a fixed list of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub context: Context,
    pub names: BTreeMap<String, Type>,
}

impl Schema {
    pub fn new(context: Context, names: impl IntoIterator<Item = (impl Into<String>, Type)>) -> Self {
        Self { context, names: names.into_iter().map(|(name, type_)| (name.into(), type_)).collect() }
    }
}

impl Scope for Schema {
    fn context(&self) -> Context {
        self.context
    }
    fn type_of(&self, name: &str) -> Option<Type> {
        self.names.get(name).cloned()
    }
    fn names(&self) -> Vec<String> {
        self.names.keys().cloned().collect()
    }
}

/// A name of the scope and its type. If the scope does not have the name, the name may differ in the backticks of its
/// parts: earlier versions wrote `exponent.a.b` where this one writes `` exponent.`a.b` ``.
pub(super) fn found(scope: &dyn Scope, name: &str) -> Option<(String, Type)> {
    if let Some(type_) = scope.type_of(name) {
        return Some((name.to_owned(), type_));
    }
    let flat = without_backticks(name);
    let of_bound = || flat.strip_suffix(".low").or_else(|| flat.strip_suffix(".high"));
    // A bound that is not known is not the value of something else.
    if flat == name && of_bound().is_some_and(|of| scope.type_of(of).is_some()) {
        return None;
    }
    let mut alike = scope.names().into_iter().filter(|known| without_backticks(known) == flat);
    let only = alike.next().filter(|_| alike.next().is_none())?;
    scope.type_of(&only).map(|type_| (only, type_))
}
