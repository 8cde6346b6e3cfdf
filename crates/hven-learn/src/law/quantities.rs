//! Computes the quantities of a law on which a claim can rest, each with an interval.

use hven_core::{
    expression::{name_in_formula, part_in_name},
    unit::Unit,
};

use super::dimension::Dimensions;
use super::expression::{Expr, Origin};
use super::fit::{Sample, fit, free_directions};
use super::interval::{draw, percentiles};
use super::normal::split_coefficient;
use super::outcome::Quantity;
use super::repeated_rows::groups;
use super::tape::{Tape, evaluate};

/// Refits start near the solution and need few steps.
const ITERATIONS: usize = 12;

pub(crate) fn r2(expr: &Expr, sample: Sample<'_>) -> f64 {
    sample.errors.r2(&evaluate(expr, sample.inputs, sample.rows()), sample.target)
}

/// The local logarithmic slope ∂ ln y/∂ ln x of each input at the median of all inputs. It is rounded to 14 digits, so that a
/// fixed exponent of 1.5 has the slope 1.5, without the rounding errors of its computation.
pub(crate) fn elasticities(expr: &Expr, medians: &[f64]) -> Vec<f64> {
    let row: Vec<Vec<f64>> = medians.iter().map(|m| vec![*m]).collect();
    let mut tape = Tape::new(expr);
    let value = tape.values(&row, 1)[0];
    tape.slopes_by_input(medians.len(), 1).iter().zip(medians).map(|(s, m)| rounded(s[0] * m / value)).collect()
}

/// The value with 14 significant digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powi(13 - value.abs().log10().floor() as i32);
    if scale.is_normal() { (value * scale).round() / scale } else { value }
}

pub(crate) fn medians(inputs: &[Vec<f64>]) -> Vec<f64> {
    inputs
        .iter()
        .map(|column| {
            let mut sorted = column.clone();
            sorted.sort_by(f64::total_cmp);
            let half = sorted.len() / 2;
            if sorted.len() % 2 == 1 { sorted[half] } else { 0.5 * (sorted[half - 1] + sorted[half]) }
        })
        .collect()
}

/// The results of one bootstrap sample.
struct Draw {
    parameters: Vec<f64>,
    elasticities: Vec<f64>,
    free_exponents: Vec<f64>,
    r2: f64,
}

/// The quantities of the chosen law.
#[derive(Debug)]
pub(crate) struct Measured {
    pub quantities: Vec<Quantity>,
    /// The intervals of the fitted constants, in the order of the text.
    pub intervals: Vec<Option<(f64, f64)>>,
    pub notes: Vec<String>,
}

pub(crate) struct Subject<'a> {
    pub expr: &'a Expr,
    pub names: &'a [String],
    pub dimensions: Option<&'a Dimensions>,
    pub train: Sample<'a>,
    pub hold_out: Sample<'a>,
    pub complexity: usize,
}

