//! Finds the few rows that are far from what all others show: typing errors, sentinels, a wrong unit in some rows.
//!
//! Least squares gives such a row a weight that it does not deserve. So the search sets them aside, and a note lists them. There are
//! two ways to recognise them. Before the search, each row is compared with what a smooth surrogate of its neighbours
//! predicts ([`suspects`]). After the search, each row is compared with the law, fitted to the nine tenths of the rows that
//! it describes best ([`far_from`]): this decides. Rows that lie together are never set aside, because they may be a part of
//! the law that the formula lacks.

use nalgebra::{DMatrix, DVector};

use super::errors::Errors;
use super::expression::Expr;
use super::fit::{Sample, fit};
use super::polynomial;
use super::rounding;
use super::surrogate::{kernel, standard};
use super::tape::evaluate;
use super::task::Task;

/// A row is set aside if its residual is larger than this multiple of the usual one.
pub(crate) const FAR: f64 = 5.0;
/// The largest share of the rows that may be set aside, and the least number of rows for that.
const SHARE_MAX: f64 = 0.08;
const ROWS_MIN: usize = 10;
/// The surrogate needs more.
const ROWS_MIN_SURROGATE: usize = 24;
const ROWS_MAX_SURROGATE: usize = 250;
/// The smallest suits a wave with several periods.
const WIDTHS: [f64; 3] = [0.12, 0.5, 1.5];
const NOISES: [f64; 2] = [1e-4, 3e-2];
/// A smaller difference to the neighbours, in usual spreads of the target, is left to the law.
const CLEARLY: f64 = 0.15;
/// The share of the rows to which the law is fitted first.
const BEST: f64 = 0.9;
const ROUNDS: usize = 6;
/// If more of their nearest neighbours are far, too, the rows lie together.
const TOGETHER: f64 = 0.4;
/// A residual below this share of the target's spread is a rounding error.
const ROUNDING: f64 = 1e-9;

/// How many of `rows` may be set aside.
pub(crate) fn most(rows: usize) -> usize {
    if rows < ROWS_MIN { 0 } else { ((SHARE_MAX * rows as f64) as usize).max(1) }
}

/// The rows far from a law, and those that are too many or lie together.
#[derive(Debug, Default)]
pub(crate) struct Far {
    pub aside: Vec<usize>,
    /// How many far rows stay in the fit.
    pub in_fit: usize,
    /// The residual from which on a row is far.
    pub limit: f64,
}

/// The rows that are far from the law, after a fit that they cannot move.
pub(crate) fn far_from(expr: &Expr, inputs: &[Vec<f64>], target: &[f64], errors: Errors) -> Far {
    let rows = target.len();
    if rows < ROWS_MIN {
        return Far::default();
    }
    let mut law = expr.clone();
    let steps = rounding::steps(target);
    let mut kept: Vec<usize> = Vec::new();
    for round in 0..ROUNDS {
        let residuals = residuals(&law, inputs, target, errors);
        let next = if round < ROUNDS / 2 {
            let mut order: Vec<usize> = (0..rows).collect();
            order.sort_by(|&a, &b| residuals[a].total_cmp(&residuals[b]));
            order.truncate((BEST * rows as f64).ceil() as usize);
            order.sort_unstable();
            order
        } else {
            let limit = limit(&residuals, &law, target, errors);
            let rounded = are_rounded(&law, inputs, target, &steps);
            (0..rows).filter(|&r| residuals[r] <= limit || rounded[r]).collect()
        };
        if next == kept && round >= ROUNDS / 2 {
            break;
        }
        kept = next;
        if kept.len() < rows - rows / 5 {
            break;
        }
        let (inside, values) = picked(inputs, target, &kept);
        fit(&mut law, Sample { inputs: &inside, target: &values, errors }, 20);
    }
    let residuals = residuals(&law, inputs, target, errors);
    let limit = limit(&residuals, &law, target, errors);
    let rounded = are_rounded(&law, inputs, target, &steps);
    let far: Vec<usize> = (0..rows).filter(|&r| residuals[r] > limit && !rounded[r]).collect();
    let trusted = || {
        let near: Vec<usize> = (0..rows).filter(|row| !far.contains(row)).collect();
        let (inside, values) = picked(inputs, target, &near);
        is_trusted(&law, &inside, &values, errors)
    };
    if far.len() > most(rows) || lie_together(&far, inputs) || !(far.is_empty() || trusted()) {
        return Far { aside: Vec::new(), in_fit: far.len(), limit };
    }
    Far { aside: far, in_fit: 0, limit }
}

