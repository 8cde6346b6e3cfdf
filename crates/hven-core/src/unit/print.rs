//! Writes computed units, in the spelling of CF: `kg m^2/s^2`, `yr/AU^1.5`, `1/s`.

use super::{
    Rational, Scale,
    scale::{Generator, SIGNIFICAND_MAX},
};

/// A product of names with exponents: factors of the numerator separated by spaces, each factor of the denominator after a
/// slash. `number` is first.
pub(super) fn product(number: &str, factors: impl Iterator<Item = (String, Rational)>) -> String {
    let mut text = number.to_owned();
    let mut below = String::new();
    for (name, exponent) in factors.filter(|(_, exponent)| !exponent.is_zero()) {
        match exponent.negate() {
            Ok(positive) if exponent.is_negative() => {
                below.push('/');
                below.push_str(&power(&name, positive));
            }
            _ => {
                text.push_str(if text.is_empty() { "" } else { " " });
                text.push_str(&power(&name, exponent));
            }
        }
    }
    if text.is_empty() {
        text.push('1');
    }
    text + &below
}

fn power(name: &str, exponent: Rational) -> String {
    let digits = exponent.to_string();
    match exponent {
        Rational::ONE => name.to_owned(),
        _ if digits.contains('/') => format!("{name}^({digits})"),
        _ => format!("{name}^{digits}"),
    }
}

/// A number as a factor of a unit; it may only contain primes. Empty for 1.
pub(super) fn number(scale: &Scale) -> String {
    let exponent_of = |wanted: u64| {
        let found = scale.generators().iter().find(|(generator, _)| *generator == Generator::Prime(wanted));
        found.map_or(Rational::ZERO, |(_, exponent)| *exponent)
    };
    let (twos, fives) = (exponent_of(2), exponent_of(5));
    if scale.generators().iter().all(|(generator, _)| matches!(generator, Generator::Prime(2 | 5))) && twos == fives {
        return if twos.is_zero() { String::new() } else { power("10", twos) };
    }
    if let Some(text) = decimal(scale, twos.min(fives)) {
        return text;
    }
    let primes = scale.generators().iter().filter_map(|(generator, exponent)| match generator {
        Generator::Prime(prime) => Some(power(&prime.to_string(), *exponent)),
        _ => None,
    });
    primes.collect::<Vec<_>>().join(" ")
}

/// `1.5`, `1e9`…: only when the number is exact. `tens` is its power of ten.
fn decimal(scale: &Scale, tens: Rational) -> Option<String> {
    if !tens.is_whole() || tens.numerator().abs() > 300 {
        return None;
    }
    let rest = scale.divide(&Scale::decimal(1, tens.numerator())?).ok()?;
    let (significand, below) = rest.quotient()?;
    if below != 1 || significand > SIGNIFICAND_MAX {
        return None;
    }
    let digits = format!("{significand}");
    let places = usize::from(tens.numerator().unsigned_abs());
    match tens.numerator() {
        0 => Some(digits),
        1..=6 => Some(format!("{digits}{}", "0".repeat(places))),
        -6..=-1 if digits.len() > places => {
            let (whole, decimals) = digits.split_at(digits.len() - places);
            Some(format!("{whole}.{decimals}"))
        }
        -6..=-1 => Some(format!("0.{digits:0>places$}")),
        exponent => Some(format!("{digits}e{exponent}")),
    }
}
