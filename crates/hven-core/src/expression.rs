//! The one language of Hven: checks of tables, tests of claims, constraints, filters of runs and alerts.
//!
//! It is small on purpose: no loops, no side effects, a bounded size, and every expression ends. Three ideas carry it.
//! - **Typed, with units.** `period > 5 [yr]` is checked before anything is evaluated; metres are never compared with
//!   seconds, and kilometres are converted.
//! - **Three-valued.** What is missing or not a number cannot be told; `and` and `or` go on where the answer is clear
//!   all the same (Kleene's logic), and the reason is kept.
//! - **One place for each meaning.** A row has columns, a table has aggregates over them, a run has metrics and
//!   parameters; a [`Scope`] says which names there are.
//!
//! The text is stored as it was written, with [`GRAMMAR`], so that an old test means for ever what it meant.

mod aggregate;
mod agree;
mod check;
mod columns;
mod evaluate;
mod explain;
mod function;
mod lexer;
mod node;
mod parser;
mod print;
mod scope;
mod typed;

use std::{fmt, str::FromStr};

pub use self::{
    aggregate::{Accumulator, Failures, TableAnswer},
    check::Checked,
    columns::{Column, ColumnsError},
    evaluate::{CannotTell, Truth, Value},
    explain::Explained,
    function::Function,
    node::{Arithmetic, Compare, Kind, Node},
    scope::{Context, Schema, Scope, Type},
};
use crate::{as_text::serde_as_text, diagnostic::Diagnostic};

/// The version of the language: raised when the same text would mean something else.
pub const GRAMMAR: u16 = 1;

/// The longest source, in bytes.
pub const BYTES_MAX: usize = 16 * 1024;
/// How deep parentheses and calls may be nested in a source.
pub const NESTING_MAX: usize = 100;
/// How high the tree of an expression may be.
pub const HEIGHT_MAX: usize = 200;

/// An expression that was read: its text and its tree.
#[derive(Clone)]
pub struct Expression {
    source: String,
    root: Node,
}

/// The text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an expression: {what}")]
pub struct NotAnExpression {
    pub text: String,
    pub what: Diagnostic,
}

impl Expression {
    /// Reads a text. Names are not looked up yet.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let root = parser::parse(text)?;
        Ok(Self { source: text.to_owned(), root })
    }
    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }
    pub fn root(&self) -> &Node {
        &self.root
    }
    /// The text in one spelling: equal for equal trees.
    pub fn canonical(&self) -> String {
        print::print(&self.root)
    }
    /// The names that occur in it, each once, in order of appearance.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.each(&mut |node| {
            if let Kind::Name(name) = &node.kind
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        });
        names
    }
    /// Looks up names and checks types and units.
    pub fn check(&self, scope: &dyn Scope) -> Result<Checked, Diagnostic> {
        check::check(self, scope)
    }
}

/// As it was written.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}
impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.canonical())
    }
}
/// Equal trees are equal, however they were written.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}
impl FromStr for Expression {
    type Err = NotAnExpression;
    fn from_str(text: &str) -> Result<Self, NotAnExpression> {
        Self::parse(text).map_err(|what| NotAnExpression { text: text.to_owned(), what })
    }
}
serde_as_text!(Expression);

/// A name as it stands in a source: in backticks when it needs them.
pub fn name_in_source(name: &str) -> String {
    print::name(name)
}

#[cfg(test)]
mod tests;
