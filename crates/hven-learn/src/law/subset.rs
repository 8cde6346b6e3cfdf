//! Finds laws in noisy data that are sums of a few simple terms, or quotients of such sums, without a search.
//!
//! [`super::span`] recognises them by a residual that vanishes, which noise prevents. Here every small subset of the terms is
//! fitted by weighted least squares. All fits share one matrix of products, so thousands of subsets cost milliseconds. The
//! best of each size are proposed; the fit on the values and the length of their description decide.

use std::iter;

use nalgebra::{DMatrix, DVector};

use super::expression::{Expr, Function};
use super::span::{exponents, product};
use super::tape::evaluate;
use super::task::Task;

const ROWS_MIN: usize = 12;
/// Enough rows to rank subsets; the fit uses all.
const ROWS_MAX: usize = 600;
const INPUTS_MAX: usize = 4;
/// With more inputs, waves are not tried.
const WAVES_INPUTS_MAX: usize = 2;
/// The most features of a sum, and of the numerator and denominator of a quotient.
const FEATURES_MAX: usize = 40;
const FEATURES_OF_QUOTIENT_MAX: usize = 10;
const TERMS_MAX: usize = 3;
/// Among so few features, sums have more terms.
const FEW: usize = 16;
const TERMS_MAX_OF_FEW: usize = 4;
/// The numbers of terms above and below the line.
const QUOTIENTS: [(usize, usize); 6] = [(1, 2), (2, 2), (1, 3), (3, 2), (2, 1), (2, 3)];
/// How many subsets of each size are proposed.
const PROPOSED_MAX: usize = 3;

pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    let inputs = task.inputs.len();
    if inputs == 0 || inputs > INPUTS_MAX || task.rows() < ROWS_MIN {
        return;
    }
    let part = task.rows_only(&(0..task.rows().min(ROWS_MAX)).collect::<Vec<_>>());
    for degree in [2, 1] {
        let mut features: Vec<Expr> = exponents(inputs, degree, true).iter().map(|e| product(e)).collect();
        let logs = (0..inputs).filter(|&i| part.positive[i]).map(|i| Expr::Variable(i).call(Function::Log));
        features.extend(logs);
        if inputs == 1 && part.positive[0] {
            features.extend([0.5, -0.5].map(|p| Expr::Variable(0).power(p)));
        }
        if features.len() <= FEATURES_MAX {
            sums(&part, &features, offer);
            break;
        }
    }
    for i in (0..inputs).filter(|_| inputs <= WAVES_INPUTS_MAX) {
        sums(&part, &with_waves(inputs, i), offer);
    }
    for degree in [2, 1] {
        let features: Vec<Expr> = exponents(inputs, degree, false).iter().map(|e| product(e)).collect();
        if features.len() <= FEATURES_OF_QUOTIENT_MAX {
            quotients(&part, &features, offer);
            break;
        }
    }
}

/// Products of powers of low degree, alone and times a wave in one input, which must be an angle then.
fn with_waves(inputs: usize, angle: usize) -> Vec<Expr> {
    let powers = exponents(inputs, 2, false);
    let mut features: Vec<Expr> = powers.iter().map(|e| product(e)).collect();
    let others: Vec<&Vec<i32>> = powers.iter().filter(|e| e[angle] == 0).collect();
    for function in [Function::Cos, Function::Sin] {
        let wave = || Expr::Variable(angle).call(function);
        features.extend(others.iter().map(|e| product(e).times(wave())));
        features.push(wave().power(2.0));
    }
    features.push(Expr::Variable(angle).call(Function::Sin).times(Expr::Variable(angle).call(Function::Cos)));
    features
}

/// Columns of weighted values, and all products of two of them.
struct Products {
    gram: DMatrix<f64>,
    with_target: DVector<f64>,
    target: f64,
}