pub(crate) fn measure(subject: &Subject<'_>, draws: usize, seed: u64) -> Measured {
    let rows = subject.train.rows();
    let at = medians(subject.train.inputs);
    let relaxed = relaxed(subject.expr).map(|mut law| {
        fit(&mut law, subject.train, 60);
        law
    });
    let mut random = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let all: Vec<Draw> = (0..draws)
        .map(|_| {
            let chosen = draw(&mut random, rows);
            let inputs: Vec<Vec<f64>> =
                subject.train.inputs.iter().map(|c| chosen.iter().map(|&r| c[r]).collect()).collect();
            let target: Vec<f64> = chosen.iter().map(|&r| subject.train.target[r]).collect();
            let sample = Sample { inputs: &inputs, target: &target, errors: subject.train.errors };
            let mut law = subject.expr.clone();
            fit(&mut law, sample, ITERATIONS);
            let free_exponents = relaxed.as_ref().map_or_else(Vec::new, |relaxed| {
                let mut relaxed = relaxed.clone();
                fit(&mut relaxed, sample, ITERATIONS);
                elasticities(&relaxed, &at)
            });
            Draw {
                parameters: law.parameters(),
                elasticities: elasticities(&law, &at),
                free_exponents,
                r2: r2(subject.expr, sample),
            }
        })
        .collect();
    let constants = subject.expr.parameters().len();
    let interval = |of: &dyn Fn(&Draw) -> f64| percentiles(all.iter().map(of).collect(), rows, constants);
    let free = Free::of(subject, &at);
    let intervals: Vec<Option<(f64, f64)>> =
        (0..constants).map(|k| if free.parameters[k] { None } else { interval(&|d| d.parameters[k]) }).collect();

    let mut quantities = constants_by_name(subject, &intervals);
    let used = subject.expr.variables();
    for (i, value) in elasticities(subject.expr, &at).into_iter().enumerate() {
        if used.contains(&i) && value.is_finite() {
            let name = format!("exponent.{}", part_in_name(&subject.names[i]));
            let known = if free.exponents[i] { None } else { interval(&|d| d.elasticities[i]) };
            quantities.push(quantity(name, value, known, None));
        }
    }
    let notes = free.note(&quantities, subject.names);
    let free_if_relaxed = relaxed.as_ref().map(|relaxed| Free::of(&Subject { expr: relaxed, ..*subject }, &at));
    if let Some(relaxed) = &relaxed {
        for (i, value) in elasticities(relaxed, &at).into_iter().enumerate() {
            if used.contains(&i) && value.is_finite() {
                let name = format!("exponent_if_free.{}", part_in_name(&subject.names[i]));
                let unknown = free_if_relaxed.as_ref().is_some_and(|free| free.exponents[i]);
                let known = if unknown { None } else { interval(&|d| d.free_exponents[i]) };
                quantities.push(quantity(name, value, known, None));
            }
        }
    }
    quantities.push(quantity("r2".into(), r2(subject.expr, subject.train), interval(&|d| d.r2), None));
    if let Some(r2) = cross_validated(subject) {
        quantities.push(quantity("r2_crossvalidated".into(), r2, None, None));
    }
    if subject.hold_out.rows() >= 2 {
        let values = evaluate(subject.expr, subject.hold_out.inputs, subject.hold_out.rows());
        // Rows that repeat one another are drawn together.
        let target = subject.hold_out.target;
        let groups = groups(&subject.hold_out.inputs.iter().map(Vec::as_slice).chain([target]).collect::<Vec<_>>());
        let rows = groups.len();
        let again: Vec<f64> = (0..draws)
            .map(|_| {
                let chosen: Vec<usize> =
                    draw(&mut random, rows).into_iter().flat_map(|g| groups[g].iter().copied()).collect();
                let pick = |c: &[f64]| chosen.iter().map(|&r| c[r]).collect::<Vec<f64>>();
                subject.train.errors.r2(&pick(&values), &pick(subject.hold_out.target))
            })
            .collect();
        let value = subject.train.errors.r2(&values, subject.hold_out.target);
        quantities.push(quantity("r2_holdout".into(), value, percentiles(again, rows, 1), None));
    }
    quantities.push(quantity("complexity".into(), subject.complexity as f64, None, None));
    Measured { quantities, intervals, notes }
}

/// The parameters and exponents that the rows do not determine alone, because others can move with them without any effect.
struct Free {
    parameters: Vec<bool>,
    exponents: Vec<bool>,
}

impl Free {
    fn of(subject: &Subject<'_>, at: &[f64]) -> Self {
        let values = subject.expr.parameters();
        let before = elasticities(subject.expr, at);
        let mut free = Self { parameters: vec![false; values.len()], exponents: vec![false; before.len()] };
        for direction in free_directions(subject.expr, subject.train) {
            let moved: Vec<f64> = values.iter().zip(&direction).map(|(v, d)| v + d).collect();
            let mut law = subject.expr.clone();
            law.set_parameters(&moved);
            for (free, d) in free.parameters.iter_mut().zip(&direction) {
                *free |= *d != 0.0;
            }
            let after = elasticities(&law, at);
            let change = |(a, b): (&f64, &f64)| (a - b).abs();
            let largest = before.iter().zip(&after).map(change).fold(0.0, f64::max);
            for (free, pair) in free.exponents.iter_mut().zip(before.iter().zip(&after)) {
                *free |= change(pair) > 1e-3 * largest && largest > 0.0;
            }
        }
        free
    }

