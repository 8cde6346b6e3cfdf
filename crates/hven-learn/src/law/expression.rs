//! A law as a tree.
//!
//! Sums and products have any number of members, a quotient is a power with exponent −1, and an exponent is always a
//! number. So a law has few spellings, redundant constants can be merged, and a fit never has two parameters with the same
//! effect. A number is either part of the structure (the 2 of a square) or was fitted to the data.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The origin of a number in a law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Part of the form, such as the 2 of a square: it never has a unit.
    Form,
    /// A fitted number that was recognised as a simple one: it is not fitted again, and may have a unit.
    Recognised,
    /// A parameter: it was fitted to the data, has an interval and may have a unit.
    Fitted,
}

/// A number in a law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Number {
    pub value: f64,
    pub origin: Origin,
}

impl Number {
    pub(crate) const ONE: Self = Self::exact(1.0);

    pub const fn exact(value: f64) -> Self {
        Self { value, origin: Origin::Form }
    }

    pub const fn fitted(value: f64) -> Self {
        Self { value, origin: Origin::Fitted }
    }

    pub fn is_fitted(self) -> bool {
        self.origin == Origin::Fitted
    }

    /// Whether it is part of the form and has this value.
    #[allow(clippy::float_cmp)] // numbers of the form are assigned, not computed
    pub(crate) fn is(self, value: f64) -> bool {
        self.origin == Origin::Form && self.value == value
    }

    pub(crate) fn times(self, other: Self) -> Self {
        Self { value: self.value * other.value, origin: self.origin.max(other.origin) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { value: self.value + other.value, origin: self.origin.max(other.origin) }
    }

    /// `self` to the power of `exponent`.
    pub(crate) fn raised(self, exponent: Self) -> Self {
        Self { value: raise(self.value, exponent.value), origin: self.origin.max(exponent.origin) }
    }
}

/// A function of one dimensionless argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    Exp,
    Log,
    Sin,
    Cos,
    Tan,
    Tanh,
    Asin,
    Acos,
    Atan,
}

impl Function {
    pub const ALL: [Self; 9] =
        [Self::Exp, Self::Log, Self::Sin, Self::Cos, Self::Tan, Self::Tanh, Self::Asin, Self::Acos, Self::Atan];

    pub fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Log => "log",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Tan => "tan",
            Self::Tanh => "tanh",
            Self::Asin => "asin",
            Self::Acos => "acos",
            Self::Atan => "atan",
        }
    }

    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Exp => x.exp(),
            Self::Log => x.ln(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Tanh => x.tanh(),
            Self::Asin => x.asin(),
            Self::Acos => x.acos(),
            Self::Atan => x.atan(),
        }
    }

    /// The derivative at `x`, where the function has the value `y`.
    pub(crate) fn slope(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Exp => y,
            Self::Log => 1.0 / x,
            Self::Sin => x.cos(),
            Self::Cos => -x.sin(),
            Self::Tan => 1.0 + y * y,
            Self::Tanh => 1.0 - y * y,
            Self::Asin => 1.0 / (1.0 - x * x).sqrt(),
            Self::Acos => -1.0 / (1.0 - x * x).sqrt(),
            Self::Atan => 1.0 / (1.0 + x * x),
        }
    }
}

/// The tree of a law. Variables have the numbers of the problem's inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    Number(Number),
    Variable(usize),
    Sum(Vec<Expr>),
    Product(Vec<Expr>),
    Power(Box<Expr>, Number),
    Call(Function, Box<Expr>),
}

impl Expr {
    pub fn exact(value: f64) -> Self {
        Self::Number(Number::exact(value))
    }

    pub(crate) fn fitted(value: f64) -> Self {
        Self::Number(Number::fitted(value))
    }

    #[must_use]
    pub fn power(self, exponent: f64) -> Self {
        Self::Power(Box::new(self), Number::exact(exponent))
    }

    #[must_use]
    pub fn call(self, function: Function) -> Self {
        Self::Call(function, Box::new(self))
    }

    pub(crate) fn times(self, other: Self) -> Self {
        Self::Product(vec![self, other])
    }

    pub(crate) fn over(self, other: Self) -> Self {
        self.times(other.power(-1.0))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self::Sum(vec![self, other])
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        self.plus(Self::exact(-1.0).times(other))
    }

    /// The number of symbols for a reader: one for each number, variable and operation. A quotient is one operation, and so is a
    /// square or a square root; any other power is an operation and a number. A leading minus sign in a sum is free.
    pub fn complexity(&self) -> usize {
        match self {
            Self::Number(_) | Self::Variable(_) => 1,
            Self::Sum(terms) => terms.iter().map(Self::complexity_as_term).sum::<usize>() + terms.len() - 1,
            Self::Product(factors) => {
                let members: usize = factors.iter().map(Self::complexity_as_factor).sum();
                // Without a numerator, a 1 must be written.
                let all_below = factors.iter().all(|f| matches!(f, Self::Power(_, p) if p.value < 0.0));
                members + factors.len() - 1 + if all_below { 2 } else { 0 }
            }
            Self::Power(base, exponent) if exponent.value < 0.0 => {
                2 + power_complexity(base, Number { value: -exponent.value, ..*exponent })
            }
            Self::Power(base, exponent) => power_complexity(base, *exponent),
            Self::Call(_, argument) => 1 + argument.complexity(),
        }
    }

    fn complexity_as_term(&self) -> usize {
        match self {
            Self::Product(factors) if factors.len() > 1 && matches!(factors[0], Self::Number(n) if n.is(-1.0)) => {
                self.complexity() - 2
            }
            _ => self.complexity(),
        }
    }

