//! How well the inputs of a task predict its target, measured in noisy data by polynomials.
//!
//! A polynomial of the best degree is a cheap surrogate: all degrees share one matrix, and generalised cross-validation gives
//! the error of the prediction without rows that are held out. The errors of the rows are weighted, and the error is that of
//! the original target, so the errors of a task and of its reductions can be compared.

use nalgebra::{DMatrix, DVector};

use super::task::Task;

const ROWS_MIN: usize = 40;
/// The most products of powers in a polynomial.
const TERMS_MAX: usize = 80;
/// A polynomial has at most this share of terms to rows.
const TERMS_PER_ROW: f64 = 0.15;
const DEGREE_MAX: usize = 14;

/// How well a polynomial predicts the target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prediction {
    /// The mean squared error, weighted with the errors of the rows.
    pub error: f64,
    /// Whether more terms do not help: what is left is noise.
    pub settled: bool,
}

/// The mean squared error with which a polynomial in the first `rows` rows predicts the target; `None` if there are too few rows.
pub(crate) fn error(task: &Task, rows: usize) -> Option<f64> {
    predict(task, rows).map(|prediction| prediction.error)
}

pub(crate) fn predict(task: &Task, rows: usize) -> Option<Prediction> {
    let rows = task.rows().min(rows);
    if rows < ROWS_MIN || task.inputs.is_empty() {
        return None;
    }
    let by_log = task.positive.contains(&true);
    let coordinates = [true, false].into_iter().filter(|log| by_log || !log);
    let mut best: Option<Prediction> = None;
    for log in coordinates {
        let Some(terms) = Terms::new(task, rows, log) else { continue };
        for next in [terms.plain(task), terms.of_logarithm(task)].into_iter().flatten() {
            if best.is_none_or(|known| next.error < known.error) {
                best = Some(next);
            }
        }
    }
    best
}

/// Products of Chebyshev polynomials of the inputs, by rising degree.
struct Terms {
    /// A row for each row of the task, a column for each term.
    values: DMatrix<f64>,
    /// How many terms have at most this degree.
    up_to: Vec<usize>,
}

impl Terms {
    fn new(task: &Task, rows: usize, log: bool) -> Option<Self> {
        let inputs = task.inputs.len();
        let terms_max = TERMS_MAX.min((TERMS_PER_ROW * rows as f64) as usize);
        let mut powers: Vec<Vec<Vec<f64>>> = Vec::with_capacity(inputs);
        for (column, &positive) in task.inputs.iter().zip(&task.positive) {
            let coordinate = |x: &f64| if log && positive { x.ln() } else { *x };
            let column: Vec<f64> = column[..rows].iter().map(coordinate).collect();
            let (low, high) =
                column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
            let half = 0.5 * (high - low);
            if !(half.is_finite() && half > 0.0) {
                return None;
            }
            let middle = f64::midpoint(low, high);
            let x: Vec<f64> = column.iter().map(|v| (v - middle) / half).collect();
            let mut all = vec![vec![1.0; rows], x.clone()];
            for degree in 2..=DEGREE_MAX {
                let next = (0..rows).map(|r| 2.0 * x[r] * all[degree - 1][r] - all[degree - 2][r]).collect();
                all.push(next);
            }
            powers.push(all);
        }
        let mut terms: Vec<Vec<usize>> = Vec::new();
        let mut up_to = Vec::new();
        for degree in 0..=DEGREE_MAX {
            let next = of_degree(inputs, degree, terms_max + 1 - terms.len());
            if terms.len() + next.len() > terms_max && degree > 1 {
                break;
            }
            terms.extend(next);
            up_to.push(terms.len());
        }
        if terms.len() * 3 > rows {
            return None;
        }
        let values = DMatrix::from_fn(rows, terms.len(), |row, term| {
            terms[term].iter().enumerate().filter(|(_, power)| **power > 0).map(|(i, &p)| powers[i][p][row]).product()
        });
        Some(Self { values, up_to })
    }

    fn plain(&self, task: &Task) -> Option<Prediction> {
        let rows = self.values.nrows();
        let weights: Vec<f64> = task.error_sizes[..rows].iter().map(|size| 1.0 / size).collect();
        let (coefficients, error) = self.fit(&task.target[..rows], &weights)?;
        Some(Prediction { error, settled: self.has_more_than(coefficients.len()) })
    }

    fn has_more_than(&self, terms: usize) -> bool {
        self.up_to.last().is_some_and(|all| *all > terms)
    }

