//! The results of operators and functions.

use std::borrow::Cow;

use super::{Arithmetic, Compare, Function};
use crate::Time;

/// A quotient by zero is not a number, because it has no defined value; so is a power that is not real.
#[inline]
pub(super) fn arithmetic(operator: Arithmetic, a: f64, b: f64) -> f64 {
    match operator {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => divide(a, b),
        Arithmetic::Power => power(a, b),
    }
}

#[inline]
pub(super) fn divide(a: f64, b: f64) -> f64 {
    if b == 0.0 { f64::NAN } else { a / b }
}

#[inline]
pub(super) fn power(a: f64, b: f64) -> f64 {
    // An unknown value stays unknown, also where IEEE 754 defines a result (NaN^0, 1^NaN).
    if a.is_nan() || b.is_nan() || (a == 0.0 && b < 0.0) { f64::NAN } else { a.powf(b) }
}

// Numbers are equal as in IEEE 754: a test defines its own tolerance.
#[allow(clippy::float_cmp)]
#[inline]
pub(super) fn compare_numbers(operator: Compare, a: f64, b: f64) -> bool {
    match operator {
        Compare::Equal => a == b,
        Compare::NotEqual => a != b,
        Compare::Less => a < b,
        Compare::LessOrEqual => a <= b,
        Compare::Greater => a > b,
        Compare::GreaterOrEqual => a >= b,
    }
}

/// Functions of one number; NaN where they have no value.
#[inline]
pub(super) fn function_of_number(function: Function, x: f64) -> f64 {
    match function {
        Function::Abs => x.abs(),
        Function::Sqrt => x.sqrt(),
        Function::Exp => x.exp(),
        Function::Log | Function::Log10 | Function::Log2 if x <= 0.0 => f64::NAN,
        Function::Log => x.ln(),
        Function::Log10 => x.log10(),
        Function::Log2 => x.log2(),
        Function::Sin => x.sin(),
        Function::Cos => x.cos(),
        Function::Tan => x.tan(),
        Function::Tanh => x.tanh(),
        Function::Asin => x.asin(),
        Function::Acos => x.acos(),
        Function::Atan => x.atan(),
        Function::Round => x.round(),
        Function::Floor => x.floor(),
        Function::Ceil => x.ceil(),
        _ => f64::NAN,
    }
}

pub(super) fn text_test(function: Function, text: &str, part: &str) -> bool {
    match function {
        Function::Contains => text.contains(part),
        Function::StartsWith => text.starts_with(part),
        Function::EndsWith => text.ends_with(part),
        _ => matches_pattern(text, part),
    }
}

/// Whether a part occurs in a text, case-insensitive.
pub(super) fn like(text: &str, part: &str) -> bool {
    fn small(text: &str) -> Cow<'_, str> {
        if text.chars().any(char::is_uppercase) { text.to_lowercase().into() } else { text.into() }
    }
    small(text).contains(&*small(part))
}

/// `*` matches any letters, `?` matches one. The time is at most the product of both lengths.
pub(super) fn matches_pattern(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut wanted) = (0, 0);
    let mut star = None;
    while at < text.len() {
        match pattern.get(wanted) {
            Some('*') => {
                star = Some((wanted, at));
                wanted += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[at] => {
                (at, wanted) = (at + 1, wanted + 1);
            }
            _ => match star {
                // The last star matches one letter more.
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (at, wanted) = (taken + 1, place + 1);
                }
                None => return false,
            },
        }
    }
    pattern[wanted..].iter().all(|letter| *letter == '*')
}

pub(super) fn seconds_between(later: Time, earlier: Time) -> f64 {
    (i128::from(later.micros()) - i128::from(earlier.micros())) as f64 / 1e6
}

pub(super) fn shifted(time: Time, seconds: f64) -> Time {
    time.plus_micros((seconds * 1e6).round() as i64)
}
