//! A law as text: a formula that can be evaluated, and a line with units for people. Both are expressions of Hven's language
//! (docs/expressions.md): names that are no plain words are in backticks, and units in brackets.

use std::cell::Cell;

use hven_core::{
    expression::name_in_formula,
    unit::{Rational, Unit},
};

use super::dimension::Dimensions;
use super::expression::{Expr, Number};

/// A formula that can be evaluated over the columns in their declared units: `2.05 * x^1.5 / (1 + y)`.
pub(crate) fn text(expr: &Expr, names: &[String]) -> String {
    Writer { names, units: None, place: Cell::new(0), digits: 17 }.written(expr).0
}

/// The same with fewer digits and with the units of the constants: `1.0003 [yr] * (axis / 1 [AU])^1.4999`.
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
            Expr::Number(n) => (self.number(*n), if n.value < 0.0 { Precedence::Sum } else { Precedence::Atom }),
            Expr::Variable(i) => (name_in_formula(&self.names[*i]), Precedence::Atom),
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
                    let bare = self.number(size);
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
            text = format!("({} / 1 [{unit}])", bracketed(text, precedence, Precedence::Power));
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
        let text = short(p.value, self.digits);
        // A rounded third would give a base with a unit another unit.
        let is_rounded = !p.is_fitted() && text.parse::<f64>().is_ok_and(|read| read.to_bits() != p.value.to_bits());
        match Rational::from_f64(p.value).filter(|_| is_rounded) {
            Some(fraction) => format!("({fraction})"),
            None => text,
        }
    }

    fn skip(&self) {
        self.place.set(self.place.get() + 1);
    }

    /// A number with its unit, if it has one.
    fn number(&self, n: Number) -> String {
        let place = self.place.get();
        self.skip();
        let text = short(n.value, self.digits);
        let unit = self.units.as_ref().and_then(|(_, units)| units.get(place).cloned().flatten());
        match unit.filter(|unit| *unit != Unit::one()) {
            None => text,
            Some(unit) => format!("{text} [{unit}]"),
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

#[cfg(test)]
mod tests {
    use hven_core::expression::{Context, Expression, Schema, Type, Value};
    use proptest::prelude::*;

    use super::super::expression::Function;
    use super::*;

    /// The value of a law, if all of its parts are finite.
    fn value(expr: &Expr, row: &[f64]) -> Option<f64> {
        let found = match expr {
            Expr::Number(n) => n.value,
            Expr::Variable(i) => row[*i],
            Expr::Sum(terms) => terms.iter().map(|term| value(term, row)).sum::<Option<f64>>()?,
            Expr::Product(factors) => factors.iter().map(|factor| value(factor, row)).product::<Option<f64>>()?,
            Expr::Power(base, p) => value(base, row)?.powf(p.value),
            Expr::Call(function, argument) => function.value(value(argument, row)?),
        };
        // A quotient by a number near 0 has no digits that can be compared.
        (found.is_finite() && (found == 0.0 || (1e-6..1e6).contains(&found.abs()))).then_some(found)
    }

    fn number() -> impl Strategy<Value = Number> {
        let values =
            prop_oneof![-9.0..9.0_f64, prop::sample::select(vec![-1.0, 1.0, 2.0, -0.5, 1e-9, 3e12, 1.0 / 3.0])];
        (values, any::<bool>()).prop_map(|(v, fitted)| if fitted { Number::fitted(v) } else { Number::exact(v) })
    }

    fn exponent() -> impl Strategy<Value = Number> {
        prop_oneof![
            prop::sample::select(vec![-2.0, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 3.0, 1.0 / 3.0]).prop_map(Number::exact),
            (-2.0..2.0_f64).prop_map(Number::fitted),
        ]
    }

    fn above(leaf: impl Strategy<Value = Expr> + 'static) -> impl Strategy<Value = Expr> {
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::Sum),
                prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::Product),
                (inner.clone(), exponent()).prop_map(|(base, p)| Expr::Power(Box::new(base), p)),
                (inner, prop::sample::select(Function::ALL.to_vec())).prop_map(|(of, function)| of.call(function)),
            ]
        })
    }

    fn trees() -> impl Strategy<Value = Expr> {
        above(prop_oneof![number().prop_map(Expr::Number), (0..3_usize).prop_map(Expr::Variable)].boxed())
    }

    /// Laws whose units agree, because each variable has an open constant or is divided by its unit.
    fn trees_with_units() -> impl Strategy<Value = Expr> {
        let fitted = || (0.1..9.0_f64).prop_map(Number::fitted);
        let leaf = prop_oneof![
            fitted().prop_map(Expr::Number),
            (fitted(), 0..3_usize).prop_map(|(n, i)| Expr::Number(n).times(Expr::Variable(i))),
            (fitted(), 0..3_usize).prop_map(|(p, i)| Expr::Power(Box::new(Expr::Variable(i)), p)),
        ];
        (fitted(), above(leaf.boxed())).prop_map(|(n, tree)| Expr::Number(n).times(tree))
    }

    fn names() -> impl Strategy<Value = Vec<String>> {
        let known = [
            "x",
            "E",
            "exp",
            "and",
            "I",
            "log",
            "ln",
            "mass (kg)",
            "a * c",
            "a + b",
            "x^2",
            "x²",
            "1e5",
            "1/y",
            "质量",
            "-a",
            "x.high",
            "a`b",
            "`",
            "``",
            "`a`",
            " ",
            "2",
            "a.b",
            "true",
            "between",
            "it's",
            "a\tb",
            "µ",
            "[kg]",
            "5 [kg]",
            "x[5]",
            "b-foo",
            "1B",
            "x.0",
            "$a",
            "Depth rel. skull [mm]",
            "foo__16_bar",
            "a == b",
            "H2Ca2",
        ];
        let one = prop_oneof![prop::sample::select(known.to_vec()).prop_map(str::to_owned), "\\PC{1,6}"];
        prop::collection::hash_set(one, 3).prop_map(|names| names.into_iter().collect())
    }

    fn read(text: &str, names: &[String], types: &[Type], row: &[f64]) -> (f64, Type) {
        let schema = Schema::new(Context::Row, names.iter().cloned().zip(types.iter().cloned()));
        let checked = Expression::parse(text).and_then(|read| read.check(&schema));
        let checked = checked.unwrap_or_else(|wrong| panic!("{}", wrong.render(text)));
        let value_of = |name: &str| names.iter().position(|known| known == name).map(|at| Value::Number(row[at]));
        match checked.evaluate(&value_of) {
            Ok(Value::Number(value)) => (value, checked.type_of().clone()),
            other => panic!("{text} gives {other:?}"),
        }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-7 * a.abs().max(b.abs()).max(1e-7)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

        #[test]
        fn the_text_is_an_expression_with_the_same_values(
            tree in trees(), names in names(), row in prop::collection::vec(0.1..5.0_f64, 3)
        ) {
            if let Some(wanted) = value(&tree, &row) {
                let text = text(&tree, &names);
                let (found, _) = read(&text, &names, &[Type::NUMBER, Type::NUMBER, Type::NUMBER], &row);
                prop_assert!(near(found, wanted), "{text}: {found}, wanted {wanted}");
            }
        }

        #[test]
        fn the_line_with_units_is_an_expression_in_the_unit_of_the_target(
            tree in trees_with_units(), names in names(), row in prop::collection::vec(0.1..5.0_f64, 3)
        ) {
            let unit = |text: &str| Unit::parse(text).expect("a unit");
            let inputs = vec![unit("AU"), unit("km/s/Mpc"), unit("mm[Hg]")];
            let target = unit("yr");
            let dimensions = Dimensions { inputs: inputs.clone(), target: target.clone() };
            if let (Some(wanted), None) = (value(&tree, &row), dimensions.breach(&tree)) {
                let units = Some((&dimensions, dimensions.units_of_numbers(&tree)));
                let writer = Writer { names: &names, units, place: Cell::new(0), digits: 17 };
                let text = writer.written(&tree).0;
                let types: Vec<Type> = inputs.into_iter().map(Type::in_unit).collect();
                let (found, type_) = read(&text, &names, &types, &row);
                let Type::Number { unit: Some(unit) } = type_ else { panic!("{text} has no unit") };
                prop_assert_eq!(unit.dimension(), target.dimension(), "{}", text);
                let found = found * unit.scale().value() / target.scale().value();
                prop_assert!(near(found, wanted), "{text}: {found}, wanted {wanted}");
            }
        }
    }

    #[test]
    fn names_that_could_be_misread_are_in_backticks() {
        let law = |names: [&str; 3]| {
            let names = names.map(str::to_owned);
            let tree =
                Expr::exact(2.0).times(Expr::Variable(0)).plus(Expr::Variable(1).times(Expr::Variable(2).power(-2.0)));
            text(&tree, &names)
        };
        assert_eq!(law(["x", "axis_1", "x.high"]), "2 * x + axis_1 / x.high^2");
        assert_eq!(law(["a", "a * c", "x^2"]), "2 * a + `a * c` / `x^2`^2");
        assert_eq!(law(["E", "and", "Exp"]), "2 * `E` + `and` / `Exp`^2");
        assert_eq!(law(["质量", "x²", "mass (kg)"]), "2 * 质量 + `x²` / `mass (kg)`^2");
        assert_eq!(law(["a`b", "1e5", "ln"]), "2 * `a``b` + `1e5` / `ln`^2");
    }
}
