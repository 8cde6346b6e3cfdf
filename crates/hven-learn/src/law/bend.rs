//! Proposes laws of one input that bend or saturate: a function of b·x, times a number, and perhaps plus another.
//!
//! For a fixed rate b the other numbers are linear. So rates are scanned, and the best of each function is proposed: the fit on
//! the values decides. It suits data with errors, where no residual vanishes.

use super::expression::{Expr, Function};
use super::scan;
use super::task::Task;

const ROWS_MIN: usize = 12;
/// Enough to propose a rate, because all constants are fitted afterwards.
const ROWS_MAX: usize = 200;
/// How many rates are scanned, from a tenth to twenty times the inverse of the largest input.
const RATES: usize = 24;
const NARROWED: usize = 10;
/// The largest share of the target's size that a proposed law may leave.
const LEFT_MAX: f64 = 0.3;
const FUNCTIONS: [Function; 4] = [Function::Tanh, Function::Atan, Function::Sin, Function::Log];

pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    let rows = task.rows().min(ROWS_MAX);
    if task.inputs.len() != 1 || rows < ROWS_MIN {
        return;
    }
    let input = &task.inputs[0][..rows];
    let size = input.iter().fold(0.0f64, |size, x| size.max(x.abs()));
    if size <= 0.0 {
        return;
    }
    let step = 200f64.powf(1.0 / (RATES - 1) as f64);
    let rates: Vec<f64> = (0..RATES).map(|k| 0.1 / size * step.powi(k as i32)).collect();
    for function in FUNCTIONS {
        for with_offset in [false, true] {
            let left = |rate: f64| fitted(task, rows, function, rate, with_offset).map_or(f64::INFINITY, |f| f.left);
            let all: Vec<f64> = rates.iter().map(|&rate| left(rate)).collect();
            let Some(&k) = scan::lowest(&all).first() else { continue };
            if all[k] >= LEFT_MAX {
                continue;
            }
            let rate = scan::narrowed(left, rates[k] / step, rates[k] * step, NARROWED);
            if let Some(Fitted { factor, offset, .. }) = fitted(task, rows, function, rate, with_offset) {
                let argument = Expr::fitted(rate).times(Expr::Variable(0));
                // The logarithm is that of 1 + b·x, which is 0 at 0 like the other functions.
                let argument = if function == Function::Log { Expr::exact(1.0).plus(argument) } else { argument };
                let law = Expr::fitted(factor).times(argument.call(function));
                offer(&if with_offset { law.plus(Expr::fitted(offset)) } else { law });
            }
        }
    }
}

struct Fitted {
    factor: f64,
    offset: f64,
    /// The residual as a share of the target's size.
    left: f64,
}

/// Weighted least squares of the target on the function of the input times the rate.
fn fitted(task: &Task, rows: usize, function: Function, rate: f64, with_offset: bool) -> Option<Fitted> {
    let value = |x: f64| if function == Function::Log { (rate * x).ln_1p() } else { function.value(rate * x) };
    let (mut w, mut wf, mut wff, mut wy, mut wfy, mut wyy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for row in 0..rows {
        let (f, y) = (value(task.inputs[0][row]), task.target[row]);
        let weight = task.error_sizes[row].powi(-2);
        w += weight;
        wf += weight * f;
        wff += weight * f * f;
        wy += weight * y;
        wfy += weight * f * y;
        wyy += weight * y * y;
    }
    let (factor, offset) = if with_offset {
        let factor = (w * wfy - wf * wy) / (w * wff - wf * wf);
        (factor, (wy - factor * wf) / w)
    } else {
        (wfy / wff, 0.0)
    };
    let left = wyy - factor * wfy - offset * wy;
    let left = (left.max(0.0) / wyy).sqrt();
    (factor.is_finite() && offset.is_finite() && left.is_finite()).then_some(Fitted { factor, offset, left })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::normal;
    use crate::law::fit::{Sample, fit, loss};

    /// The share of the noise-free variance that the best proposal leaves after a fit to noisy rows.
    fn left(law: impl Fn(f64) -> f64) -> f64 {
        let mut random = fastrand::Rng::with_seed(3);
        let inputs = vec![(0..300).map(|_| 0.2 + 4.0 * random.f64()).collect::<Vec<f64>>()];
        let clean: Vec<f64> = inputs[0].iter().map(|x| law(*x)).collect();
        let noisy: Vec<f64> = clean.iter().map(|y| y + 0.01 * normal(&mut random)).collect();
        let mut best = f64::INFINITY;
        propose(&Task::root(inputs.clone(), noisy.clone()), &mut |proposal| {
            let mut law = proposal.clone();
            fit(&mut law, Sample::equal(&inputs, &noisy), 40);
            let plain = Sample::equal(&inputs, &clean);
            best = best.min(loss(&law, plain) / plain.variance());
        });
        best
    }

    #[test]
    fn laws_that_saturate_are_proposed() {
        assert!(left(|x| 2.0 * (0.7 * x).tanh()) < 1e-4);
        assert!(left(|x| 1.5 - 0.8 * (1.0 + 3.0 * x).ln()) < 1e-4);
        assert!(left(|x| (2.0 * x).atan()) < 1e-4);
    }
}
