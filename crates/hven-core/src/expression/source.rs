//! A parsed expression: its text and its syntax tree.

use std::{fmt, str::FromStr};

use super::{
    lexer::Units,
    node::{Kind, SyntaxNode},
    parser, print,
};
use crate::{as_text::serialize_as_text, diagnostic::Diagnostic};

/// A parsed expression: its text and its syntax tree.
#[derive(Clone)]
pub struct Expression {
    source: String,
    root: SyntaxNode,
}

/// The text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an expression: {what}")]
pub struct NotAnExpression {
    pub text: String,
    pub what: Diagnostic,
}

impl Expression {
    /// Parses a text. Names are not resolved yet.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let root = parser::parse(text, Units::New)?;
        Ok(Self { source: text.to_owned(), root })
    }
    /// Parses a recorded text: its units keep the meaning that they had when they were recorded.
    pub fn recorded(text: &str) -> Result<Self, Diagnostic> {
        let root = parser::parse(text, Units::Recorded)?;
        Ok(Self { source: text.to_owned(), root })
    }
    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }
    pub fn root(&self) -> &SyntaxNode {
        &self.root
    }
    /// The text in canonical spelling: equal for equal trees.
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

/// Equal trees are equal, however they are written.
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
serialize_as_text!(Expression);

/// From the record.
impl<'de> serde::Deserialize<'de> for Expression {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let wrong = |what| NotAnExpression { text: text.clone().into_owned(), what };
        Self::recorded(&text).map_err(|what| serde::de::Error::custom(wrong(what)))
    }
}

/// A name for use in a source: in backticks if it needs them.
pub fn name_in_source(name: &str) -> String {
    print::name(name)
}

/// A name for use in a formula: in backticks if it needs them, or if it is the name of a function or of a constant.
pub fn name_in_formula(name: &str) -> String {
    print::name_in_formula(name)
}
