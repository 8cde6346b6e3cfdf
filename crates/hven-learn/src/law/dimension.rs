//! Checks the units of a law, and determines the units of its constants.
//!
//! A fitted constant may have any unit: it is *open*, and so is a product with it. All other parts are closed: the terms of a
//! sum must agree, the argument of a function must be dimensionless, and a fitted exponent applies to its base divided by the
//! base's unit.

use hven_core::unit::{Rational, Unit};

use super::engine_units::Codes;
use super::expression::{Expr, Number, Origin};

#[derive(Debug, Clone)]
pub(crate) struct Dimensions {
    pub inputs: Vec<Unit>,
    pub target: Unit,
}

/// The reason why a law contradicts its units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach(pub String);

/// The unit of a part of a law.
#[derive(Debug, Clone)]
enum Kind {
    Open,
    Closed(Unit),
}

impl Dimensions {
    /// The unit error of this law, if any.
    pub(crate) fn breach(&self, expr: &Expr) -> Option<Breach> {
        match self.kind(expr) {
            Ok(Kind::Open) => None,
            Ok(Kind::Closed(unit)) if unit == self.target => None,
            Ok(Kind::Closed(unit)) => Some(Breach(format!("the law has the unit {unit}, the target {}", self.target))),
            Err(breach) => Some(breach),
        }
    }

    /// The unit of an expression without open constants.
    pub(crate) fn unit(&self, expr: &Expr) -> Option<Unit> {
        match self.kind(expr) {
            Ok(Kind::Closed(unit)) => Some(unit),
            _ => None,
        }
    }

    fn kind(&self, expr: &Expr) -> Result<Kind, Breach> {
        Ok(match expr {
            Expr::Number(n) if n.origin == Origin::Form => Kind::Closed(Unit::one()),
            Expr::Number(_) => Kind::Open,
            Expr::Variable(i) => Kind::Closed(self.inputs[*i].clone()),
            Expr::Sum(terms) => {
                let mut common: Option<Unit> = None;
                for term in terms {
                    match (self.kind(term)?, &common) {
                        (Kind::Open, _) => {}
                        (Kind::Closed(unit), None) => common = Some(unit),
                        (Kind::Closed(unit), Some(other)) if unit == *other => {}
                        (Kind::Closed(unit), Some(other)) => {
                            return Err(Breach(format!("{other} and {unit} are added")));
                        }
                    }
                }
                common.map_or(Kind::Open, Kind::Closed)
            }
            Expr::Product(factors) => {
                let mut unit = Unit::one();
                let mut open = false;
                for factor in factors {
                    match self.kind(factor)? {
                        Kind::Open => open = true,
                        Kind::Closed(other) => unit = unit.multiply(&other).map_err(too_large)?,
                    }
                }
                if open { Kind::Open } else { Kind::Closed(unit) }
            }
            Expr::Power(base, p) => match (self.kind(base)?, rational(*p)) {
                (Kind::Open, Some(_)) => Kind::Open,
                (Kind::Closed(unit), Some(p)) => Kind::Closed(unit.power(p).map_err(too_large)?),
                (_, None) => Kind::Closed(Unit::one()),
            },
            Expr::Call(function, argument) => match self.kind(argument)? {
                Kind::Open => Kind::Closed(Unit::one()),
                Kind::Closed(unit) if unit == Unit::one() => Kind::Closed(unit),
                Kind::Closed(unit) => {
                    return Err(Breach(format!("{} is taken of something in {unit}", function.name())));
                }
            },
        })
    }

    /// The unit of each number of a consistent law, in the order of the text; `None` for numbers of the form.
    pub(crate) fn units_of_numbers(&self, expr: &Expr) -> Vec<Option<Unit>> {
        let mut found = Vec::new();
        self.assign(expr, &self.target, &mut found);
        found
    }

    /// How many constants have a unit.
    pub(crate) fn units_needed(&self, expr: &Expr) -> usize {
        self.units_of_numbers(expr).iter().flatten().filter(|u| **u != Unit::one()).count()
    }

