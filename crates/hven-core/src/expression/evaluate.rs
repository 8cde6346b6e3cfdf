//! Evaluates a checked expression once, and gives a reason whenever the answer cannot be told.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    Arithmetic, Checked, Function, Type,
    operations::{arithmetic, compare_numbers, function_of_number, like, seconds_between, shifted, text_test},
    print,
    typed::{Sort, Typed, What},
};
use crate::Time;

/// A value of the language, in the unit of its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Bool(bool),
    Number(f64),
    Time(Time),
    Text(String),
}

/// The reason why an answer cannot be told, and the first part of the source that causes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannotTell {
    pub because: String,
    /// In bytes of the source.
    pub span: Range<usize>,
}

/// True, false, or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Truth {
    False = 0,
    True = 1,
    CannotTell = 2,
}

impl Truth {
    pub const fn of(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
    #[must_use]
    pub const fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::True => Self::False,
            Self::CannotTell => Self::CannotTell,
        }
    }
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::CannotTell,
        }
    }
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

pub(super) type Answer = Result<Value, CannotTell>;

/// The inputs of the evaluation of a tree.
pub(super) struct Inputs<'a> {
    pub names: &'a [(String, Type)],
    pub values: &'a [Option<Value>],
    pub aggregates: &'a [Answer],
}

impl Checked {
    /// Evaluates with the values of names; `None` for a missing value. Values are in the units of the scope.
    pub fn evaluate(&self, value_of: &dyn Fn(&str) -> Option<Value>) -> Result<Value, CannotTell> {
        let values: Vec<_> = self.names.iter().map(|(name, _)| value_of(name)).collect();
        Inputs { names: &self.names, values: &values, aggregates: &[] }.answer(&self.root)
    }
    /// Evaluates a condition.
    pub fn holds(&self, value_of: &dyn Fn(&str) -> Option<Value>) -> Truth {
        match self.evaluate(value_of) {
            Ok(Value::Bool(holds)) => Truth::of(holds),
            _ => Truth::CannotTell,
        }
    }
}

fn cannot_tell(part: &Typed, because: impl Into<String>) -> CannotTell {
    CannotTell { because: because.into(), span: part.span.clone() }
}