/// Whether a law describes these rows about as well as a polynomial. If not, other rows that are far from the law say more
/// about the law.
fn is_trusted(law: &Expr, inputs: &[Vec<f64>], target: &[f64], errors: Errors) -> bool {
    let task = Task::root(inputs.to_vec(), target.to_vec()).with_errors(errors);
    let values = evaluate(law, inputs, target.len());
    let pairs = values.iter().zip(target).zip(&task.error_sizes);
    let left = pairs.map(|((v, t), size)| ((v - t) / size).powi(2)).sum::<f64>() / target.len().max(1) as f64;
    polynomial::error(&task, ROWS_MAX_POLYNOMIAL).is_none_or(|smooth| left <= TRUSTED * smooth)
}

/// A law that leaves more than this multiple of the variance that a polynomial leaves lacks something.
const TRUSTED: f64 = 1.5;
const ROWS_MAX_POLYNOMIAL: usize = 1000;

fn residuals(law: &Expr, inputs: &[Vec<f64>], target: &[f64], errors: Errors) -> Vec<f64> {
    let values = evaluate(law, inputs, target.len());
    let size = |r: f64| if r.is_finite() { r.abs() } else { f64::INFINITY };
    errors.residuals(&values, target).into_iter().map(size).collect()
}

/// Whether rounding alone may explain the residual of each row. In exact data, the usual residual can be much smaller than
/// the rounding of the largest values.
fn are_rounded(law: &Expr, inputs: &[Vec<f64>], target: &[f64], steps: &[f64]) -> Vec<bool> {
    let values = evaluate(law, inputs, target.len());
    // The standard deviation of a rounding error is its step divided by √12.
    let rounded = |((value, target), step): ((&f64, &f64), &f64)| (value - target).abs() <= FAR * step / 12f64.sqrt();
    values.iter().zip(target).zip(steps).map(rounded).collect()
}

/// The multiple of the usual residual that is as rare as [`FAR`] in many rows. Few rows say little about the usual residual,
/// so it is Student's quantile, in the approximation of Wallace.
fn far_of(free: f64) -> f64 {
    let normal = FAR * (8.0 * free + 3.0) / (8.0 * free + 1.0);
    (free * (normal * normal / free).exp_m1()).sqrt()
}

/// The largest usual residual, from the median.
fn limit(residuals: &[f64], law: &Expr, target: &[f64], errors: Errors) -> f64 {
    let rows = residuals.len() as f64;
    let free = (rows - law.parameters().len() as f64).max(1.0);
    let spread = match errors {
        Errors::Relative => 1.0,
        _ => errors.variance(target).sqrt(),
    };
    far_of(free)
        * (1.4826 * median(residuals.to_vec()) * (rows / free).sqrt())
            .max(ROUNDING * spread.min(median(target.iter().map(|t| t.abs()).collect()).max(f64::MIN_POSITIVE)))
}

/// Rows that differ from what their neighbours suggest, for the search only. Rows must be in random order.
pub(crate) fn suspects(inputs: &[Vec<f64>], target: &[f64]) -> Vec<usize> {
    if target.len() < ROWS_MIN_SURROGATE || inputs.is_empty() {
        return Vec::new();
    }
    let logs = |column: &[f64]| -> Vec<f64> {
        let positive = column.iter().all(|v| *v > 0.0);
        column.iter().map(|v| if positive { v.ln() } else { *v }).collect()
    };
    // A few values of the other sign, such as sentinels, have no logarithm: they are as far away as a value can be.
    let sign = if target.iter().filter(|y| **y > 0.0).count() * 2 > target.len() { 1.0 } else { -1.0 };
    let one_sign = target.iter().filter(|y| **y * sign <= 0.0).count() <= most(target.len());
    let log = |y: &f64| if y * sign > 0.0 { y.abs().ln() } else { f64::MAX };
    let mut best: Option<(f64, Vec<usize>)> = None;
    for by_log in [true, false] {
        let columns: Vec<Vec<f64>> = inputs.iter().map(|c| if by_log { logs(c) } else { c.clone() }).collect();
        for target_by_log in [true, false] {
            if target_by_log && !one_sign {
                continue;
            }
            let values: Vec<f64> = target.iter().map(|y| if target_by_log { log(y) } else { *y }).collect();
            if let Some((left, found)) = unlike_neighbours(&columns, &values)
                && !lie_together(&found, inputs)
                && best.as_ref().is_none_or(|(least, _)| left < *least)
            {
                best = Some((left, found));
            }
        }
    }
    best.map(|(_, found)| found).unwrap_or_default()
}