    fn note(&self, quantities: &[Quantity], names: &[String]) -> Vec<String> {
        let columns: Vec<String> = names
            .iter()
            .zip(&self.exponents)
            .filter(|(_, free)| **free)
            .map(|(name, _)| name_in_formula(name))
            .collect();
        if columns.len() > 1 {
            return vec![format!(
                "the rows determine the exponents of {} only together, not each alone, because these columns depend on each other: such an exponent has no interval",
                columns.join(" and ")
            )];
        }
        let constants: Vec<&str> = quantities
            .iter()
            .filter(|q| q.low.is_none() && !q.name.starts_with("exponent."))
            .map(|q| q.name.as_str())
            .collect();
        if self.parameters.contains(&true) {
            return vec![format!(
                "the rows determine {} only together, not each alone: such a constant has no interval",
                if constants.is_empty() { "some constants".to_owned() } else { constants.join(" and ") }
            )];
        }
        Vec::new()
    }
}

fn quantity(name: String, value: f64, interval: Option<(f64, f64)>, unit: Option<Unit>) -> Quantity {
    Quantity { name, value, low: interval.map(|i| i.0), high: interval.map(|i| i.1), unit }
}

/// Tenfold cross-validation: the law predicts each part with constants fitted to the others. Rows with equal inputs are in one
/// part; `None` if all rows are. The form was found on all rows, so the result is better than for a hold-out.
fn cross_validated(subject: &Subject<'_>) -> Option<f64> {
    let groups = groups(&subject.train.inputs.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let parts = groups.len().min(10);
    if parts < 2 {
        return None;
    }
    let mut predicted = vec![0.0; subject.train.rows()];
    for part in 0..parts {
        let of_part = |is_inside: bool| -> Vec<usize> {
            let groups = groups.iter().enumerate().filter(|(group, _)| (group % parts == part) == is_inside);
            groups.flat_map(|(_, rows)| rows.iter().copied()).collect()
        };
        let (inside, outside) = (of_part(true), of_part(false));
        let pick = |of: &[usize]| -> Vec<Vec<f64>> {
            subject.train.inputs.iter().map(|c| of.iter().map(|&r| c[r]).collect()).collect()
        };
        let target: Vec<f64> = outside.iter().map(|&r| subject.train.target[r]).collect();
        let mut law = subject.expr.clone();
        let sample = Sample { inputs: &pick(&outside), target: &target, errors: subject.train.errors };
        fit(&mut law, sample, ITERATIONS);
        for (&row, value) in inside.iter().zip(evaluate(&law, &pick(&inside), inside.len())) {
            predicted[row] = value;
        }
    }
    Some(subject.train.errors.r2(&predicted, subject.train.target))
}

/// The law c · Π xᵢ^pᵢ with all exponents free, if the chosen law is such a product with fixed exponents.
fn relaxed(expr: &Expr) -> Option<Expr> {
    let (coefficient, rest) = split_coefficient(expr.clone());
    let factors = match rest {
        Expr::Product(factors) => factors,
        Expr::Number(_) => return None,
        other => vec![other],
    };
    let mut fixed = false;
    let mut free = vec![Expr::fitted(coefficient.value)];
    for factor in factors {
        let (base, exponent) = match factor {
            Expr::Variable(i) => (i, super::expression::Number::exact(1.0)),
            Expr::Power(base, exponent) => match *base {
                Expr::Variable(i) => (i, exponent),
                _ => return None,
            },
            _ => return None,
        };
        fixed |= !exponent.is_fitted();
        free.push(Expr::Power(Box::new(Expr::Variable(base)), super::expression::Number::fitted(exponent.value)));
    }
    fixed.then_some(Expr::Product(free))
}

/// A name for each constant with a recognisable role in the law.
fn constants_by_name(subject: &Subject<'_>, intervals: &[Option<(f64, f64)>]) -> Vec<Quantity> {
    let names = names_of_constants(subject.expr, subject.names);
    let units = subject.dimensions.map(|d| d.units_of_numbers(subject.expr));
    let mut numbers = Vec::new();
    subject.expr.numbers(&mut |n| numbers.push(*n));
    let mut next_interval = intervals.iter();
    let mut next_name = 0;
    let mut out = Vec::new();
    for (place, number) in numbers.iter().enumerate() {
        if number.origin == Origin::Form {
            continue;
        }
        next_name += 1;
        let interval = if number.is_fitted() {
            next_interval.next().copied().flatten()
        } else {
            Some((number.value, number.value))
        };
        let unit = units.as_ref().and_then(|u| u[place].clone());
        let name =
            names.iter().find(|(p, _)| *p == place).map_or_else(|| format!("constant.{next_name}"), |n| n.1.clone());
        // A fitted exponent of an input is reported as the local slope.
        if !name.starts_with("exponent.") {
            out.push(quantity(name, number.value, interval, unit));
        }
    }
    out
}

/// `slope.x` for c · x as the whole law or as a term, `offset` for a constant term, `factor` for the leading number.
fn names_of_constants(expr: &Expr, names: &[String]) -> Vec<(usize, String)> {
    let terms: Vec<&Expr> = match expr {
        Expr::Sum(terms) => terms.iter().collect(),
        other => vec![other],
    };
    let single = terms.len() == 1;
    let mut place = 0;
    let mut out = Vec::new();
    for term in terms {
        match term {
            Expr::Number(_) => out.push((place, "offset".to_owned())),
            Expr::Product(factors) if matches!(factors[0], Expr::Number(_)) => match &factors[1..] {
                [Expr::Variable(i)] => out.push((place, format!("slope.{}", part_in_name(&names[*i])))),
                _ if single => out.push((place, "factor".to_owned())),
                _ => {}
            },
            _ => {}
        }
        if single && let Expr::Product(factors) = term {
            let mut at = place;
            for factor in factors {
                if let Expr::Power(base, _) = factor
                    && let Expr::Variable(i) = **base
                {
                    out.push((at, format!("exponent.{}", names[i])));
                }
                factor.numbers(&mut |_| at += 1);
            }
        }
        term.numbers(&mut |_| place += 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "rounding gives one value")]
    fn slopes_have_no_rounding_errors() {
        assert_eq!(rounded(1.499_999_999_999_999_8), 1.5);
        assert_eq!(rounded(-2.000_000_000_000_000_4), -2.0);
        assert_eq!(rounded(1.0 / 3.0), 0.333_333_333_333_33);
        for kept in [0.0, 1e-320, 1e300, f64::INFINITY] {
            assert_eq!(rounded(kept), kept);
        }
        assert!(rounded(f64::NAN).is_nan());
    }
    use crate::law::expression::Number;

    #[test]
    fn exponents_of_columns_in_proportion_are_known_only_together() {
        let mut random = fastrand::Rng::with_seed(2);
        let x: Vec<f64> = (0..50).map(|_| 1.0 + 4.0 * random.f64()).collect();
        let other: Vec<f64> = (0..50).map(|_| 1.0 + 4.0 * random.f64()).collect();
        let y: Vec<f64> =
            x.iter().zip(&other).map(|(x, o)| 3.0 * x.powf(1.4) * o * (1.0 + 0.02 * random.f64())).collect();
        let inputs = vec![x.clone(), x.iter().map(|x| 2.0 * x).collect(), other];
        let power = |i: usize, p: f64| Expr::Power(Box::new(Expr::Variable(i)), Number::fitted(p));
        let mut law = Expr::Product(vec![Expr::fitted(3.0), power(0, 0.7), power(1, 0.7), power(2, 1.0)]);
        let names = ["x", "length", "other"].map(str::to_owned);
        let train = Sample::equal(&inputs, &y);
        fit(&mut law, train, 40);
        let hold_out = Sample::equal(&[], &[]);
        let subject = Subject { expr: &law, names: &names, dimensions: None, train, hold_out, complexity: 13 };
        let measured = measure(&subject, 100, 1);
        let low = |name: &str| measured.quantities.iter().find(|q| q.name == name).and_then(|q| q.low);
        assert!(low("exponent.x").is_none() && low("exponent.length").is_none() && low("exponent.other").is_some());
        assert!(
            measured.notes[0].starts_with("the rows determine the exponents of x and `length` only together"),
            "{:?}",
            measured.notes
        );
    }
}
