//! Recognises simple numbers behind fitted ones: 0.9999999998 is 1, 0.0795775 is 1/(4π).
//!
//! A fitted number is replaced only if that loses nothing: in an exact law, or where the data cannot distinguish the two to
//! seven digits. A measured 1.4999 stays 1.4999; the result also says that 3/2 lies in its interval.

use std::f64::consts::PI;

use super::expression::{Expr, Number, Origin};
use super::fit::{fit, loss};
use super::pool::Pool;

/// A simple number: `above / below` times a named factor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Simple {
    pub value: f64,
    pub text: String,
    cost: f64,
}

fn families() -> [(f64, &'static str, f64); 8] {
    [
        (1.0, "", 0.0),
        (PI, "pi", 3.0),
        (1.0 / PI, "/pi", 3.0),
        (PI * PI, "pi^2", 5.0),
        (1.0 / (PI * PI), "/pi^2", 5.0),
        ((2.0 * PI).sqrt(), "sqrt(2 pi)", 6.0),
        (1.0 / (2.0 * PI).sqrt(), "/sqrt(2 pi)", 6.0),
        (2f64.sqrt(), "sqrt(2)", 5.0),
    ]
}

/// The simplest number between `low` and `high`.
pub(crate) fn simplest_between(low: f64, high: f64) -> Option<Simple> {
    let mut best: Option<Simple> = None;
    for (factor, name, family_cost) in families() {
        for below in [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 9.0, 10.0, 12.0, 16.0] {
            let above = (f64::midpoint(low, high) / factor * below).round();
            let value = above / below * factor;
            if !(low..=high).contains(&value) || above == 0.0 || above.abs() > 200.0 {
                continue;
            }
            let cost = family_cost + above.abs().ln() + f64::ln(below) * 1.5;
            if best.as_ref().is_none_or(|b| cost < b.cost) {
                best = Some(Simple { value, text: spelled(above, below, name), cost });
            }
        }
    }
    best
}

fn spelled(above: f64, below: f64, factor: &str) -> String {
    let (over, under) = match factor.strip_prefix('/') {
        Some(under) => ("", under),
        None => (factor, ""),
    };
    let top = match (above, over) {
        (_, "") => format!("{above}"),
        (1.0, over) => over.to_owned(),
        (-1.0, over) => format!("-{over}"),
        (above, over) => format!("{above} {over}"),
    };
    match (below, under) {
        (1.0, "") => top,
        (below, "") => format!("{top}/{below}"),
        (1.0, under) => format!("{top}/{under}"),
        (below, under) => format!("{top}/({below} {under})"),
    }
}

/// The law with all replaceable numbers replaced, and its loss.
pub(crate) fn recognise(expr: &Expr, pool: &Pool<'_>) -> (Expr, f64) {
    let mut current = expr.clone();
    let mut reached = loss(&current, pool.sample);
    let exact = reached <= pool.floor();
    let mut place = 0;
    loop {
        let numbers = numbers(&current);
        let Some(number) = numbers.get(place) else { break };
        if number.is_fitted() {
            let reach = if exact { 1e-5 } else { 1e-7 } * number.value.abs().max(1e-12);
            let simple = simplest_between(number.value - reach, number.value + reach);
            if let Some((next, loss)) = simple.and_then(|s| replaced(&current, place, s.value, reached, pool)) {
                let changed_form = self::numbers(&next).len() != numbers.len();
                current = next;
                reached = loss;
                if changed_form {
                    place = 0;
                    continue;
                }
            }
        }
        place += 1;
    }
    (current, reached)
}

fn numbers(expr: &Expr) -> Vec<Number> {
    let mut all = Vec::new();
    expr.numbers(&mut |n| all.push(*n));
    all
}

/// The law with the number at `place` fixed, if that loses nothing; as part of the form if the units allow it.
fn replaced(expr: &Expr, place: usize, value: f64, reached: f64, pool: &Pool<'_>) -> Option<(Expr, f64)> {
    for origin in [Origin::Form, Origin::Recognised] {
        let mut trial = expr.clone();
        let mut at = 0;
        let mut exponent = false;
        mark_exponents(&trial, place, &mut 0, &mut exponent);
        // Only exponents and ±1 become part of the form; any other number is a known constant.
        if origin == Origin::Form && !exponent && (value.abs() - 1.0).abs() > 1e-12 {
            continue;
        }
        trial.numbers_mut(&mut |n| {
            if at == place {
                *n = Number { value, origin };
            }
            at += 1;
        });
        let trial = pool.signs.normal(&trial);
        if pool.dimensions.is_some_and(|d| d.breach(&trial).is_some()) {
            continue;
        }
        let mut trial = trial;
        let next = fit(&mut trial, pool.sample, 30);
        if next <= reached.max(pool.floor()) * (1.0 + 1e-9) {
            return Some((trial, next));
        }
    }
    None
}

fn mark_exponents(expr: &Expr, place: usize, at: &mut usize, found: &mut bool) {
    match expr {
        Expr::Number(_) => *at += 1,
        Expr::Variable(_) => {}
        Expr::Sum(members) | Expr::Product(members) => {
            for member in members {
                mark_exponents(member, place, at, found);
            }
        }
        Expr::Power(base, _) => {
            mark_exponents(base, place, at, found);
            *found |= *at == place;
            *at += 1;
        }
        Expr::Call(_, argument) => mark_exponents(argument, place, at, found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_numbers_are_spelled_out() {
        for (value, expected) in [
            (0.999_999_999_8, "1"),
            (1.5, "3/2"),
            (0.079_577_471_545_947_67, "1/(4 pi)"),
            (15.707_963_267_948_966, "5 pi"),
            (0.398_942_280_401_432_7, "1/sqrt(2 pi)"),
            (-0.125, "-1/8"),
        ] {
            let reach = 1e-7 * f64::abs(value);
            let text = simplest_between(value - reach, value + reach).map(|s| s.text);
            assert_eq!(text.as_deref(), Some(expected));
        }
        assert_eq!(simplest_between(1.499_89, 1.499_91), None);
    }
}
