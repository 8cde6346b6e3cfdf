//! The tree of an expression with resolved names and consistent units.

use std::ops::Range;

use super::{Arithmetic, Compare, Function, Type};
use crate::{Time, Unit, unit::Conversion};

/// One part of a checked expression.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub what: What,
    pub type_: Type,
    pub span: Range<usize>,
    /// The value of a part without names: a literal number that a person wrote.
    pub constant: Option<f64>,
}

/// The type of compared values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Number,
    Text,
    Bool,
    Time,
}

impl Sort {
    pub(super) const fn of(type_: &Type) -> Self {
        match type_ {
            Type::Number { .. } => Self::Number,
            Type::Text => Self::Text,
            Type::Bool => Self::Bool,
            Type::Time => Self::Time,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Number(f64),
    Text(String),
    Bool(bool),
    Time(Time),
    /// The index in the list of names.
    Name(usize),
    /// The index in the list of aggregates.
    Aggregate(usize),
    Convert(Box<Typed>, Conversion),
    Negate(Box<Typed>),
    Not(Box<Typed>),
    And(Vec<Typed>),
    Or(Vec<Typed>),
    Arithmetic(Arithmetic, Box<Typed>, Box<Typed>),
    /// The seconds from the second time to the first.
    TimeSince(Box<Typed>, Box<Typed>),
    /// A time, and seconds to add; the factor is `-1` to subtract them.
    TimeShifted(Box<Typed>, Box<Typed>, f64),
    Compare(Compare, Sort, Box<Typed>, Box<Typed>),
    Like {
        text: Box<Typed>,
        part: Box<Typed>,
        negated: bool,
    },
    In {
        value: Box<Typed>,
        list: Vec<Typed>,
        negated: bool,
    },
    Between {
        sort: Sort,
        value: Box<Typed>,
        low: Box<Typed>,
        high: Box<Typed>,
        negated: bool,
    },
    IsMissing {
        value: Box<Typed>,
        negated: bool,
    },
    Call(Function, Vec<Typed>),
}

/// An aggregate over all rows of a table.
#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    pub function: Function,
    /// Evaluated in each row.
    pub arguments: Vec<Typed>,
    /// The parameter of `quantile`.
    pub parameter: f64,
    pub span: Range<usize>,
    pub type_: Type,
}

impl Typed {
    pub(super) fn unit(&self) -> Option<&Unit> {
        match &self.type_ {
            Type::Number { unit } => unit.as_ref(),
            _ => None,
        }
    }
    /// Whether it is a literal number in the source, without unit.
    pub(super) fn is_bare_literal(&self) -> bool {
        self.constant.is_some() && self.unit().is_none()
    }
    /// Zero is zero in every unit.
    pub(super) fn is_zero(&self) -> bool {
        self.is_bare_literal() && self.constant == Some(0.0)
    }

    pub(super) fn children(&self) -> Vec<&Self> {
        match &self.what {
            What::Number(_) | What::Text(_) | What::Bool(_) | What::Time(_) | What::Name(_) | What::Aggregate(_) => {
                Vec::new()
            }
            What::Convert(one, _) | What::Negate(one) | What::Not(one) | What::IsMissing { value: one, .. } => {
                vec![one]
            }
            What::And(parts) | What::Or(parts) | What::Call(_, parts) => parts.iter().collect(),
            What::Arithmetic(_, one, other)
            | What::TimeSince(one, other)
            | What::TimeShifted(one, other, _)
            | What::Compare(_, _, one, other)
            | What::Like { text: one, part: other, .. } => vec![one, other],
            What::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
            What::Between { value, low, high, .. } => vec![value, low, high],
        }
    }

    /// Whether this part or a part below it satisfies a condition.
    pub(super) fn any(&self, condition: &dyn Fn(&Self) -> bool) -> bool {
        condition(self) || self.children().into_iter().any(|child| child.any(condition))
    }
}
