//! Evaluates a checked expression over many rows at once: simple loops over slices, one operator after the other.
//!
//! The meaning is that of [`Checked::evaluate`], row by row (checked by a property test). A number that cannot be told is NaN
//! here: a column has no other form for it, and NaN has the same meaning in this language.

use std::borrow::Cow;

use super::{
    Arithmetic, Checked, Compare, Function, Truth, Type,
    operations::{compare_numbers, divide, function_of_number, like, power, seconds_between, shifted, text_test},
    typed::{Typed, What},
};
use crate::Time;

/// The values of one column in some rows, in the unit of the scope.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    /// A missing value is NaN.
    Numbers(&'a [f64]),
    Texts(&'a [Option<&'a str>]),
    Bools(&'a [Truth]),
    Times(&'a [Option<Time>]),
}

/// Columns that do not match the expression: an error of the calling code, not of the author of the expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    #[error("the expression needs {wanted} columns, and {given} were given")]
    Count { wanted: usize, given: usize },
    #[error("column {name:?} has {given} values for {wanted} rows")]
    Length { name: String, wanted: usize, given: usize },
    #[error("column {name:?} does not hold {wanted}")]
    Kind { name: String, wanted: String },
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Bools(values) => values.len(),
            Self::Times(values) => values.len(),
        }
    }
    const fn is(&self, type_: &Type) -> bool {
        matches!(
            (self, type_),
            (Self::Numbers(_), Type::Number { .. })
                | (Self::Texts(_), Type::Text)
                | (Self::Bools(_), Type::Bool)
                | (Self::Times(_), Type::Time)
        )
    }
}

impl Checked {
    /// Checks that columns are those of [`Checked::names`], in that order, with this many rows.
    pub(super) fn fits(&self, rows: usize, columns: &[Column<'_>]) -> Result<(), ColumnsError> {
        if columns.len() != self.names.len() {
            return Err(ColumnsError::Count { wanted: self.names.len(), given: columns.len() });
        }
        for ((name, type_), column) in self.names.iter().zip(columns) {
            if column.len() != rows {
                return Err(ColumnsError::Length { name: name.clone(), wanted: rows, given: column.len() });
            }
            if !column.is(type_) {
                return Err(ColumnsError::Kind { name: name.clone(), wanted: type_.to_string() });
            }
        }
        Ok(())
    }

    /// A condition in every row. The columns are those of [`Checked::names`], in that order.
    pub fn hold_in_rows(&self, rows: usize, columns: &[Column<'_>]) -> Result<Vec<Truth>, ColumnsError> {
        self.fits(rows, columns)?;
        Ok(Rows { rows, columns }.vector(&self.root).truths(rows))
    }
    /// A number in every row; NaN where it cannot be told.
    pub fn numbers_in_rows(&self, rows: usize, columns: &[Column<'_>]) -> Result<Vec<f64>, ColumnsError> {
        self.fits(rows, columns)?;
        let numbers = Rows { rows, columns }.vector(&self.root).numbers();
        Ok((0..rows).map(|row| numbers.at(row)).collect())
    }
}

/// Some rows of a table.
pub(super) struct Rows<'a> {
    pub rows: usize,
    pub columns: &'a [Column<'a>],
}

/// The values of a part in some rows, or the one value that it has in all rows.
#[derive(Debug)]
pub(super) enum Vector<'a> {
    Numbers(Numbers<'a>),
    Text(Cow<'a, str>),
    Texts(&'a [Option<&'a str>]),
    /// Computed texts.
    OwnTexts(Vec<Option<String>>),
    Truth(Truth),
    Truths(Cow<'a, [Truth]>),
    Time(Time),
    Times(Cow<'a, [Option<Time>]>),
}

#[derive(Debug)]
pub(super) enum Numbers<'a> {
    Same(f64),
    Each(Cow<'a, [f64]>),
}

impl Numbers<'_> {
    pub(super) fn at(&self, row: usize) -> f64 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[row],
        }
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Same(value) => Self::Same(f(value)),
            Self::Each(values) => {
                let mut values = values.into_owned();
                for value in &mut values {
                    *value = f(*value);
                }
                Self::Each(values.into())
            }
        }
    }

    /// Combines two numbers of each row. Each case is a loop that the compiler can vectorise.
    fn zip<T>(&self, other: &Self, f: impl Fn(f64, f64) -> T) -> Result<Vec<T>, T> {
        Ok(match (self, other) {
            (Self::Same(a), Self::Same(b)) => return Err(f(*a, *b)),
            (Self::Each(a), Self::Same(b)) => a.iter().map(|a| f(*a, *b)).collect(),
            (Self::Same(a), Self::Each(b)) => b.iter().map(|b| f(*a, *b)).collect(),
            (Self::Each(a), Self::Each(b)) => a.iter().zip(b.iter()).map(|(a, b)| f(*a, *b)).collect(),
        })
    }
}

