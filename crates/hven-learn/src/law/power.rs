//! Proposes power laws: y = c · x₁^p₁ · x₂^p₂ …, the first laws to try for measurements.
//!
//! If all values have one sign, the logarithms are linear: one least-squares fit gives the exponents, which are then refined
//! on the values themselves. Irrelevant inputs are removed one by one, and each remaining law is offered.

use nalgebra::{DMatrix, DVector};

use super::expression::{Expr, Number};
use super::task::Task;

/// Exponents with these denominators are also tried as exact ones.
const DENOMINATORS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// Proposes power laws over the inputs of the task.
pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    let Some(rows) = task.rows_of_main_sign() else { return };
    let sign = rows.first().map_or(1.0, |&row| task.target[row].signum());
    let mut used: Vec<usize> = (0..task.inputs.len()).filter(|&i| task.positive[i]).collect();
    let log_target: Vec<f64> = rows.iter().map(|&r| task.target[r].abs().ln()).collect();
    // An error of the logarithm is one of the target, divided by the target.
    let weights_of_rows: Vec<f64> = rows.iter().map(|&r| task.target[r].abs() / task.error_sizes[r]).collect();
    while !used.is_empty() && rows.len() > used.len() + 1 {
        let columns: Vec<Vec<f64>> =
            used.iter().map(|&i| rows.iter().map(|&r| task.inputs[i][r].ln()).collect()).collect();
        let Some((intercept, exponents, weights)) = linear(&columns, &log_target, &weights_of_rows) else { return };
        let law = |exponents: &[f64], number: fn(f64) -> Number| {
            let mut factors = vec![Expr::fitted(sign * intercept.exp())];
            for (&i, &p) in used.iter().zip(exponents) {
                factors.push(Expr::Power(Box::new(Expr::Variable(i)), number(p)));
            }
            Expr::Product(factors)
        };
        let rational: Vec<f64> = exponents.iter().map(|&p| nearest_rational(p)).collect();
        if exponents.iter().zip(&rational).all(|(p, r)| (p - r).abs() < 0.05) {
            offer(&law(&rational, Number::exact));
        }
        offer(&law(&exponents, Number::fitted));
        // Remove the input whose exponent matters least.
        let Some((weakest, _)) = weights.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)) else { return };
        used.remove(weakest);
    }
}

/// The intercept and slopes of a weighted linear fit, and the influence of each column.
fn linear(columns: &[Vec<f64>], target: &[f64], weights: &[f64]) -> Option<(f64, Vec<f64>, Vec<f64>)> {
    let rows = target.len();
    let largest = weights.iter().copied().fold(0.0f64, f64::max);
    let weights: Vec<f64> = weights.iter().map(|w| w / largest).collect();
    let whole: f64 = weights.iter().map(|w| w * w).sum();
    let mean_of = |c: &[f64]| c.iter().zip(&weights).map(|(v, w)| v * w * w).sum::<f64>() / whole;
    let means: Vec<f64> = columns.iter().map(|c| mean_of(c)).collect();
    let target_mean = mean_of(target);
    let a = DMatrix::from_fn(rows, columns.len(), |r, c| (columns[c][r] - means[c]) * weights[r]);
    let b = DVector::from_fn(rows, |r, _| (target[r] - target_mean) * weights[r]);
    let solution = a.clone().svd(true, true).solve(&b, 1e-10).ok()?;
    let slopes: Vec<f64> = solution.iter().copied().collect();
    if !slopes.iter().all(|s| s.is_finite()) {
        return None;
    }
    let intercept = target_mean - slopes.iter().zip(&means).map(|(s, m)| s * m).sum::<f64>();
    let influences = slopes.iter().enumerate().map(|(c, s)| s.abs() * a.column(c).norm()).collect();
    Some((intercept, slopes, influences))
}

pub(crate) fn nearest_rational(p: f64) -> f64 {
    DENOMINATORS
        .iter()
        .map(|d| (p * d).round() / d)
        // A larger denominator must be clearly nearer.
        .reduce(|best, next| if (next - p).abs() < 0.2 * (best - p).abs() { next } else { best })
        .unwrap_or(p)
}

#[cfg(test)]
mod tests {
    use super::nearest_rational;

    #[test]
    fn exponents_are_read_as_small_rationals() {
        for (p, expected) in [(1.4999, 1.5), (-0.99, -1.0), (2.01, 2.0), (0.334, 1.0 / 3.0), (0.0001, 0.0)] {
            assert!((nearest_rational(p) - expected).abs() < 1e-12, "{p}");
        }
    }
}