    fn complexity_as_factor(&self) -> usize {
        match self {
            Self::Power(base, exponent) if exponent.value < 0.0 => {
                power_complexity(base, Number { value: -exponent.value, ..*exponent })
            }
            _ => self.complexity(),
        }
    }

    /// Calls `visit` on each number, in the order of the text.
    pub(crate) fn numbers<'a>(&'a self, visit: &mut impl FnMut(&'a Number)) {
        match self {
            Self::Number(number) => visit(number),
            Self::Variable(_) => {}
            Self::Sum(members) | Self::Product(members) => members.iter().for_each(|m| m.numbers(visit)),
            Self::Power(base, exponent) => {
                base.numbers(visit);
                visit(exponent);
            }
            Self::Call(_, argument) => argument.numbers(visit),
        }
    }

    /// The same with mutable numbers.
    pub(crate) fn numbers_mut(&mut self, visit: &mut impl FnMut(&mut Number)) {
        match self {
            Self::Number(number) => visit(number),
            Self::Variable(_) => {}
            Self::Sum(members) | Self::Product(members) => members.iter_mut().for_each(|m| m.numbers_mut(visit)),
            Self::Power(base, exponent) => {
                base.numbers_mut(visit);
                visit(exponent);
            }
            Self::Call(_, argument) => argument.numbers_mut(visit),
        }
    }

    /// The fitted numbers, in the order of the text.
    pub fn parameters(&self) -> Vec<f64> {
        let mut found = Vec::new();
        self.numbers(&mut |n| {
            if n.is_fitted() {
                found.push(n.value);
            }
        });
        found
    }

    pub(crate) fn set_parameters(&mut self, values: &[f64]) {
        let mut next = values.iter();
        self.numbers_mut(&mut |n| {
            if n.is_fitted()
                && let Some(value) = next.next()
            {
                n.value = *value;
            }
        });
    }

    /// The variables that occur, in ascending order.
    pub fn variables(&self) -> Vec<usize> {
        let mut found = Vec::new();
        self.collect_variables(&mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect_variables(&self, found: &mut Vec<usize>) {
        match self {
            Self::Number(_) => {}
            Self::Variable(i) => found.push(*i),
            Self::Sum(members) | Self::Product(members) => members.iter().for_each(|m| m.collect_variables(found)),
            Self::Power(base, _) => base.collect_variables(found),
            Self::Call(_, argument) => argument.collect_variables(found),
        }
    }

    /// The same tree over other inputs: variable `i` becomes `inputs[i]`.
    pub(crate) fn substitute(&self, inputs: &[Expr]) -> Expr {
        match self {
            Self::Number(number) => Self::Number(*number),
            Self::Variable(i) => inputs[*i].clone(),
            Self::Sum(members) => Self::Sum(members.iter().map(|m| m.substitute(inputs)).collect()),
            Self::Product(members) => Self::Product(members.iter().map(|m| m.substitute(inputs)).collect()),
            Self::Power(base, exponent) => Self::Power(Box::new(base.substitute(inputs)), *exponent),
            Self::Call(function, argument) => Self::Call(*function, Box::new(argument.substitute(inputs))),
        }
    }

    /// A total order, so that a law is always written the same way.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.value.total_cmp(&b.value).then(a.origin.cmp(&b.origin)),
            (Self::Variable(a), Self::Variable(b)) => a.cmp(b),
            (Self::Sum(a), Self::Sum(b)) | (Self::Product(a), Self::Product(b)) => a
                .iter()
                .zip(b)
                .map(|(x, y)| x.compare(y))
                .find(|order| order.is_ne())
                .unwrap_or_else(|| a.len().cmp(&b.len())),
            (Self::Power(a, p), Self::Power(b, q)) => a.compare(b).then(q.value.total_cmp(&p.value)),
            (Self::Call(f, a), Self::Call(g, b)) => f.cmp(g).then_with(|| a.compare(b)),
            _ => Ordering::Equal,
        })
    }

    /// The order of kinds: numbers first, then variables, then composed expressions; a power ranks like its base.
    fn rank(&self) -> (u8, usize) {
        match self {
            Self::Number(_) => (0, 0),
            Self::Variable(i) => (1, *i),
            Self::Power(base, _) => match **base {
                Self::Variable(i) => (2, i),
                _ => (4, 0),
            },
            Self::Sum(_) => (3, 0),
            Self::Product(_) => (5, 0),
            Self::Call(..) => (6, 0),
        }
    }
}

/// The complexity of a base with a positive exponent.
#[allow(clippy::float_cmp)] // exact exponents are assigned, not computed
fn power_complexity(base: &Expr, exponent: Number) -> usize {
    base.complexity()
        + match exponent {
            n if n.is(1.0) => 0,
            n if n.is(2.0) || n.is(0.5) => 1,
            _ => 2,
        }
}

/// x to the power p; whole and half powers are computed in fast and exact ways.
pub(crate) fn raise(x: f64, p: f64) -> f64 {
    match p {
        1.0 => x,
        2.0 => x * x,
        -1.0 => 1.0 / x,
        0.5 => x.sqrt(),
        -0.5 => 1.0 / x.sqrt(),
        _ if p.fract() == 0.0 && p.abs() <= 64.0 => x.powi(p as i32),
        _ => x.powf(p),
    }
}

impl Expr {
    /// The law's value for one row of inputs.
    pub fn value(&self, row: &[f64]) -> f64 {
        match self {
            Self::Number(n) => n.value,
            Self::Variable(i) => row.get(*i).copied().unwrap_or(f64::NAN),
            Self::Sum(members) => members.iter().map(|m| m.value(row)).sum(),
            Self::Product(members) => members.iter().map(|m| m.value(row)).product(),
            Self::Power(base, exponent) => raise(base.value(row), exponent.value),
            Self::Call(function, argument) => function.value(argument.value(row)),
        }
    }
}