impl Products {
    /// `None` if a value is not finite.
    fn new(columns: &[Vec<f64>], target: &[f64]) -> Option<Self> {
        let size = columns.len();
        let matrix = DMatrix::from_fn(target.len(), size, |r, c| columns[c][r]);
        let right = DVector::from_column_slice(target);
        let gram = matrix.tr_mul(&matrix);
        let with_target = matrix.tr_mul(&right);
        let finite = gram.iter().chain(with_target.iter()).all(|v| v.is_finite());
        finite.then(|| Self { gram, with_target, target: right.norm_squared() })
    }

    /// The coefficients of these columns and the squared residual that they leave.
    fn solve(&self, chosen: &[usize]) -> Option<(Vec<f64>, f64)> {
        let size = chosen.len();
        let scale = |k: usize| self.gram[(k, k)].sqrt();
        if chosen.iter().any(|&k| scale(k) <= 0.0) {
            return None;
        }
        let normal = DMatrix::from_fn(size, size, |i, j| {
            self.gram[(chosen[i], chosen[j])] / (scale(chosen[i]) * scale(chosen[j])) + if i == j { 1e-13 } else { 0.0 }
        });
        let right = DVector::from_fn(size, |i, _| self.with_target[chosen[i]] / scale(chosen[i]));
        let solution = normal.cholesky()?.solve(&right);
        let left = (self.target - solution.dot(&right)).max(0.0);
        let coefficients: Vec<f64> = solution.iter().zip(chosen).map(|(s, &k)| s / scale(k)).collect();
        (left.is_finite() && coefficients.iter().all(|c| c.is_finite())).then_some((coefficients, left))
    }

    /// The square of a sum of columns, each times a number.
    fn size(&self, terms: &(impl Iterator<Item = (usize, f64)> + Clone)) -> f64 {
        terms.clone().flat_map(|(i, a)| terms.clone().map(move |(j, b)| self.gram[(i, j)] * a * b)).sum()
    }
}

/// The best few of all tried, the smallest residual first.
struct Best<T> {
    found: Vec<(f64, T)>,
}

impl<T> Best<T> {
    fn new() -> Self {
        Self { found: Vec::new() }
    }

    fn add(&mut self, left: f64, one: T) {
        if self.found.len() == PROPOSED_MAX && self.found.last().is_some_and(|(worst, _)| left >= *worst) {
            return;
        }
        let at = self.found.partition_point(|(known, _)| *known <= left);
        self.found.insert(at, (left, one));
        self.found.truncate(PROPOSED_MAX);
    }
}

fn weighted(task: &Task, values: &[f64]) -> Vec<f64> {
    values.iter().zip(&task.error_sizes).map(|(v, size)| v / size).collect()
}

fn sums(task: &Task, features: &[Expr], offer: &mut impl FnMut(&Expr)) {
    let columns: Vec<Vec<f64>> =
        features.iter().map(|f| weighted(task, &evaluate(f, &task.inputs, task.rows()))).collect();
    let Some(products) = Products::new(&columns, &weighted(task, &task.target)) else { return };
    let terms_max = if features.len() <= FEW { TERMS_MAX_OF_FEW } else { TERMS_MAX };
    for size in 1..=terms_max {
        let mut best = Best::new();
        for chosen in combinations(features.len(), size) {
            if let Some((coefficients, left)) = products.solve(&chosen) {
                best.add(left, (chosen, coefficients));
            }
        }
        for (_, (chosen, coefficients)) in best.found {
            offer(&sum_of(features, &chosen, &coefficients));
        }
    }
}

