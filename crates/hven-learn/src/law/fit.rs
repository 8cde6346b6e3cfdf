//! Fits the constants of a law to data: least squares by the Levenberg–Marquardt method.

use nalgebra::{DMatrix, DVector};

use super::errors::Errors;
use super::expression::Expr;
use super::tape::{Tape, evaluate};

/// Columns of inputs and the target, all of the same length, and the errors of the target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub inputs: &'a [Vec<f64>],
    pub target: &'a [f64],
    pub errors: Errors,
}

impl<'a> Sample<'a> {
    /// A sample with equal errors.
    pub(crate) fn equal(inputs: &'a [Vec<f64>], target: &'a [f64]) -> Self {
        Self { inputs, target, errors: Errors::Equal }
    }

    pub(crate) fn rows(&self) -> usize {
        self.target.len()
    }

    pub(crate) fn variance(&self) -> f64 {
        self.errors.variance(self.target)
    }
}

pub(crate) fn loss(expr: &Expr, sample: Sample<'_>) -> f64 {
    sample.errors.loss(Tape::new(expr).values(sample.inputs, sample.rows()), sample.target)
}

/// Fits all parameters of `expr` and returns the loss. The law never becomes worse.
pub(crate) fn fit(expr: &mut Expr, sample: Sample<'_>, iterations_max: usize) -> f64 {
    let inverse = |values: &[f64]| values.iter().map(|v| 1.0 / v.abs()).collect::<Vec<f64>>();
    match sample.errors {
        Errors::Equal => _ = descend(expr, sample, &Residual::Value, iterations_max),
        Errors::Logarithmic => {
            if loss(expr, sample).is_infinite() {
                // A law with a wrong sign somewhere has no logarithm yet.
                descend(expr, sample, &Residual::Weighted(inverse(sample.target)), iterations_max);
            }
            descend(expr, sample, &Residual::Logarithm, iterations_max);
        }
        Errors::Relative => {
            let mut trial = expr.clone();
            let mut weights = inverse(sample.target);
            let mut best = loss(expr, sample);
            for _ in 0..REWEIGHTED {
                descend(&mut trial, sample, &Residual::Weighted(weights), iterations_max);
                let values = evaluate(&trial, sample.inputs, sample.rows());
                let reached = sample.errors.loss(&values, sample.target);
                if reached < best {
                    best = reached;
                    *expr = trial.clone();
                }
                weights = inverse(&values);
                if !weights.iter().all(|w| w.is_finite()) {
                    break;
                }
            }
        }
    }
    loss(expr, sample)
}

/// How often the weights of relative errors are computed from the law that was fitted with the last ones.
const REWEIGHTED: usize = 4;

/// The residual whose square a descent makes small.
enum Residual {
    Value,
    Weighted(Vec<f64>),
    Logarithm,
}

impl Residual {
    /// The mean squared residual; infinite if it has no value in some row.
    fn mean_square(&self, values: &[f64], target: &[f64]) -> f64 {
        match self {
            Self::Value => Errors::Equal.loss(values, target),
            Self::Logarithm => Errors::Logarithmic.loss(values, target),
            Self::Weighted(weights) => {
                let pairs = values.iter().zip(target).zip(weights);
                let sum: f64 = pairs.map(|((v, t), w)| ((v - t) * w).powi(2)).sum();
                if sum.is_finite() { sum / target.len().max(1) as f64 } else { f64::INFINITY }
            }
        }
    }

    /// The residuals, and how much each changes with the value of the law.
    fn linear(&self, values: &[f64], target: &[f64]) -> (Vec<f64>, Option<Vec<f64>>) {
        match self {
            Self::Value => (values.iter().zip(target).map(|(v, t)| t - v).collect(), None),
            Self::Logarithm => (
                values.iter().zip(target).map(|(v, t)| (t / v).ln()).collect(),
                Some(values.iter().map(|v| 1.0 / v).collect()),
            ),
            Self::Weighted(weights) => {
                (values.iter().zip(target).zip(weights).map(|((v, t), w)| (t - v) * w).collect(), Some(weights.clone()))
            }
        }
    }

    fn size(&self, target: &[f64]) -> f64 {
        let rows = target.len().max(1) as f64;
        match self {
            Self::Value => target.iter().map(|t| t * t).sum::<f64>() / rows,
            Self::Weighted(weights) => target.iter().zip(weights).map(|(t, w)| (t * w).powi(2)).sum::<f64>() / rows,
            Self::Logarithm => 1.0,
        }
    }
}

