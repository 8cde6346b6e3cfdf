//! A law as text: ASCII that can be evaluated, and a line with units for people.

use std::cell::Cell;

use hven_core::unit::Unit;

use super::dimension::Dimensions;
use super::expression::{Expr, Number};

/// ASCII text that can be evaluated over the columns in their declared units: `2.05 * x^1.5 / (1 + y)`.
pub(crate) fn text(expr: &Expr, names: &[String]) -> String {
    Writer { names, units: None, place: Cell::new(0), digits: 17 }.written(expr).0
}

/// The same with fewer digits and with the units of the constants: `1.0003 yr * (axis / 1 AU)^1.4999`.
pub(crate) fn display(expr: &Expr, names: &[String], dimensions: Option<&Dimensions>) -> String {
    let units = dimensions.map(|d| (d, d.units_of_numbers(expr)));
    Writer { names, units, place: Cell::new(0), digits: 6 }.written(expr).0
}

struct Writer<'a> {
    names: &'a [String],
    units: Option<(&'a Dimensions, Vec<Option<Unit>>)>,
    /// How many numbers were written; their units are in this order.
    place: Cell<usize>,
    digits: usize,
}

/// The precedence of a text.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Precedence {
    Sum,
    Product,
    Power,
    Atom,
}

impl Writer<'_> {
    fn written(&self, expr: &Expr) -> (String, Precedence) {
        match expr {
            Expr::Number(n) => {
                let (text, precedence) = self.number(*n, false);
                (text, if n.value < 0.0 { Precedence::Sum } else { precedence })
            }
            Expr::Variable(i) => (self.names[*i].clone(), Precedence::Atom),
            Expr::Sum(terms) => {
                let mut out = String::new();
                for (k, term) in terms.iter().enumerate() {
                    let (text, precedence) = self.written(term);
                    let text = if precedence == Precedence::Sum && !matches!(term, Expr::Number(_)) {
                        format!("({text})")
                    } else {
                        text
                    };
                    match text.strip_prefix('-') {
                        Some(rest) if k > 0 => out.extend([" - ", rest]),
                        _ if k > 0 => out.extend([" + ", &text]),
                        _ => out += &text,
                    }
                }
                (out, Precedence::Sum)
            }
            Expr::Product(factors) => self.product(factors),
            Expr::Power(base, p) if p.is(1.0) => {
                let base = self.written(base);
                self.skip();
                base
            }
            Expr::Power(base, p) if p.value < 0.0 => {
                let (below, precedence) = self.power(base, Number { value: -p.value, ..*p });
                (format!("1 / {}", bracketed(below, precedence, Precedence::Power)), Precedence::Product)
            }
            Expr::Power(base, p) => self.power(base, *p),
            Expr::Call(function, argument) => {
                (format!("{}({})", function.name(), self.written(argument).0), Precedence::Atom)
            }
        }
    }

    fn product(&self, factors: &[Expr]) -> (String, Precedence) {
        let mut above = Vec::new();
        let mut below = Vec::new();
        let mut sign = "";
        for (k, factor) in factors.iter().enumerate() {
            match factor {
                Expr::Number(n) if k == 0 && factors.len() > 1 => {
                    if n.value < 0.0 {
                        sign = "-";
                    }
                    let size = Number { value: n.value.abs(), ..*n };
                    let bare = self.number(size, true).0;
                    if !(n.is(-1.0) || n.is(1.0)) {
                        above.push(bare);
                    }
                }
                Expr::Power(base, p) if p.value < 0.0 => {
                    let (text, precedence) = self.power(base, Number { value: -p.value, ..*p });
                    below.push(bracketed(text, precedence, Precedence::Power));
                }
                other => {
                    let (text, precedence) = self.written(other);
                    above.push(bracketed(text, precedence, Precedence::Power));
                }
            }
        }
        let top = if above.is_empty() { "1".to_owned() } else { above.join(" * ") };
        let text = match below.len() {
            0 => top,
            1 => format!("{top} / {}", below[0]),
            _ => format!("{top} / ({})", below.join(" * ")),
        };
        (format!("{sign}{text}"), Precedence::Product)
    }

    /// A base with a positive exponent. With a fitted exponent the base is divided by its unit.
    fn power(&self, base: &Expr, p: Number) -> (String, Precedence) {
        let (mut text, mut precedence) = self.written(base);
        let exponent = self.exponent(p);
        if let Some((dimensions, _)) = &self.units
            && p.is_fitted()
            && let Some(unit) = dimensions.divisor(base)
        {
            text = format!("({} / 1 {unit})", bracketed(text, precedence, Precedence::Power));
            precedence = Precedence::Atom;
        }
        match p {
            p if p.is(1.0) => (text, precedence),
            p if p.is(0.5) => (format!("sqrt({text})"), Precedence::Atom),
            _ => (format!("{}^{exponent}", bracketed(text, precedence, Precedence::Atom)), Precedence::Power),
        }
    }

    fn exponent(&self, p: Number) -> String {
        self.skip();
        short(p.value, self.digits)
    }

    fn skip(&self) {
        self.place.set(self.place.get() + 1);
    }

    /// A number with its unit, if it has one. In a product, a unit that is a quotient needs brackets.
    fn number(&self, n: Number, in_product: bool) -> (String, Precedence) {
        let place = self.place.get();
        self.skip();
        let text = short(n.value, self.digits);
        let unit = self.units.as_ref().and_then(|(_, units)| units.get(place).cloned().flatten());
        match unit.map(|u| u.to_string()).filter(|u| u != "1") {
            None => (text, Precedence::Atom),
            Some(unit) if in_product => (format!("{text} {unit}"), Precedence::Atom),
            Some(unit) => (format!("{text} {unit}"), Precedence::Atom),
        }
    }
}

fn bracketed(text: String, own: Precedence, wanted: Precedence) -> String {
    if own >= wanted { text } else { format!("({text})") }
}

/// A number with this many digits, without trailing zeros.
pub(crate) fn short(value: f64, digits: usize) -> String {
    if digits >= 17 {
        // The shortest text that is parsed as the same number.
        let plain = format!("{value}");
        return if plain.len() > 22 { format!("{value:e}") } else { plain };
    }
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
