//! Computes the quantities of a law on which a claim can rest, each with an interval.

use hven_core::unit::Unit;

use super::dimension::Dimensions;
use super::expression::{Expr, Origin};
use super::fit::{Sample, fit, mean_square};
use super::interval::{draw, percentiles};
use super::normal::split_coefficient;
use super::outcome::Quantity;
use super::tape::{Tape, evaluate};

/// Refits start near the solution and need few steps.
const ITERATIONS: usize = 12;

pub(crate) fn r2(expr: &Expr, sample: Sample<'_>) -> f64 {
    r2_of(&evaluate(expr, sample.inputs, sample.rows()), sample.target)
}

fn r2_of(values: &[f64], target: &[f64]) -> f64 {
    let mean = target.iter().sum::<f64>() / target.len().max(1) as f64;
    let spread = target.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / target.len().max(1) as f64;
    1.0 - mean_square(values, target) / spread
}

/// The local logarithmic slope ∂ ln y/∂ ln x of each input at the median of all inputs.
pub(crate) fn elasticities(expr: &Expr, medians: &[f64]) -> Vec<f64> {
    let row: Vec<Vec<f64>> = medians.iter().map(|m| vec![*m]).collect();
    let mut tape = Tape::new(expr);
    let value = tape.values(&row, 1)[0];
    tape.slopes_by_input(medians.len(), 1).iter().zip(medians).map(|(s, m)| s[0] * m / value).collect()
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
            let sample = Sample { inputs: &inputs, target: &target };
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
    let intervals: Vec<Option<(f64, f64)>> = (0..constants).map(|k| interval(&|d| d.parameters[k])).collect();

    let mut quantities = constants_by_name(subject, &intervals);
    let used = subject.expr.variables();
    for (i, value) in elasticities(subject.expr, &at).into_iter().enumerate() {
        if used.contains(&i) && value.is_finite() {
            let name = format!("exponent.{}", subject.names[i]);
            quantities.push(quantity(name, value, interval(&|d| d.elasticities[i]), None));
        }
    }
    if let Some(relaxed) = &relaxed {
        for (i, value) in elasticities(relaxed, &at).into_iter().enumerate() {
            if used.contains(&i) && value.is_finite() {
                let name = format!("exponent_if_free.{}", subject.names[i]);
                quantities.push(quantity(name, value, interval(&|d| d.free_exponents[i]), None));
            }
        }
    }
    quantities.push(quantity("r2".into(), r2(subject.expr, subject.train), interval(&|d| d.r2), None));
    quantities.push(quantity("r2_crossvalidated".into(), cross_validated(subject), None, None));
    if subject.hold_out.rows() >= 2 {
        let values = evaluate(subject.expr, subject.hold_out.inputs, subject.hold_out.rows());
        let rows = subject.hold_out.rows();
        let again: Vec<f64> = (0..draws)
            .map(|_| {
                let chosen = draw(&mut random, rows);
                let pick = |c: &[f64]| chosen.iter().map(|&r| c[r]).collect::<Vec<f64>>();
                r2_of(&pick(&values), &pick(subject.hold_out.target))
            })
            .collect();
        let value = r2_of(&values, subject.hold_out.target);
        quantities.push(quantity("r2_holdout".into(), value, percentiles(again, rows, 1), None));
    }
    quantities.push(quantity("complexity".into(), subject.complexity as f64, None, None));
    Measured { quantities, intervals }
}

fn quantity(name: String, value: f64, interval: Option<(f64, f64)>, unit: Option<Unit>) -> Quantity {
    Quantity { name, value, low: interval.map(|i| i.0), high: interval.map(|i| i.1), unit }
}

/// Tenfold cross-validation: the law predicts each part with constants fitted to the others. The form was found on all rows,
/// so the result is better than for a hold-out.
fn cross_validated(subject: &Subject<'_>) -> f64 {
    let rows = subject.train.rows();
    let parts = rows.min(10);
    let mut predicted = vec![0.0; rows];
    for part in 0..parts {
        let (inside, outside): (Vec<usize>, Vec<usize>) = (0..rows).partition(|r| r % parts == part);
        let pick = |of: &[usize]| -> Vec<Vec<f64>> {
            subject.train.inputs.iter().map(|c| of.iter().map(|&r| c[r]).collect()).collect()
        };
        let target: Vec<f64> = outside.iter().map(|&r| subject.train.target[r]).collect();
        let mut law = subject.expr.clone();
        fit(&mut law, Sample { inputs: &pick(&outside), target: &target }, ITERATIONS);
        for (&row, value) in inside.iter().zip(evaluate(&law, &pick(&inside), inside.len())) {
            predicted[row] = value;
        }
    }
    r2_of(&predicted, subject.train.target)
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
                [Expr::Variable(i)] => out.push((place, format!("slope.{}", names[*i]))),
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