fn numbers<'a>(zipped: Result<Vec<f64>, f64>) -> Vector<'a> {
    Vector::Numbers(match zipped {
        Ok(values) => Numbers::Each(values.into()),
        Err(value) => Numbers::Same(value),
    })
}

fn truths<'a>(zipped: Result<Vec<Truth>, Truth>) -> Vector<'a> {
    match zipped {
        Ok(values) => Vector::Truths(values.into()),
        Err(value) => Vector::Truth(value),
    }
}

/// Without a branch, so that loops over it are fast: 0, 1, or at least 2 when one of the numbers is NaN.
#[inline]
fn truth(holds: bool, a: f64, b: f64) -> Truth {
    match u8::from(holds) | u8::from(a.is_nan() | b.is_nan()) << 1 {
        0 => Truth::False,
        1 => Truth::True,
        _ => Truth::CannotTell,
    }
}

fn compare<'a>(operator: Compare, a: &Numbers<'_>, b: &Numbers<'_>) -> Vector<'a> {
    macro_rules! with {
        ($operator:ident) => {
            truths(a.zip(b, |a, b| truth(compare_numbers(Compare::$operator, a, b), a, b)))
        };
    }
    match operator {
        Compare::Equal => with!(Equal),
        Compare::NotEqual => with!(NotEqual),
        Compare::Less => with!(Less),
        Compare::LessOrEqual => with!(LessOrEqual),
        Compare::Greater => with!(Greater),
        Compare::GreaterOrEqual => with!(GreaterOrEqual),
    }
}

impl<'a> Vector<'a> {
    /// The tree was checked, so a number part has numbers; otherwise nothing is known.
    fn numbers(self) -> Numbers<'a> {
        match self {
            Self::Numbers(numbers) => numbers,
            _ => Numbers::Same(f64::NAN),
        }
    }
    pub(super) fn truths(self, rows: usize) -> Vec<Truth> {
        match self {
            Self::Truths(truths) => truths.into_owned(),
            Self::Truth(truth) => vec![truth; rows],
            _ => vec![Truth::CannotTell; rows],
        }
    }
    pub(super) fn number(&self, row: usize) -> f64 {
        match self {
            Self::Numbers(numbers) => numbers.at(row),
            _ => f64::NAN,
        }
    }
    pub(super) fn truth(&self, row: usize) -> Truth {
        match self {
            Self::Truth(truth) => *truth,
            Self::Truths(truths) => truths[row],
            _ => Truth::CannotTell,
        }
    }
    pub(super) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Texts(texts) => texts[row],
            Self::OwnTexts(texts) => texts[row].as_deref(),
            _ => None,
        }
    }
    pub(super) fn time(&self, row: usize) -> Option<Time> {
        match self {
            Self::Time(time) => Some(*time),
            Self::Times(times) => times[row],
            _ => None,
        }
    }
    /// Whether the value is known.
    pub(super) fn is_known(&self, row: usize) -> bool {
        match self {
            Self::Numbers(numbers) => !numbers.at(row).is_nan(),
            Self::Text(_) | Self::Texts(_) | Self::OwnTexts(_) => self.text(row).is_some(),
            Self::Truth(_) | Self::Truths(_) => self.truth(row) != Truth::CannotTell,
            Self::Time(_) | Self::Times(_) => self.time(row).is_some(),
        }
    }
    /// How two values of a row compare; "cannot tell" when one of them is unknown.
    fn compare(&self, other: &Self, operator: Compare, row: usize) -> Truth {
        let order = match self {
            Self::Numbers(a) => {
                let (a, b) = (a.at(row), other.number(row));
                return truth(compare_numbers(operator, a, b), a, b);
            }
            Self::Text(_) | Self::Texts(_) | Self::OwnTexts(_) => {
                self.text(row).zip(other.text(row)).map(|(a, b)| a.cmp(b))
            }
            Self::Time(_) | Self::Times(_) => self.time(row).zip(other.time(row)).map(|(a, b)| a.cmp(&b)),
            Self::Truth(_) | Self::Truths(_) => {
                let known = |truth: Truth| (truth != Truth::CannotTell).then_some(truth == Truth::True);
                known(self.truth(row)).zip(known(other.truth(row))).map(|(a, b)| a.cmp(&b))
            }
        };
        order.map_or(Truth::CannotTell, |order| Truth::of(operator.holds(order)))
    }
}

