//! The syntax tree of an expression.

use std::ops::Range;

use super::Function;
use crate::Unit;

/// One part of an expression, with its position in the source.
#[derive(Clone, Debug)]
pub struct SyntaxNode {
    pub kind: Kind,
    /// In bytes of the source.
    pub span: Range<usize>,
}

/// The position does not matter for equality.
impl PartialEq for SyntaxNode {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kind of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Never negative: a sign is a separate part.
    Number {
        value: f64,
        unit: Option<Unit>,
    },
    Text(String),
    Bool(bool),
    Name(String),
    Negate(Box<SyntaxNode>),
    Not(Box<SyntaxNode>),
    /// Two or more parts, all of which must hold.
    And(Vec<SyntaxNode>),
    /// Two or more parts, one of which must hold.
    Or(Vec<SyntaxNode>),
    Arithmetic(Arithmetic, Box<SyntaxNode>, Box<SyntaxNode>),
    Compare(Compare, Box<SyntaxNode>, Box<SyntaxNode>),
    /// `text ~ 'part'`: whether it occurs, case-insensitive.
    Like {
        text: Box<SyntaxNode>,
        part: Box<SyntaxNode>,
        negated: bool,
    },
    In {
        value: Box<SyntaxNode>,
        list: Vec<SyntaxNode>,
        negated: bool,
    },
    Between {
        value: Box<SyntaxNode>,
        low: Box<SyntaxNode>,
        high: Box<SyntaxNode>,
        negated: bool,
    },
    /// `is missing`, for a name.
    IsMissing {
        value: Box<SyntaxNode>,
        negated: bool,
    },
    Call(Function, Vec<SyntaxNode>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Arithmetic {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "^",
        }
    }
}

impl Compare {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
    /// Whether an ordering satisfies it.
    pub(super) const fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl SyntaxNode {
    pub(super) fn new(kind: Kind, span: Range<usize>) -> Self {
        Self { kind, span }
    }

    /// The direct children.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Number { .. } | Kind::Text(_) | Kind::Bool(_) | Kind::Name(_) => Vec::new(),
            Kind::Negate(one) | Kind::Not(one) | Kind::IsMissing { value: one, .. } => vec![one],
            Kind::And(parts) | Kind::Or(parts) | Kind::Call(_, parts) => parts.iter().collect(),
            Kind::Arithmetic(_, one, other)
            | Kind::Compare(_, one, other)
            | Kind::Like { text: one, part: other, .. } => {
                vec![one, other]
            }
            Kind::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
            Kind::Between { value, low, high, .. } => vec![value, low, high],
        }
    }

    /// Visits this part and all parts below, in the order of the source.
    pub(super) fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for child in self.children() {
            child.each(visit);
        }
    }

    pub(super) fn height(&self) -> usize {
        1 + self.children().into_iter().map(Self::height).max().unwrap_or(0)
    }
}