    /// The same for a polynomial whose exponential predicts the target.
    fn of_logarithm(&self, task: &Task) -> Option<Prediction> {
        let rows = self.values.nrows();
        let main = task.rows_of_main_sign()?;
        let sign = task.target[*main.first()?].signum();
        let target = &task.target[..rows];
        let has_logarithm = |y: f64| y * sign > 0.0;
        let logs: Vec<f64> = target.iter().map(|y| if has_logarithm(*y) { y.abs().ln() } else { 0.0 }).collect();
        let weight = |(y, size): (&f64, &f64)| if has_logarithm(*y) { y.abs() / size } else { 0.0 };
        let weights: Vec<f64> = target.iter().zip(&task.error_sizes).map(weight).collect();
        let (coefficients, _) = self.fit(&logs, &weights)?;
        let terms = coefficients.len();
        let predicted = self.values.columns(0, terms) * coefficients;
        let left: f64 =
            (0..rows).map(|r| ((target[r] - sign * predicted[r].exp()) / task.error_sizes[r]).powi(2)).sum();
        Some(Prediction { error: cross_validated(left, rows, terms)?, settled: self.has_more_than(terms) })
    }

    /// The coefficients of the best degree, and the weighted mean squared error of its prediction.
    fn fit(&self, target: &[f64], weights: &[f64]) -> Option<(DVector<f64>, f64)> {
        let rows = target.len();
        let mut weighted = self.values.clone();
        for mut column in weighted.column_iter_mut() {
            column.iter_mut().zip(weights).for_each(|(v, w)| *v *= w);
        }
        let right = DVector::from_fn(rows, |r, _| target[r] * weights[r]);
        let mut gram = weighted.tr_mul(&weighted);
        let ridge = 1e-11 * gram.diagonal().max();
        for k in 0..gram.nrows() {
            gram[(k, k)] += ridge;
        }
        let with_target = weighted.tr_mul(&right);
        let factor = gram.clone().cholesky()?.unpack();
        // The first entries do not depend on later terms, so they give the residual of each degree.
        let rotated = factor.solve_lower_triangular(&with_target)?;
        let mut left = right.norm_squared();
        let mut best: Option<(usize, f64)> = None;
        let mut used = 0;
        for &terms in &self.up_to {
            left -= rotated.rows(used, terms - used).norm_squared();
            used = terms;
            let Some(error) = cross_validated(left.max(0.0), rows, terms) else { break };
            if best.is_none_or(|(_, known)| error < known) {
                best = Some((terms, error));
            }
        }
        let (terms, error) = best?;
        let upper = factor.view((0, 0), (terms, terms)).transpose();
        let coefficients = upper.solve_upper_triangular(&rotated.rows(0, terms).into_owned())?;
        (error.is_finite() && coefficients.iter().all(|c| c.is_finite())).then_some((coefficients, error))
    }
}

/// The mean squared error of a prediction of further rows, from the residuals of a fit of so many terms.
fn cross_validated(left: f64, rows: usize, terms: usize) -> Option<f64> {
    let free = 1.0 - terms as f64 / rows as f64;
    let error = left / rows as f64 / (free * free);
    (free > 0.0 && error.is_finite()).then_some(error)
}

/// The exponents of all products of this degree, at most `most`.
fn of_degree(inputs: usize, degree: usize, most: usize) -> Vec<Vec<usize>> {
    if inputs == 1 {
        return vec![vec![degree]];
    }
    let mut all = Vec::new();
    for first in (0..=degree).rev() {
        for rest in of_degree(inputs - 1, degree - first, most) {
            all.push([first].into_iter().chain(rest).collect());
            if all.len() >= most {
                return all;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::normal;

    #[test]
    fn the_error_of_the_prediction_is_that_of_the_rows() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut draw = || (0..600).map(|_| 1.0 + 3.0 * random.f64()).collect::<Vec<f64>>();
        let inputs = vec![draw(), draw()];
        let target: Vec<f64> =
            (0..600).map(|r| (-inputs[0][r] * inputs[1][r]).exp() + 0.01 * normal(&mut random)).collect();
        let both = error(&Task::root(inputs.clone(), target.clone()), 600).unwrap();
        assert!((both / 1e-4 - 1.0).abs() < 0.3, "{both}");
        let one = error(&Task::root(vec![inputs[0].clone()], target), 600).unwrap();
        assert!(one > 5.0 * both, "{one}");
    }

    #[test]
    fn all_exponents_of_a_degree_are_listed_once() {
        assert_eq!(of_degree(2, 2, 9), [[2, 0], [1, 1], [0, 2]]);
        assert_eq!(of_degree(3, 4, 99).len(), 15);
    }
}