impl<'a> Rows<'a> {
    pub(super) fn vector(&self, part: &'a Typed) -> Vector<'a> {
        match &part.what {
            What::Number(value) => Vector::Numbers(Numbers::Same(*value)),
            What::Text(text) => Vector::Text(text.as_str().into()),
            What::Bool(value) => Vector::Truth(Truth::of(*value)),
            What::Time(time) => Vector::Time(*time),
            What::Name(place) => match self.columns[*place] {
                Column::Numbers(values) => Vector::Numbers(Numbers::Each(values.into())),
                Column::Texts(values) => Vector::Texts(values),
                Column::Bools(values) => Vector::Truths(values.into()),
                Column::Times(values) => Vector::Times(values.into()),
            },
            // Aggregates are above rows, never inside them.
            What::Aggregate(_) => Vector::Truth(Truth::CannotTell),
            What::Convert(one, conversion) => Vector::Numbers(self.numbers(one).map(|value| conversion.apply(value))),
            What::Negate(one) => Vector::Numbers(self.numbers(one).map(|value| -value)),
            What::Not(one) => match self.vector(one) {
                Vector::Truth(value) => Vector::Truth(value.not()),
                other => self.each(|row| other.truth(row).not()),
            },
            What::And(parts) => self.fold(parts, Truth::and),
            What::Or(parts) => self.fold(parts, Truth::or),
            What::Arithmetic(operator, one, other) => {
                let (a, b) = (self.numbers(one), self.numbers(other));
                numbers(match operator {
                    Arithmetic::Add => a.zip(&b, |a, b| a + b),
                    Arithmetic::Subtract => a.zip(&b, |a, b| a - b),
                    Arithmetic::Multiply => a.zip(&b, |a, b| a * b),
                    Arithmetic::Divide => a.zip(&b, divide),
                    Arithmetic::Power => a.zip(&b, power),
                })
            }
            What::TimeSince(one, other) => {
                let (one, other) = (self.vector(one), self.vector(other));
                let between = |row| match one.time(row).zip(other.time(row)) {
                    Some((later, earlier)) => seconds_between(later, earlier),
                    None => f64::NAN,
                };
                numbers(Ok((0..self.rows).map(between).collect()))
            }
            What::TimeShifted(time, by, sign) => {
                let (time, by) = (self.vector(time), self.numbers(by));
                let shift =
                    |row| time.time(row).filter(|_| !by.at(row).is_nan()).map(|t| shifted(t, sign * by.at(row)));
                Vector::Times((0..self.rows).map(shift).collect())
            }
            What::Compare(operator, _, one, other) => match (self.vector(one), self.vector(other)) {
                (Vector::Numbers(a), Vector::Numbers(b)) => compare(*operator, &a, &b),
                (a, b) => self.each(|row| a.compare(&b, *operator, row)),
            },
            What::Like { text, part, negated } => {
                let (text, part) = (self.vector(text), self.vector(part));
                self.texts(&text, &part, |text, part| like(text, part) != *negated)
            }
            What::In { value, list, negated, .. } => {
                let value = self.vector(value);
                let mut found = vec![Truth::False; self.rows];
                for member in list {
                    let member = self.vector(member);
                    for (row, found) in found.iter_mut().enumerate() {
                        *found = found.or(value.compare(&member, Compare::Equal, row));
                    }
                }
                // No value is in an empty list, but for a missing value the answer is unknown.
                self.each(|row| match found[row] {
                    _ if !value.is_known(row) => Truth::CannotTell,
                    found if *negated => found.not(),
                    found => found,
                })
            }
            What::Between { value, low, high, negated, .. } => {
                let (value, low, high) = (self.vector(value), self.vector(low), self.vector(high));
                self.each(|row| {
                    if !value.is_known(row) {
                        return Truth::CannotTell;
                    }
                    let above = low.compare(&value, Compare::LessOrEqual, row);
                    let within = above.and(value.compare(&high, Compare::LessOrEqual, row));
                    if *negated { within.not() } else { within }
                })
            }
            What::IsMissing { value, negated } => {
                let value = self.vector(value);
                self.each(|row| Truth::of(value.is_known(row) == *negated))
            }
            What::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    fn numbers(&self, part: &'a Typed) -> Numbers<'a> {
        self.vector(part).numbers()
    }
    fn each(&self, f: impl Fn(usize) -> Truth) -> Vector<'a> {
        Vector::Truths((0..self.rows).map(f).collect())
    }
    fn fold(&self, parts: &'a [Typed], f: impl Fn(Truth, Truth) -> Truth) -> Vector<'a> {
        let mut parts = parts.iter();
        let Some(first) = parts.next() else { return Vector::Truth(Truth::CannotTell) };
        let mut all = self.vector(first).truths(self.rows);
        for part in parts {
            let next = self.vector(part);
            match next {
                Vector::Truths(values) => {
                    for (one, other) in all.iter_mut().zip(values.iter()) {
                        *one = f(*one, *other);
                    }
                }
                _ => {
                    for (row, one) in all.iter_mut().enumerate() {
                        *one = f(*one, next.truth(row));
                    }
                }
            }
        }
        Vector::Truths(all.into())
    }
    fn texts(&self, one: &Vector<'_>, other: &Vector<'_>, f: impl Fn(&str, &str) -> bool) -> Vector<'a> {
        self.each(|row| {
            let both = one.text(row).zip(other.text(row));
            both.map_or(Truth::CannotTell, |(one, other)| Truth::of(f(one, other)))
        })
    }

    fn call(&self, function: Function, arguments: &'a [Typed]) -> Vector<'a> {
        use Function as F;
        match function {
            F::Min | F::Max => {
                let mut arguments = arguments.iter().map(|argument| self.numbers(argument));
                let Some(mut least) = arguments.next() else { return Vector::Numbers(Numbers::Same(f64::NAN)) };
                for next in arguments {
                    // The unknown value may be the least.
                    let pick = |a: f64, b: f64| match function {
                        _ if a.is_nan() || b.is_nan() => f64::NAN,
                        F::Min => a.min(b),
                        _ => a.max(b),
                    };
                    least = numbers(least.zip(&next, pick)).numbers();
                }
                Vector::Numbers(least)
            }
            F::Length => {
                let text = self.vector(&arguments[0]);
                let length = |row| text.text(row).map_or(f64::NAN, |text| text.chars().count() as f64);
                numbers(Ok((0..self.rows).map(length).collect()))
            }
            F::Lower => {
                let text = self.vector(&arguments[0]);
                Vector::OwnTexts((0..self.rows).map(|row| text.text(row).map(str::to_lowercase)).collect())
            }
            F::Contains | F::StartsWith | F::EndsWith | F::Matches => {
                let (text, part) = (self.vector(&arguments[0]), self.vector(&arguments[1]));
                self.texts(&text, &part, |text, part| text_test(function, text, part))
            }
            _ => Vector::Numbers(self.numbers(&arguments[0]).map(|value| function_of_number(function, value))),
        }
    }
}
