//! The test with its numbers filled in: `abs(1.4999 − 1.5) = 0.0001 < 0.01 → true`.

use std::fmt::Write as _;

use super::{
    Arithmetic, CannotTell, Checked, Compare, Failures, Truth, Value,
    evaluate::Inputs,
    print,
    strength::Strength,
    typed::{Typed, What},
};
use crate::Unit;

/// The explanation of an answer, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The expression with values in place of names, and the result.
    pub text: String,
    pub outcome: Result<Value, CannotTell>,
}

impl Explained {
    pub fn truth(&self) -> Truth {
        match self.outcome {
            Ok(Value::Bool(holds)) => Truth::of(holds),
            _ => Truth::CannotTell,
        }
    }
}

impl Checked {
    /// Evaluates, and explains the answer.
    pub fn explain(&self, value_of: &dyn Fn(&str) -> Option<Value>) -> Explained {
        let values: Vec<_> = self.names.iter().map(|(name, _)| value_of(name)).collect();
        explain(self, &Inputs { names: &self.names, values: &values, aggregates: &[] }, &[])
    }
}

/// `notes` are the notes on each aggregate, shown next to its value.
pub(super) fn explain(checked: &Checked, inputs: &Inputs<'_>, notes: &[Option<String>]) -> Explained {
    let outcome = inputs.answer(&checked.root);
    let writer = Writer { checked, inputs, notes };
    let filled = writer.part(&checked.root, Strength::Or);
    let whole_table = matches!(checked.root.what, What::Aggregate(_));
    let text = match &outcome {
        Ok(value @ Value::Bool(_)) => format!("{filled} → {}", shown(value, None)),
        // A number of the whole table is already shown next to its name.
        Ok(_) if whole_table => filled,
        Ok(value) => format!("{filled} = {}", shown(value, checked.root.unit())),
        Err(why) => format!("{filled} → cannot tell: {}", why.because),
    };
    Explained { text, outcome }
}

/// `1 row`, `3 rows`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// In how many rows a condition holds, and the first rows where it does not.
pub(super) fn rows_note(failures: &Failures) -> String {
    const NAMED_MAX: usize = 5;
    let holding = failures.rows - failures.failing - failures.cannot_tell - failures.not_checked;
    let mut note = format!("holds in {holding} of {}", counted(failures.rows, "row"));
    if !failures.first.is_empty() {
        // People count rows from 1.
        let named: Vec<String> = failures.first.iter().take(NAMED_MAX).map(|row| (row + 1).to_string()).collect();
        let more = if failures.first.len() > NAMED_MAX { ", …" } else { "" };
        let _ = write!(note, "; not in row {}{more}", named.join(", "));
    }
    match failures.not_checked {
        0 => {}
        1 => note += "; 1 row lacks a value and was not checked",
        many => {
            let _ = write!(note, "; {many} rows lack a value and were not checked");
        }
    }
    note
}

struct Writer<'a> {
    checked: &'a Checked,
    inputs: &'a Inputs<'a>,
    notes: &'a [Option<String>],
}