/// y = P/Q: with the coefficient of one term of Q set to one, P − y·(Q without that term) = y · that term is linear.
fn quotients(task: &Task, features: &[Expr], offer: &mut impl FnMut(&Expr)) {
    let count = features.len();
    let above: Vec<Vec<f64>> =
        features.iter().map(|f| weighted(task, &evaluate(f, &task.inputs, task.rows()))).collect();
    let below = above.iter().map(|c| c.iter().zip(&task.target).map(|(v, y)| v * y).collect::<Vec<f64>>());
    let columns: Vec<Vec<f64>> = above.iter().cloned().chain(below).collect();
    let Some(all) = Products::new(&columns, &task.target) else { return };
    for (over, under) in QUOTIENTS {
        let mut best = Best::new();
        for denominator in combinations(count, under) {
            // The first term of the denominator has the coefficient one.
            let unit = count + denominator[0];
            let products = Products {
                gram: all.gram.clone_owned(),
                with_target: all.gram.column(unit).clone_owned(),
                target: all.gram[(unit, unit)],
            };
            for numerator in combinations(count, over) {
                // A shared term alone gives a constant and a sum.
                if over == 1 && under == 1 {
                    continue;
                }
                let chosen: Vec<usize> =
                    numerator.iter().copied().chain(denominator[1..].iter().map(|k| count + k)).collect();
                if let Some((coefficients, left)) = products.solve(&chosen) {
                    // Compared with the size of y · Q, because a small denominator makes both small.
                    let below = denominator.iter().map(|k| count + k);
                    let whole = all.size(&below.zip(iter::once(1.0).chain(coefficients[over..].iter().map(|c| -c))));
                    best.add(left / whole.max(f64::MIN_POSITIVE), (numerator, denominator.clone(), coefficients));
                }
            }
        }
        for (_, (numerator, denominator, coefficients)) in best.found {
            let (above, below) = coefficients.split_at(numerator.len());
            let mut under_line = vec![features[denominator[0]].clone()];
            for (k, c) in denominator[1..].iter().zip(below) {
                under_line.push(Expr::fitted(-c).times(features[*k].clone()));
            }
            offer(&sum_of(features, &numerator, above).over(Expr::Sum(under_line)));
        }
    }
}

fn sum_of(features: &[Expr], chosen: &[usize], coefficients: &[f64]) -> Expr {
    Expr::Sum(chosen.iter().zip(coefficients).map(|(&k, c)| Expr::fitted(*c).times(features[k].clone())).collect())
}

/// All choices of `size` of the numbers below `of`.
fn combinations(of: usize, size: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        all = all
            .into_iter()
            .flat_map(|chosen| {
                let from = chosen.last().map_or(0, |last| last + 1);
                (from..of).map(move |next| chosen.iter().copied().chain([next]).collect::<Vec<usize>>())
            })
            .collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::fit::{Sample, fit};

    /// The share of the noise-free variance that the best proposal leaves after a fit to noisy rows.
    fn left(law: impl Fn(f64, f64) -> f64) -> f64 {
        let mut random = fastrand::Rng::with_seed(3);
        let mut draw = || (0..400).map(|_| 1.0 + 3.0 * random.f64()).collect::<Vec<f64>>();
        let inputs = vec![draw(), draw()];
        let clean: Vec<f64> = inputs[0].iter().zip(&inputs[1]).map(|(a, b)| law(*a, *b)).collect();
        let plain = Sample::equal(&inputs, &clean);
        let noise = 0.02 * plain.variance().sqrt();
        let noisy: Vec<f64> = clean.iter().map(|y| y + noise * 3.4 * (random.f64() - 0.5)).collect();
        let mut best = f64::INFINITY;
        propose(&Task::root(inputs.clone(), noisy.clone()), &mut |proposal| {
            let mut law = proposal.clone();
            fit(&mut law, Sample::equal(&inputs, &noisy), 40);
            best = best.min(super::super::fit::loss(&law, plain) / plain.variance());
        });
        best
    }

    #[test]
    fn noisy_sums_and_quotients_are_proposed() {
        assert!(left(|a, b| 1.5 + 0.8 * a.ln() - 0.3 * a * b) < 1e-4);
        assert!(left(|a, b| (1.0 + a * b) / (0.5 + a)) < 1e-4);
        assert!(left(|a, b| 2.0 * a / (3.0 + b * b)) < 1e-4);
    }

    #[test]
    fn all_choices_are_listed_once() {
        assert_eq!(combinations(4, 2), [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(combinations(5, 3).len(), 10);
    }
}
