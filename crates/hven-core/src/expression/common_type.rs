//! Converts two values to one unit and one type.
//!
//! A number without unit cannot be combined with a number that has a unit, because this is the most common mistake; 0 alone is
//! 0 in every unit. Literals in the source are converted rather than values from outside.

use super::{
    Type, print,
    typed::{Typed, What},
};
use crate::{Time, Unit, diagnostic::Diagnostic, unit::Conversion};

type Result<T> = std::result::Result<T, Diagnostic>;

/// A number in another unit.
pub(super) fn converted(one: Typed, to: &Unit) -> Result<Typed> {
    let from = one.unit().cloned().unwrap_or_default();
    let conversion = from.conversion(to).map_err(|error| Diagnostic::new(one.span.clone(), error.to_string()))?;
    Ok(with_conversion(one, conversion, Some(to.clone())))
}
fn with_conversion(one: Typed, conversion: Conversion, unit: Option<Unit>) -> Typed {
    let (span, type_) = (one.span.clone(), Type::Number { unit });
    if conversion.is_identity() {
        return Typed { type_, ..one };
    }
    let constant = one.constant.map(|value| conversion.apply(value));
    Typed { what: What::Convert(Box::new(one), conversion), type_, span, constant }
}
/// A dimensionless number as a plain one; an angle in radians.
pub(super) fn plain(one: Typed) -> Result<Typed> {
    let Some(unit) = one.unit() else { return Ok(one) };
    let conversion = unit
        .conversion(&Unit::one())
        .map_err(|_| Diagnostic::new(one.span.clone(), format!("a plain number is wanted; this is {}", one.type_)))?;
    Ok(with_conversion(one, conversion, None))
}

/// Both sides of a comparison in one unit; a text that is compared with a time is read as a time. Literals in the source are
/// converted rather than values from outside.
pub(super) fn alike(one: Typed, other: Typed) -> Result<(Typed, Typed)> {
    let first_follows = one.constant.is_some() && other.constant.is_none();
    if first_follows || (other.type_ == Type::Time && one.type_ == Type::Text) {
        let one = comparable(&other, one)?;
        return Ok((one, other));
    }
    let other = comparable(&one, other)?;
    Ok((one, other))
}

/// A value that can be compared with `measure`, in its unit.
pub(super) fn comparable(measure: &Typed, value: Typed) -> Result<Typed> {
    match (&measure.type_, &value.type_, &value.what) {
        (Type::Number { .. }, Type::Number { .. }, _) => in_unit_of(measure, value),
        (Type::Time, Type::Text, What::Text(text)) => {
            let time = read_time(text).ok_or_else(|| {
                let help = "write '2026-05-01' or '2026-05-01T12:00:00Z'";
                Diagnostic::new(value.span.clone(), format!("`{text}` is not a time")).help(help)
            })?;
            Ok(Typed { what: What::Time(time), type_: Type::Time, ..value })
        }
        (a, b, _) if a == b => Ok(value),
        _ => Err(mismatch(measure, &value)),
    }
}

/// A number in the unit of another.
fn in_unit_of(measure: &Typed, value: Typed) -> Result<Typed> {
    match (measure.unit().cloned(), value.unit().cloned()) {
        (None, None) => Ok(value),
        (Some(a), Some(b)) if !a.is_compatible(&b) => Err(incompatible(measure, &value, &a, &b)),
        (Some(a), Some(_)) => converted(value, &a),
        (Some(_), None) if value.is_zero() => Ok(Typed { type_: measure.type_.clone(), ..value }),
        (None, Some(_)) if measure.is_zero() => Ok(value),
        // A radian, a count: plain numbers with a name. So is a percentage or an angle, when the other side is computed.
        (Some(a), None) if may_be_plain(&a, &value) => converted(value, &a),
        (None, Some(b)) if may_be_plain(&b, measure) => plain(value),
        (Some(a), None) => Err(without_unit(&value, &a)),
        (None, Some(b)) => Err(without_unit(measure, &b)),
    }
}

fn may_be_plain(unit: &Unit, other: &Typed) -> bool {
    unit.is_dimensionless() && (unit.scale().is_one() || !other.is_bare_literal())
}

fn without_unit(number: &Typed, unit: &Unit) -> Diagnostic {
    let span = number.span.clone();
    if number.is_bare_literal() {
        let value = print::number(number.constant.unwrap_or_default());
        let wrong = Diagnostic::new(span, format!("{value} has no unit, and the other side is in {unit}"));
        return wrong.help(format!("write `{value} [{unit}]`"));
    }
    let wrong = Diagnostic::new(span, format!("this has no unit, and the other side is in {unit}"));
    wrong.help(format!("give it a unit where it comes from, or multiply it by `1 [{unit}]`"))
}

fn incompatible(one: &Typed, other: &Typed, a: &Unit, b: &Unit) -> Diagnostic {
    let message = format!("{a} and {b} do not measure the same: {} and {}", a.dimension(), b.dimension());
    let span = one.span.start.min(other.span.start)..one.span.end.max(other.span.end);
    Diagnostic::new(span, message).help("compare and add only quantities of one dimension")
}

fn mismatch(one: &Typed, other: &Typed) -> Diagnostic {
    let message = format!("{} cannot be compared with {}", one.type_, other.type_);
    let span = one.span.start.min(other.span.start)..one.span.end.max(other.span.end);
    let wrong = Diagnostic::new(span, message);
    let quoted = [one, other].into_iter().find_map(|side| match &side.what {
        What::Text(text) if text.trim().parse::<f64>().is_ok() => Some(text.trim().to_owned()),
        _ => None,
    });
    let number = [one, other].into_iter().find(|side| side.is_bare_literal() && side.type_.is_number());
    match (quoted, number) {
        (Some(text), _) => wrong.help(format!("write {text} without quotes for the number")),
        (None, Some(number)) if one.type_ == Type::Text || other.type_ == Type::Text => {
            let value = print::number(number.constant.unwrap_or_default());
            wrong.help(format!("write '{value}' with quotes for the text"))
        }
        _ => wrong,
    }
}

/// A time as people write it: RFC 3339, or a date, which means its first moment in UTC.
fn read_time(text: &str) -> Option<Time> {
    let text = text.trim();
    text.parse().ok().or_else(|| format!("{text}T00:00:00Z").parse().ok())
}