impl Writer<'_> {
    fn source(&self, part: &Typed) -> &str {
        self.checked.expression.source().get(part.span.clone()).unwrap_or_default()
    }

    fn part(&self, part: &Typed, least: Strength) -> String {
        let (text, mine) = self.bare(part);
        if mine < least { format!("({text})") } else { text }
    }
    fn list(&self, parts: &[Typed], between: &str, least: Strength) -> String {
        parts.iter().map(|part| self.part(part, least)).collect::<Vec<_>>().join(between)
    }

    /// The text of a part, and the binding strength of its outermost operator.
    fn bare(&self, part: &Typed) -> (String, Strength) {
        let not = |negated: &bool| if *negated { "not " } else { "" };
        match &part.what {
            What::Number(value) => placed(&Value::Number(*value), part),
            What::Text(text) => (print::quoted(text), Strength::Single),
            What::Bool(value) => (value.to_string(), Strength::Single),
            What::Time(time) => (time.to_string(), Strength::Single),
            What::Name(_) => match self.inputs.answer(part) {
                Ok(value) => placed(&value, part),
                Err(_) => (self.source(part).to_owned(), Strength::Single),
            },
            What::Aggregate(place) => (self.aggregate(*place, part), Strength::Single),
            What::Convert(one, _) => self.bare(one),
            What::Negate(one) => (format!("−{}", self.part(one, Strength::Power)), Strength::Sign),
            What::Not(one) => (format!("not {}", self.part(one, Strength::Not)), Strength::Not),
            What::And(parts) => (self.list(parts, " and ", Strength::Not), Strength::And),
            What::Or(parts) => (self.list(parts, " or ", Strength::And), Strength::Or),
            What::Arithmetic(Arithmetic::Power, one, other) => (
                format!("{}^{}", self.part(one, Strength::Single), self.part(other, Strength::Single)),
                Strength::Power,
            ),
            What::Arithmetic(operator, one, other) => {
                let mine = Strength::of(*operator);
                let right = if mine == Strength::Add { Strength::Multiply } else { Strength::Sign };
                let sign = match operator {
                    Arithmetic::Subtract => "−",
                    Arithmetic::Multiply => "·",
                    other => other.as_str(),
                };
                (format!("{} {sign} {}", self.part(one, mine), self.part(other, right)), mine)
            }
            What::TimeSince(one, other) => {
                (format!("{} − {}", self.part(one, Strength::Add), self.part(other, Strength::Multiply)), Strength::Add)
            }
            What::TimeShifted(one, other, sign) => {
                let sign = if *sign < 0.0 { "−" } else { "+" };
                (
                    format!("{} {sign} {}", self.part(one, Strength::Add), self.part(other, Strength::Multiply)),
                    Strength::Add,
                )
            }
            What::Compare(operator, _, one, other) => (self.comparison(*operator, one, other), Strength::Compare),
            What::Like { text, part, negated } => {
                let sign = if *negated { "!~" } else { "~" };
                (format!("{} {sign} {}", self.side(text, false), self.part(part, Strength::Add)), Strength::Compare)
            }
            What::In { value, list, negated, .. } => {
                let list = self.list(list, ", ", Strength::Or);
                (format!("{} {}in ({list})", self.side(value, false), not(negated)), Strength::Compare)
            }
            What::Between { value, low, high, negated, .. } => {
                let (low, high) = (self.part(low, Strength::Add), self.part(high, Strength::Add));
                (format!("{} {}between {low} and {high}", self.side(value, false), not(negated)), Strength::Compare)
            }
            What::IsMissing { value, negated } => {
                (format!("{} is {}missing", self.source(value), not(negated)), Strength::Compare)
            }
            What::Call(function, arguments) => {
                (format!("{}({})", function.as_str(), self.list(arguments, ", ", Strength::Or)), Strength::Single)
            }
        }
    }

    fn comparison(&self, operator: Compare, one: &Typed, other: &Typed) -> String {
        let sign = match operator {
            Compare::NotEqual => "≠",
            Compare::LessOrEqual => "≤",
            Compare::GreaterOrEqual => "≥",
            other => other.as_str(),
        };
        // Enough digits to show the difference: `0.01 < 0.01` would explain nothing.
        let numbers = [one, other].map(|side| match self.inputs.answer(side) {
            Ok(Value::Number(number)) => Some(number),
            _ => None,
        });
        let fully = match numbers {
            [Some(a), Some(b)] => a.to_bits() != b.to_bits() && short(a) == short(b),
            _ => false,
        };
        format!("{} {sign} {}", self.side(one, fully), self.side(other, fully))
    }

    /// One side of a comparison: its expression, and its value unless the expression is the value.
    fn side(&self, part: &Typed, fully: bool) -> String {
        let inner = match &part.what {
            What::Convert(one, _) => one,
            _ => part,
        };
        let value = self.inputs.answer(part);
        let (text, strength) = match &inner.what {
            What::Number(_) | What::Text(_) | What::Bool(_) | What::Time(_) => return self.part(inner, Strength::Add),
            What::Negate(one) if matches!(one.what, What::Number(_)) => return self.part(inner, Strength::Add),
            What::Name(_) | What::Aggregate(_) => (self.source(inner).to_owned(), Strength::Single),
            _ => self.bare(inner),
        };
        let text = if strength < Strength::Add { format!("({text})") } else { text };
        match value {
            Ok(Value::Number(number)) if fully => {
                format!("{text} = {}", with_unit(&print::number(number), part.unit()))
            }
            Ok(value) => format!("{text} = {}", shown(&value, part.unit())),
            Err(_) => text,
        }
    }

    fn aggregate(&self, place: usize, part: &Typed) -> String {
        let source = self.source(part);
        match (self.notes.get(place).and_then(Option::as_ref), self.inputs.answer(part)) {
            (Some(note), _) => format!("{source} ({note})"),
            (None, Ok(value)) => format!("{source} = {}", shown(&value, part.unit())),
            (None, Err(_)) => source.to_owned(),
        }
    }
}

/// A value in place of a name, and the binding strength of its sign or unit.
fn placed(value: &Value, part: &Typed) -> (String, Strength) {
    let strength = match value {
        Value::Number(number) if *number < 0.0 => Strength::Add,
        Value::Number(_) if part.unit().is_some_and(|unit| *unit != Unit::one()) => Strength::Multiply,
        _ => Strength::Single,
    };
    (shown(value, part.unit()), strength)
}

fn shown(value: &Value, unit: Option<&Unit>) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => with_unit(&short(*number), unit),
        Value::Time(time) => time.to_string(),
        Value::Text(text) => print::quoted(text),
    }
}

fn with_unit(number: &str, unit: Option<&Unit>) -> String {
    let number = number.replacen('-', "−", usize::from(number.starts_with('-')));
    match unit {
        Some(unit) if *unit != Unit::one() => format!("{number} {unit}"),
        _ => number,
    }
}

/// A number with six digits, or with all digits when it is whole.
fn short(number: f64) -> String {
    const DIGITS: i32 = 6;
    if !number.is_finite() || number == 0.0 || (number.fract() == 0.0 && number.abs() < 1e15) {
        return format!("{number}");
    }
    let scientific = format!("{number:.*e}", DIGITS as usize - 1);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-5..DIGITS + 9).contains(&exponent) {
        let fixed = format!("{number:.*}", (DIGITS - 1 - exponent).max(0) as usize);
        if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed }
    } else {
        format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_six_digits() {
        let check = |number: f64, expect: &str| assert_eq!(short(number), expect);
        check(1.4999, "1.4999");
        check(0.0001, "0.0001");
        check(1.499_900_01, "1.4999");
        check(0.000_012_345_678, "0.0000123457");
        check(0.000_001_234, "1.234e-6");
        check(31_557_600.0, "31557600");
        check(123_456.789, "123457");
        check(1.5e20, "1.5e20");
        check(-0.5, "-0.5");
        check(f64::INFINITY, "inf");
    }
}
