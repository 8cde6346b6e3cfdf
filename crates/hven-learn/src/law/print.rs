//! A law as text.

use super::expression::{Expr, Number};

/// ASCII that can be evaluated: `2.05 * x^1.5 / (1 + y)`.
pub(crate) fn text(expr: &Expr, names: &[String]) -> String {
    written(expr, names).0
}

/// How tightly a text binds.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binds {
    Sum,
    Product,
    Power,
    Atom,
}

fn written(expr: &Expr, names: &[String]) -> (String, Binds) {
    match expr {
        Expr::Number(n) => (number(*n), if n.value < 0.0 { Binds::Sum } else { Binds::Atom }),
        Expr::Variable(i) => (names[*i].clone(), Binds::Atom),
        Expr::Sum(terms) => {
            let mut out = String::new();
            for (k, term) in terms.iter().enumerate() {
                let text = at_least(term, names, Binds::Product);
                match text.strip_prefix('-') {
                    Some(rest) if k > 0 => out += &format!(" - {rest}"),
                    _ if k > 0 => out += &format!(" + {text}"),
                    _ => out += &text,
                }
            }
            (out, Binds::Sum)
        }
        Expr::Product(factors) => {
            let mut above = Vec::new();
            let mut below = Vec::new();
            let mut sign = "";
            for (k, factor) in factors.iter().enumerate() {
                match factor {
                    Expr::Number(n) if k == 0 && n.value < 0.0 && factors.len() > 1 => {
                        sign = "-";
                        if !n.is(-1.0) {
                            above.push(number(Number { value: -n.value, ..*n }));
                        }
                    }
                    Expr::Power(base, p) if p.value < 0.0 => {
                        let flipped = Expr::Power(base.clone(), Number { value: -p.value, ..*p });
                        below.push(at_least(&flipped, names, Binds::Power));
                    }
                    other => above.push(at_least(other, names, Binds::Power)),
                }
            }
            let top = if above.is_empty() { "1".to_owned() } else { above.join(" * ") };
            let text = match below.len() {
                0 => top,
                1 => format!("{top} / {}", below[0]),
                _ => format!("{top} / ({})", below.join(" * ")),
            };
            (format!("{sign}{text}"), Binds::Product)
        }
        Expr::Power(base, p) if p.is(1.0) => written(base, names),
        Expr::Power(base, p) if p.is(0.5) => (format!("sqrt({})", text(base, names)), Binds::Atom),
        Expr::Power(base, p) if p.value < 0.0 => {
            let flipped = Expr::Power(base.clone(), Number { value: -p.value, ..*p });
            (format!("1 / {}", at_least(&flipped, names, Binds::Power)), Binds::Product)
        }
        Expr::Power(base, p) => (format!("{}^{}", at_least(base, names, Binds::Atom), number(*p)), Binds::Power),
        Expr::Call(function, argument) => (format!("{}({})", function.name(), text(argument, names)), Binds::Atom),
    }
}

fn at_least(expr: &Expr, names: &[String], binds: Binds) -> String {
    let (text, own) = written(expr, names);
    if own >= binds || (binds == Binds::Product && matches!(expr, Expr::Number(_))) { text } else { format!("({text})") }
}

fn number(n: Number) -> String {
    short(n.value, 6)
}

/// A number with this many digits, without trailing zeros.
pub(crate) fn short(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-5..=9).contains(&exponent) {
        let text = format!("{value:.*e}", digits - 1);
        return match text.split_once('e') {
            Some((mantissa, e)) if mantissa.contains('.') => {
                format!("{}e{e}", mantissa.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => text,
        };
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