impl Inputs<'_> {
    pub(super) fn answer(&self, part: &Typed) -> Answer {
        Ok(match &part.what {
            What::Number(value) => Value::Number(*value),
            What::Text(text) => Value::Text(text.clone()),
            What::Bool(value) => Value::Bool(*value),
            What::Time(time) => Value::Time(*time),
            What::Name(place) => return self.named(*place, part),
            What::Aggregate(place) => {
                let unknown = || cannot_tell(part, "the rows of the table are not available");
                return self.aggregates.get(*place).cloned().unwrap_or_else(|| Err(unknown()));
            }
            What::Convert(one, conversion) => Value::Number(conversion.apply(self.number(one)?)),
            What::Negate(one) => Value::Number(-self.number(one)?),
            What::Not(one) => Value::Bool(!self.bool(one)?),
            What::And(parts) => Value::Bool(!self.some(parts, false)?),
            What::Or(parts) => Value::Bool(self.some(parts, true)?),
            What::Arithmetic(operator, one, other) => {
                let (a, b) = (self.number(one)?, self.number(other)?);
                let value = arithmetic(*operator, a, b);
                if value.is_nan() {
                    return Err(cannot_tell(part, undefined(*operator, a, b)));
                }
                Value::Number(value)
            }
            What::TimeSince(one, other) => Value::Number(seconds_between(self.time(one)?, self.time(other)?)),
            What::TimeShifted(time, by, sign) => Value::Time(shifted(self.time(time)?, sign * self.number(by)?)),
            What::Compare(operator, sort, one, other) => Value::Bool(match sort {
                // Numbers are known here, so they have an order.
                Sort::Number => compare_numbers(*operator, self.number(one)?, self.number(other)?),
                Sort::Text => operator.holds(self.text(one)?.cmp(&self.text(other)?)),
                Sort::Bool => operator.holds(self.bool(one)?.cmp(&self.bool(other)?)),
                Sort::Time => operator.holds(self.time(one)?.cmp(&self.time(other)?)),
            }),
            What::Like { text, part, negated } => Value::Bool(like(&self.text(text)?, &self.text(part)?) != *negated),
            What::In { value, list, negated, .. } => {
                let value = self.answer(value)?;
                let mut unknown = None;
                let mut found = false;
                for member in list {
                    match self.answer(member) {
                        Ok(member) => found |= member == value,
                        Err(why) => unknown = unknown.or(Some(why)),
                    }
                }
                match unknown {
                    Some(why) if !found => return Err(why),
                    _ => Value::Bool(found != *negated),
                }
            }
            What::Between { sort, value, low, high, negated } => {
                let value = self.answer(value)?;
                let above = self.answer(low).map(|low| ordered(*sort, &low, &value));
                let below = self.answer(high).map(|high| ordered(*sort, &value, &high));
                let within = match (above, below) {
                    (Ok(false), _) | (_, Ok(false)) => false,
                    (Err(why), _) | (_, Err(why)) => return Err(why),
                    _ => true,
                };
                Value::Bool(within != *negated)
            }
            What::IsMissing { value, negated } => Value::Bool(self.answer(value).is_err() != *negated),
            What::Call(function, arguments) => return self.call(*function, arguments, part),
        })
    }

    fn named(&self, place: usize, part: &Typed) -> Answer {
        let (name, type_) = &self.names[place];
        let shown = print::name(name);
        let Some(value) = self.values.get(place).and_then(Option::as_ref) else {
            return Err(cannot_tell(part, format!("{shown} is missing")));
        };
        match (value, type_) {
            (Value::Number(number), Type::Number { .. }) if number.is_nan() => {
                Err(cannot_tell(part, format!("{shown} is not a number (NaN)")))
            }
            (Value::Number(_), Type::Number { .. })
            | (Value::Text(_), Type::Text)
            | (Value::Bool(_), Type::Bool)
            | (Value::Time(_), Type::Time) => Ok(value.clone()),
            _ => Err(cannot_tell(part, format!("{shown} is not {type_}"))),
        }
    }

    // A checked tree has the right kinds of values; otherwise the answer is "cannot tell".
    fn number(&self, part: &Typed) -> Result<f64, CannotTell> {
        match self.answer(part)? {
            Value::Number(value) => Ok(value),
            _ => Err(cannot_tell(part, "this is not a number")),
        }
    }
    fn bool(&self, part: &Typed) -> Result<bool, CannotTell> {
        match self.answer(part)? {
            Value::Bool(value) => Ok(value),
            _ => Err(cannot_tell(part, "this is not a condition")),
        }
    }
    fn time(&self, part: &Typed) -> Result<Time, CannotTell> {
        match self.answer(part)? {
            Value::Time(value) => Ok(value),
            _ => Err(cannot_tell(part, "this is not a time")),
        }
    }
    fn text(&self, part: &Typed) -> Result<String, CannotTell> {
        match self.answer(part)? {
            Value::Text(value) => Ok(value),
            _ => Err(cannot_tell(part, "this is not a text")),
        }
    }

    /// Whether some part is `wanted`; unknown parts do not matter when another part is.
    fn some(&self, parts: &[Typed], wanted: bool) -> Result<bool, CannotTell> {
        let mut unknown = None;
        for part in parts {
            match self.bool(part) {
                Ok(value) if value == wanted => return Ok(true),
                Ok(_) => {}
                Err(why) => unknown = unknown.or(Some(why)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    fn call(&self, function: Function, arguments: &[Typed], part: &Typed) -> Answer {
        use Function as F;
        let text = |place: usize| self.text(&arguments[place]);
        Ok(match function {
            F::Min | F::Max => {
                let numbers = arguments.iter().map(|one| self.number(one)).collect::<Result<Vec<_>, _>>()?;
                let pick = if function == F::Min { f64::min } else { f64::max };
                Value::Number(numbers.into_iter().reduce(pick).unwrap_or(f64::NAN))
            }
            F::Length => Value::Number(text(0)?.chars().count() as f64),
            F::Lower => Value::Text(text(0)?.to_lowercase()),
            F::Contains | F::StartsWith | F::EndsWith | F::Matches => {
                Value::Bool(text_test(function, &text(0)?, &text(1)?))
            }
            _ => {
                let argument = self.number(&arguments[0])?;
                let value = function_of_number(function, argument);
                if value.is_nan() {
                    let name = function.as_str();
                    return Err(cannot_tell(part, format!("{name} has no value at {}", print::number(argument))));
                }
                Value::Number(value)
            }
        })
    }
}

fn undefined(operator: Arithmetic, a: f64, b: f64) -> String {
    match operator {
        Arithmetic::Divide if b == 0.0 => "division by zero".to_owned(),
        Arithmetic::Power => format!("{}^{} is not defined", print::number(a), print::number(b)),
        _ => "infinite values have no result here".to_owned(),
    }
}

/// Whether the first value is not after the second.
fn ordered(sort: Sort, one: &Value, other: &Value) -> bool {
    match (sort, one, other) {
        (Sort::Number, Value::Number(a), Value::Number(b)) => a <= b,
        (Sort::Text, Value::Text(a), Value::Text(b)) => a <= b,
        (Sort::Time, Value::Time(a), Value::Time(b)) => a <= b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::operations::matches_pattern;
    use super::*;

    #[test]
    fn patterns() {
        let check = |text: &str, pattern: &str, expect: bool| {
            assert_eq!(matches_pattern(text, pattern), expect, "{text} {pattern}");
        };
        check("kepler", "kep*", true);
        check("kepler", "*ler", true);
        check("kepler", "k?pler", true);
        check("kepler", "*e*e*", true);
        check("kepler", "kep", false);
        check("kepler", "?", false);
        check("", "*", true);
        check("", "", true);
        check("周期", "周?", true);
        check(&"a".repeat(2000), &format!("{}b", "*a".repeat(500)), false);
    }

    #[test]
    fn kleenes_logic() {
        use Truth::{CannotTell as N, False as F, True as T};
        let all = [F, T, N];
        let and = all.map(|a| all.map(|b| a.and(b)));
        assert_eq!(and, [[F, F, F], [F, T, N], [F, N, N]]);
        let or = all.map(|a| all.map(|b| a.or(b)));
        assert_eq!(or, [[F, T, N], [T, T, T], [N, T, N]]);
    }
}