/// The usual residual of a prediction from the neighbours as a share of the usual spread, and the rows far beyond it.
fn unlike_neighbours(columns: &[Vec<f64>], target: &[f64]) -> Option<(f64, Vec<usize>)> {
    let rows = target.len();
    let middle = median(target.to_vec());
    let spread = median(target.iter().map(|y| (y - middle).abs()).collect()) * 1.4826;
    if spread <= 0.0 || !spread.is_finite() {
        return None;
    }
    // One absurd value must not decide about the surrogate.
    let values: Vec<f64> = target.iter().map(|y| ((y - middle) / spread).clamp(-8.0, 8.0)).collect();
    let scales: Vec<(f64, f64)> = columns.iter().map(|c| standard(c)).collect();
    let points: Vec<Vec<f64>> =
        (0..rows).map(|r| columns.iter().zip(&scales).map(|(c, (m, s))| (c[r] - m) / s).collect()).collect();
    let root = (columns.len() as f64).sqrt();
    let mut best: Option<(f64, Vec<usize>)> = None;
    for width in WIDTHS {
        for noise in NOISES {
            let Some((left, found)) = removed_one_by_one(&points, &values, width * root, noise) else { continue };
            if found.len() <= most(rows) && best.as_ref().is_none_or(|(least, _)| left < *least) {
                best = Some((left, found));
            }
        }
    }
    // Neighbours that predict little cannot tell which row is wrong.
    best.filter(|(left, _)| *left < 0.3)
}

fn removed_one_by_one(points: &[Vec<f64>], values: &[f64], width: f64, noise: f64) -> Option<(f64, Vec<usize>)> {
    let rows = points.len().min(ROWS_MAX_SURROGATE);
    let mut kept: Vec<usize> = (0..rows).collect();
    let mut usual = f64::INFINITY;
    let mut weights = Vec::new();
    for _ in 0..ROUNDS {
        let (next_weights, residuals) = left_out(points, values, &kept, width, noise)?;
        weights = next_weights;
        usual = 1.4826 * median(residuals.iter().map(|r| r.abs()).collect());
        let largest = residuals.iter().fold(0.0f64, |m, r| m.max(r.abs()));
        // The neighbours of a wrong row look wrong, too, until it is gone.
        let limit = (1.2 * FAR * usual).max(CLEARLY).max(0.4 * largest);
        let next: Vec<usize> =
            kept.iter().zip(&residuals).filter(|(_, r)| r.abs() <= limit).map(|(&row, _)| row).collect();
        if next.len() == kept.len() || rows - next.len() > 2 * most(rows) {
            break;
        }
        kept = next;
    }
    let mut gone: Vec<usize> = (0..rows).filter(|row| kept.binary_search(row).is_err()).collect();
    let limit = (1.2 * FAR * usual).max(CLEARLY);
    gone.extend((rows..points.len()).filter(|&row| {
        let predicted: f64 = kept.iter().zip(&weights).map(|(&k, w)| w * kernel(&points[k], &points[row], width)).sum();
        (predicted - values[row]).abs() > limit
    }));
    Some((usual, gone))
}

/// The weights of the kept rows, and for each the difference to the prediction from the others.
fn left_out(
    points: &[Vec<f64>],
    values: &[f64],
    kept: &[usize],
    width: f64,
    noise: f64,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let size = kept.len();
    let matrix = DMatrix::from_fn(size, size, |i, j| {
        kernel(&points[kept[i]], &points[kept[j]], width) + if i == j { noise } else { 0.0 }
    });
    let inverse = matrix.cholesky()?.inverse();
    let weights = &inverse * DVector::from_iterator(size, kept.iter().map(|&r| values[r]));
    let residuals: Vec<f64> = (0..size).map(|k| weights[k] / inverse[(k, k)]).collect();
    residuals.iter().all(|r| r.is_finite()).then(|| (weights.iter().copied().collect(), residuals))
}

/// Whether the nearest other rows of these rows are often among them.
fn lie_together(far: &[usize], inputs: &[Vec<f64>]) -> bool {
    if far.len() < 3 {
        return false;
    }
    let rows = inputs.first().map_or(0, Vec::len);
    let scales: Vec<f64> = inputs.iter().map(|c| standard(c).1).collect();
    let distance = |a: usize, b: usize| -> f64 {
        inputs.iter().zip(&scales).map(|(c, s)| ((c[a] - c[b]) / s).powi(2)).sum::<f64>()
    };
    let mut together = 0;
    for &row in far {
        let nearest =
            (0..rows).filter(|&other| other != row).min_by(|&a, &b| distance(row, a).total_cmp(&distance(row, b)));
        together += usize::from(nearest.is_some_and(|other| far.contains(&other)));
    }
    together as f64 > TOGETHER * far.len() as f64
}

