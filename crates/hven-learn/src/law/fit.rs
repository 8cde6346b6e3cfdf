//! Fits the constants of a law to data: least squares by the Levenberg–Marquardt method.

use nalgebra::{DMatrix, DVector};

use super::expression::Expr;
use super::tape::Tape;

/// Columns of inputs and the target, all of the same length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub inputs: &'a [Vec<f64>],
    pub target: &'a [f64],
}

impl Sample<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.target.len()
    }

    pub(crate) fn variance(&self) -> f64 {
        let rows = self.rows().max(1) as f64;
        let mean = self.target.iter().sum::<f64>() / rows;
        self.target.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / rows
    }
}

/// The mean squared residual; infinite if the law has no value in some row.
pub(crate) fn mean_square(values: &[f64], target: &[f64]) -> f64 {
    let sum: f64 = values.iter().zip(target).map(|(v, t)| (v - t) * (v - t)).sum();
    let mean = sum / target.len().max(1) as f64;
    if mean.is_finite() { mean } else { f64::INFINITY }
}

pub(crate) fn loss(expr: &Expr, sample: Sample<'_>) -> f64 {
    mean_square(Tape::new(expr).values(sample.inputs, sample.rows()), sample.target)
}

/// Fits all parameters of `expr` and returns the loss. The law never becomes worse.
pub(crate) fn fit(expr: &mut Expr, sample: Sample<'_>, iterations_max: usize) -> f64 {
    let rows = sample.rows();
    let mut tape = Tape::new(expr);
    let mut parameters = tape.parameters();
    let mut best = mean_square(tape.values(sample.inputs, rows), sample.target);
    if parameters.is_empty() || !best.is_finite() {
        return best;
    }
    let scale = sample.target.iter().map(|t| t * t).sum::<f64>() / rows.max(1) as f64;
    let mut damping = 1e-3;
    let mut stalled = 0;
    for _ in 0..iterations_max {
        let slopes = tape.slopes_by_parameter(rows);
        let residuals: Vec<f64> =
            tape.values(sample.inputs, rows).iter().zip(sample.target).map(|(v, t)| t - v).collect();
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
            let reached = mean_square(tape.values(sample.inputs, rows), sample.target);
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
        fit(&mut law, Sample { inputs: &[x], target: &y }, 200);
        let found = law.parameters();
        assert!((found[0] / 3e-19 - 1.0).abs() < 1e-6 && (found[1] - 1.5).abs() < 1e-8, "{found:?}");
    }
}