    fn assign(&self, expr: &Expr, wanted: &Unit, found: &mut Vec<Option<Unit>>) {
        match expr {
            Expr::Number(n) => found.push((n.origin != Origin::Form).then(|| wanted.clone())),
            Expr::Variable(_) => {}
            Expr::Sum(terms) => terms.iter().for_each(|t| self.assign(t, wanted, found)),
            Expr::Product(factors) => {
                // The first open factor gets the unit that the closed factors leave.
                let mut left = wanted.clone();
                for factor in factors {
                    if let Ok(Kind::Closed(unit)) = self.kind(factor) {
                        left = left.divide(&unit).unwrap_or_default();
                    }
                }
                for factor in factors {
                    match self.kind(factor) {
                        Ok(Kind::Closed(unit)) => self.assign(factor, &unit, found),
                        _ => self.assign(factor, &std::mem::take(&mut left), found),
                    }
                }
            }
            Expr::Power(base, p) => {
                let inner = match (self.kind(base), rational(*p)) {
                    (Ok(Kind::Closed(unit)), _) => unit,
                    (_, Some(p)) => p.inverse().and_then(|p| wanted.power(p)).unwrap_or_default(),
                    _ => Unit::one(),
                };
                self.assign(base, &inner, found);
                found.push((p.origin != Origin::Form).then(Unit::one));
            }
            Expr::Call(_, argument) => self.assign(argument, &Unit::one(), found),
        }
    }

    /// The unit by which the base of a power with a fitted exponent is divided.
    pub(crate) fn divisor(&self, base: &Expr) -> Option<Unit> {
        self.unit(base).filter(|u| *u != Unit::one())
    }

    /// The dimensions as numbers for the engine.
    pub(crate) fn codes(&self) -> Codes {
        let exponents = |unit: &Unit| {
            let mut all: Vec<f64> = unit.dimension().exponents().iter().map(|e| e.to_f64()).collect();
            // Units of the same dimension but of different size may not be added either.
            all.push(unit.scale().value().ln());
            all
        };
        Codes::new(&self.inputs.iter().map(exponents).collect::<Vec<_>>(), &exponents(&self.target))
    }
}

/// A fixed exponent as a rational number, as units need it.
fn rational(p: Number) -> Option<Rational> {
    if p.is_fitted() { None } else { Rational::from_f64(p.value) }
}

#[allow(clippy::needless_pass_by_value)]
fn too_large(error: hven_core::unit::UnitError) -> Breach {
    Breach(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::expression::Function;
    use super::*;

    fn dimensions() -> Dimensions {
        let unit = |text| Unit::parse(text).unwrap();
        Dimensions { inputs: vec![unit("AU"), unit("m/s"), unit("s")], target: unit("yr") }
    }

    fn check(expr: &Expr, expected: &str) {
        let units = match dimensions().breach(expr) {
            Some(Breach(why)) => why,
            None => dimensions()
                .units_of_numbers(expr)
                .iter()
                .map(|u| u.as_ref().map_or("-".to_owned(), ToString::to_string))
                .collect::<Vec<_>>()
                .join(", "),
        };
        assert_eq!(units, expected);
    }

    #[test]
    fn constants_take_the_units_that_are_needed() {
        let axis = || Expr::Variable(0);
        check(&Expr::fitted(1.0).times(axis().power(1.5)), "yr/AU^1.5, -");
        check(&Expr::fitted(1.0).times(Expr::Power(Box::new(axis()), Number::fitted(1.4999))), "yr, 1");
        check(&axis().plus(Expr::Variable(2)), "AU and s are added");
        check(&axis().power(1.5), "the law has the unit AU^1.5, the target yr");
        check(&Expr::fitted(1.0).times(axis().call(Function::Sin)), "sin is taken of something in AU");
        check(
            &Expr::fitted(2.0).times(Expr::fitted(3.0).times(axis()).call(Function::Exp)).plus(Expr::fitted(4.0)),
            "yr, 1/AU, yr",
        );
        check(&Expr::fitted(2.0).times(Expr::Variable(1).times(Expr::Variable(2)).plus(Expr::fitted(3.0))), "yr/m, m");
    }
}