fn descend(expr: &mut Expr, sample: Sample<'_>, residual: &Residual, iterations_max: usize) -> f64 {
    let rows = sample.rows();
    let mut tape = Tape::new(expr);
    let mut parameters = tape.parameters();
    let mut best = residual.mean_square(tape.values(sample.inputs, rows), sample.target);
    if parameters.is_empty() || !best.is_finite() {
        return best;
    }
    let scale = residual.size(sample.target);
    let mut damping = 1e-3;
    let mut stalled = 0;
    for _ in 0..iterations_max {
        let mut slopes = tape.slopes_by_parameter(rows);
        let (residuals, changes) = residual.linear(tape.values(sample.inputs, rows), sample.target);
        if let Some(changes) = changes {
            for column in &mut slopes {
                column.iter_mut().zip(&changes).for_each(|(s, c)| *s *= c);
            }
        }
        let Some((normal, gradient)) = normal_equations(&slopes, &residuals) else { break };
        let before = best;
        let mut moved = false;
        while damping < 1e12 {
            let Some(step) = solve_damped(&normal, &gradient, damping) else {
                damping *= 10.0;
                continue;
            };
            let trial: Vec<f64> = parameters.iter().zip(step.iter()).map(|(p, s)| p + s).collect();
            tape.set_parameters(&trial);
            let reached = residual.mean_square(tape.values(sample.inputs, rows), sample.target);
            if reached < best {
                best = reached;
                parameters = trial;
                damping = (damping * 0.1).max(1e-15);
                moved = true;
                break;
            }
            damping *= 10.0;
        }
        tape.set_parameters(&parameters);
        tape.values(sample.inputs, rows);
        if !moved || best <= 1e-30 * scale {
            break;
        }
        stalled = if best > before * (1.0 - 1e-10) { stalled + 1 } else { 0 };
        if stalled >= 2 {
            break;
        }
    }
    expr.set_parameters(&parameters);
    best
}

/// The directions in which the parameters can move without any effect on the values, such as two exponents of columns that
/// are in proportion: the rows determine only their sum.
pub(crate) fn free_directions(expr: &Expr, sample: Sample<'_>) -> Vec<Vec<f64>> {
    let rows = sample.rows();
    let mut tape = Tape::new(expr);
    let values = tape.values(sample.inputs, rows).to_vec();
    let mut slopes = tape.slopes_by_parameter(rows);
    if sample.errors != Errors::Equal {
        for column in &mut slopes {
            column.iter_mut().zip(&values).for_each(|(s, v)| *s /= v);
        }
    }
    let norms: Vec<f64> = slopes.iter().map(|c| dot(c, c).sqrt()).collect();
    if slopes.len() < 2 || !norms.iter().all(|n| n.is_finite() && *n > 0.0) {
        return Vec::new();
    }
    let matrix = DMatrix::from_fn(rows, slopes.len(), |r, c| slopes[c][r] / norms[c]);
    let Some(svd) = matrix.try_svd(false, true, f64::EPSILON, 200) else { return Vec::new() };
    let Some(directions) = svd.v_t else { return Vec::new() };
    let largest = svd.singular_values.max();
    (0..svd.singular_values.len())
        .filter(|&k| svd.singular_values[k] < FREE * largest)
        .map(|k| {
            directions.row(k).iter().zip(&norms).map(|(v, norm)| if v.abs() < 1e-4 { 0.0 } else { v / norm }).collect()
        })
        .collect()
}

/// A singular value below this share of the largest shows a direction without effect.
const FREE: f64 = 1e-9;

fn normal_equations(slopes: &[Vec<f64>], residuals: &[f64]) -> Option<(DMatrix<f64>, DVector<f64>)> {
    let size = slopes.len();
    let mut normal = DMatrix::zeros(size, size);
    let mut gradient = DVector::zeros(size);
    for i in 0..size {
        gradient[i] = dot(&slopes[i], residuals);
        for j in 0..=i {
            let product = dot(&slopes[i], &slopes[j]);
            normal[(i, j)] = product;
            normal[(j, i)] = product;
        }
    }
    let finite = normal.iter().chain(gradient.iter()).all(|v: &f64| v.is_finite());
    finite.then_some((normal, gradient))
}

/// One step, in units that give each parameter the same weight, so that magnitudes do not matter.
fn solve_damped(normal: &DMatrix<f64>, gradient: &DVector<f64>, damping: f64) -> Option<DVector<f64>> {
    let size = gradient.len();
    let scales: Vec<f64> = (0..size).map(|i| normal[(i, i)].sqrt()).map(|s| if s > 0.0 { s } else { 1.0 }).collect();
    let scaled = DMatrix::from_fn(size, size, |i, j| {
        normal[(i, j)] / (scales[i] * scales[j]) + if i == j { damping } else { 0.0 }
    });
    let right = DVector::from_fn(size, |i, _| gradient[i] / scales[i]);
    let mut step = scaled.cholesky()?.solve(&right);
    step.iter_mut().zip(&scales).for_each(|(s, scale)| *s /= scale);
    step.iter().all(|s| s.is_finite()).then_some(step)
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::super::expression::{Expr, Number};
    use super::*;

    #[test]
    fn a_power_law_far_from_one_is_fitted_to_the_last_digits() {
        let x: Vec<f64> = (1..40).map(|i| f64::from(i) * 1e11).collect();
        let y: Vec<f64> = x.iter().map(|x| 3e-19 * x.powf(1.5)).collect();
        let mut law = Expr::fitted(1e-18).times(Expr::Power(Box::new(Expr::Variable(0)), Number::fitted(1.4)));
        fit(&mut law, Sample::equal(&[x], &y), 200);
        let found = law.parameters();
        assert!((found[0] / 3e-19 - 1.0).abs() < 1e-6 && (found[1] - 1.5).abs() < 1e-8, "{found:?}");
    }
}