pub(crate) fn picked(inputs: &[Vec<f64>], target: &[f64], rows: &[usize]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let pick = |column: &[f64]| rows.iter().map(|&r| column[r]).collect::<Vec<f64>>();
    (inputs.iter().map(|c| pick(c)).collect(), pick(target))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(rows: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut random = fastrand::Rng::with_seed(6);
        let x: Vec<f64> = (0..rows).map(|_| 6.0 * random.f64()).collect();
        let y = x.iter().map(|x| 2.0 + x.sin() + 0.02 * (random.f64() - 0.5)).collect();
        (vec![x], y)
    }

    #[test]
    fn in_few_rows_a_row_must_be_farther_away() {
        // The quantiles of Student's distribution that are as rare as five deviations of a normal one.
        for (free, expected) in [(9.0, 12.42), (20.0, 7.20), (60.0, 5.60), (1e4, 5.0)] {
            assert!((far_of(free) - expected).abs() < 0.02 * expected, "{free}: {}", far_of(free));
        }
    }

    #[test]
    fn wrong_rows_differ_from_their_neighbours() {
        let (inputs, mut target) = wave(100);
        assert!(suspects(&inputs, &target).is_empty());
        for (row, value) in [(7, -999.0), (30, 20.0), (61, -2.0)] {
            target[row] = value;
        }
        assert_eq!(suspects(&inputs, &target), [7, 30, 61]);
    }

    #[test]
    fn a_sentinel_is_found_in_a_target_of_many_powers_of_ten() {
        let mut random = fastrand::Rng::with_seed(9);
        let x: Vec<f64> = (0..80).map(|_| 10f64.powf(4.0 * random.f64())).collect();
        let mut y: Vec<f64> = x.iter().map(|x| 30.0 / (x * x) * (1.0 + 0.1 * random.f64())).collect();
        (y[12], y[50]) = (-999.0, 0.0);
        assert_eq!(suspects(&[x], &y), [12, 50]);
    }

    #[test]
    fn a_sentinel_far_below_a_line_is_found() {
        for seed in 0..5 {
            let mut random = fastrand::Rng::with_seed(seed);
            let x: Vec<f64> = (0..60).map(|_| 12.0 * random.f64()).collect();
            let mut y: Vec<f64> = x.iter().map(|x| 11.0 - 0.7 * x + 0.6 * (random.f64() - 0.5)).collect();
            (y[4], y[20]) = (-999.0, -999.0);
            let found = suspects(&[x], &y);
            assert!(found.contains(&4) && found.contains(&20), "{seed}: {found:?}");
        }
    }

    #[test]
    fn wrong_rows_are_far_from_a_law_that_they_moved() {
        let mut random = fastrand::Rng::with_seed(7);
        let x: Vec<f64> = (0..60).map(|_| 5.0 * random.f64()).collect();
        let mut y: Vec<f64> = x.iter().map(|x| 3.0 * x + 1.0 + 0.1 * (random.f64() - 0.5)).collect();
        (y[4], y[20], y[33]) = (300.0, -40.0, 0.0);
        let inputs = vec![x];
        let mut line = Expr::fitted(1.0).times(Expr::Variable(0)).plus(Expr::fitted(1.0));
        fit(&mut line, Sample::equal(&inputs, &y), 30);
        let far = far_from(&line, &inputs, &y, Errors::Equal);
        assert_eq!((far.aside, far.in_fit), (vec![4, 20, 33], 0));
    }

    #[test]
    fn rounding_makes_no_row_wrong() {
        let mut random = fastrand::Rng::with_seed(5);
        let x: Vec<f64> = (0..40).map(|_| (1e3 * (0.3 * (40.0f64).powf(random.f64()))).round() / 1e3).collect();
        // Six significant digits, so the largest values are rounded a hundred times as coarsely as the smallest.
        let six_digits = |y: f64| format!("{y:.5e}").parse::<f64>().unwrap();
        let y: Vec<f64> = x.iter().map(|x| six_digits(2.5 * x * x / 7.0)).collect();
        let inputs = vec![x];
        let law = Expr::fitted(2.5 / 7.0).times(Expr::Variable(0).power(2.0));
        assert!(far_from(&law, &inputs, &y, Errors::Equal).aside.is_empty());
        let mut wrong = y.clone();
        wrong[3] = six_digits(1.01 * wrong[3]);
        assert_eq!(far_from(&law, &inputs, &wrong, Errors::Equal).aside, [3]);
    }

    #[test]
    fn a_peak_that_the_law_lacks_is_not_set_aside() {
        let mut random = fastrand::Rng::with_seed(7);
        let x: Vec<f64> = (0..200).map(|k| 0.05 * f64::from(k)).collect();
        let peak = |x: f64| 5.0 * (-((x - 4.0) / 0.12).powi(2)).exp();
        let y: Vec<f64> = x.iter().map(|x| 2.0 * x + peak(*x) + 0.05 * (random.f64() - 0.5)).collect();
        let line = Expr::fitted(2.0).times(Expr::Variable(0));
        let far = far_from(&line, &[x], &y, Errors::Equal);
        assert!(far.aside.is_empty() && far.in_fit > 3, "{far:?}");
    }
}
