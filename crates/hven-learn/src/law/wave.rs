//! Proposes waves: laws that oscillate with one input many times over its range.
//!
//! Evolution does not find the frequency of a fast wave, because a slightly wrong frequency fits as badly as any other. So all
//! frequencies are scanned: for a fixed frequency, amplitudes and phases are linear, and least squares gives the explained
//! share. The best ones are proposed, and the fit refines them.

use std::f64::consts::PI;

use nalgebra::{DMatrix, DVector};

use super::expression::{Expr, Function};
use super::scan;
use super::task::Task;

const ROWS_MAX: usize = 300;
/// A wave needs this many rows per period, if the rows were evenly spread.
const ROWS_PER_PERIOD: f64 = 6.0;
/// A constant, a cosine and a sine, and the last two for twice the frequency.
const AMPLITUDES: usize = 5;
const INPUTS_MAX: usize = 3;
/// The largest share of the variance that a proposed wave may leave.
const LEFT_MAX: f64 = 0.3;
const PROPOSED_MAX: usize = 3;

pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    let rows = task.rows().min(ROWS_MAX);
    if task.inputs.is_empty() || task.inputs.len() > INPUTS_MAX || rows < 40 {
        return;
    }
    for i in 0..task.inputs.len() {
        let column = &task.inputs[i][..rows];
        let (low, high) = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        let range = high - low;
        if range.is_nan() || range <= 0.0 {
            continue;
        }
        let periods_max = rows as f64 / ROWS_PER_PERIOD;
        // A step is a quarter of a period over the whole range.
        let steps = (4.0 * periods_max) as usize;
        let tried: Vec<f64> = (1..=steps).map(|k| 2.0 * PI / range * k as f64 / 4.0).collect();
        let left = |frequency| amplitudes(task, i, frequency, rows).map_or(f64::INFINITY, |(_, left)| left);
        let all: Vec<f64> = tried.iter().map(|&frequency| left(frequency)).collect();
        let step = 0.5 * PI / range;
        for k in scan::lowest(&all).into_iter().filter(|&k| all[k] < LEFT_MAX).take(PROPOSED_MAX) {
            let frequency = scan::narrowed(left, tried[k] - step, tried[k] + step, 40);
            if let Some((amplitudes, left)) = amplitudes(task, i, frequency, rows) {
                offer(&sum_of_waves(task, i, frequency, &amplitudes, 3.0 * (left / rows as f64).sqrt()));
            }
        }
    }
}

/// The waves as a law, without amplitudes below `share` of the largest. A cosine and a sine of one frequency become a cosine
/// with a phase.
fn sum_of_waves(task: &Task, i: usize, frequency: f64, amplitudes: &[f64], share: f64) -> Expr {
    let factors =
        std::iter::once(Expr::exact(1.0)).chain((0..task.inputs.len()).filter(|&k| k != i).map(Expr::Variable));
    let least = share.max(1e-6) * amplitudes.iter().map(|a| a.abs()).fold(0.0, f64::max);
    let matters = |a: f64| a.abs() > least;
    let mut terms = Vec::new();
    for (factor, group) in factors.zip(amplitudes.chunks(AMPLITUDES)) {
        if matters(group[0]) {
            terms.push(Expr::fitted(group[0]).times(factor.clone()));
        }
        for (times, pair) in [1.0, 2.0].into_iter().zip(group[1..].chunks(2)) {
            let angle = Expr::fitted(frequency * times).times(Expr::Variable(i));
            let (size, wave) = match (matters(pair[0]), matters(pair[1])) {
                (false, false) => continue,
                (true, false) => (pair[0], angle.call(Function::Cos)),
                (false, true) => (pair[1], angle.call(Function::Sin)),
                (true, true) => {
                    let phase = Expr::fitted(-pair[1].atan2(pair[0]));
                    (pair[0].hypot(pair[1]), angle.plus(phase).call(Function::Cos))
                }
            };
            terms.push(Expr::fitted(size).times(factor.clone()).times(wave));
        }
    }
    Expr::Sum(terms)
}

/// The amplitudes of the constant, of the wave and its first overtone (a cosine and a sine each), and of their products with
/// each other input; and the residual variance.
fn amplitudes(task: &Task, i: usize, frequency: f64, rows: usize) -> Option<(Vec<f64>, f64)> {
    let others: Vec<usize> = (0..task.inputs.len()).filter(|&k| k != i).collect();
    let width = AMPLITUDES * (1 + others.len());
    let matrix = DMatrix::from_fn(rows, width, |row, column| {
        let factor = match column / AMPLITUDES {
            0 => 1.0,
            k => task.inputs[others[k - 1]][row],
        };
        let angle = frequency * task.inputs[i][row];
        factor
            * match column % AMPLITUDES {
                0 => 1.0,
                1 => angle.cos(),
                2 => angle.sin(),
                3 => (2.0 * angle).cos(),
                _ => (2.0 * angle).sin(),
            }
    });
    let target = DVector::from_column_slice(&task.target[..rows]);
    let normal = matrix.tr_mul(&matrix);
    let size = normal.diagonal().max();
    let ridge = DMatrix::from_diagonal_element(width, width, 1e-12 * size);
    let solution = (normal + ridge).cholesky()?.solve(&matrix.tr_mul(&target));
    let residual = (&matrix * &solution - &target).norm_squared();
    let mean = target.mean();
    let left = residual / target.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>();
    (left.is_finite()).then(|| (solution.iter().copied().collect(), left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::fit::{Sample, fit};

    #[test]
    fn a_fast_wave_is_found_whatever_its_frequency() {
        for frequency in [3.7, 11.3, 25.1] {
            let mut random = fastrand::Rng::with_seed(4);
            let x: Vec<f64> = (0..300).map(|_| 5.0 * random.f64()).collect();
            let y: Vec<f64> = x.iter().map(|x| 0.5 + 2.0 * (frequency * x + 0.3).sin()).collect();
            let task = Task::root(vec![x.clone()], y.clone());
            let mut reached = f64::INFINITY;
            propose(&task, &mut |law| {
                let mut law = law.clone();
                reached = reached.min(fit(&mut law, Sample::equal(std::slice::from_ref(&x), &y), 60));
            });
            assert!(reached < 1e-12, "{frequency}: {reached}");
        }
    }

    #[test]
    fn noise_gives_no_wave() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut column = || (0..300).map(|_| random.f64()).collect::<Vec<f64>>();
        let task = Task::root(vec![column()], column());
        propose(&task, &mut |law| panic!("{law:?}"));
    }
}
