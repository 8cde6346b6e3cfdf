//! Growth and decay in one input: sums of powers and of powers times one exponential, such as (e^cx − 1)/x.
//!
//! With the rate c fixed the coefficients are linear. So rates are scanned, the best is refined, and if nothing is left
//! the law is proposed. Data with noise never pass; for them there is the evolution.

use nalgebra::{DMatrix, DVector};

use super::expression::{Expr, Function};
use super::task::Task;

const ROWS_MAX: usize = 300;
/// Few at a time: with more, any smooth law is nearly in their span, whatever the rate.
const POWERS: [&[f64]; 5] = [&[0.0], &[-1.0], &[1.0], &[0.0, 1.0], &[0.0, -1.0]];
/// Rates are tried from a tenth of what the range of the input suggests to twenty times that, this many of each sign.
const RATES: usize = 40;
/// So many of the rates that leave less than their neighbours are refined.
const REFINED_MAX: usize = 6;
/// A residual below this share of the target's size counts as none.
const VANISHING: f64 = 1e-9;

pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    if task.inputs.len() != 1 {
        return;
    }
    // What is found first by symmetry may be 1/x as well as x.
    for upright in [true, false] {
        let input = if upright { Expr::Variable(0) } else { Expr::Variable(0).power(-1.0) };
        if (upright || task.positive[0])
            && let Some(turned) = task.over(std::slice::from_ref(&input))
            && propose_in(&turned, &mut |law| offer(&law.substitute(std::slice::from_ref(&input))))
        {
            return;
        }
    }
}

fn propose_in(task: &Task, offer: &mut impl FnMut(&Expr)) -> bool {
    let input = &task.inputs[0];
    let rows = task.rows().min(ROWS_MAX);
    let size = input[..rows].iter().fold(0.0f64, |size, x| size.max(x.abs()));
    if rows < 40 || size <= 0.0 {
        return false;
    }
    let target = DVector::from_column_slice(&task.target[..rows]);
    for powers in POWERS.into_iter().filter(|powers| task.positive[0] || !powers.contains(&-1.0)) {
        if with_powers(&input[..rows], &target, powers, size, offer) {
            return true;
        }
    }
    false
}

fn with_powers(input: &[f64], target: &DVector<f64>, powers: &[f64], size: f64, offer: &mut impl FnMut(&Expr)) -> bool {
    let left = |rate: f64| solve(input, target, powers, rate).map_or(f64::INFINITY, |(_, left)| left);
    let step = 200f64.powf(1.0 / (RATES - 1) as f64);
    for sign in [1.0, -1.0] {
        let rates: Vec<f64> = (0..RATES).map(|k| sign * 0.1 / size * step.powi(k as i32)).collect();
        let all: Vec<f64> = rates.iter().map(|&rate| left(rate)).collect();
        let around = |k: usize| [k.wrapping_sub(1), k + 1].into_iter().filter_map(|n| all.get(n));
        let mut lowest: Vec<usize> = (0..RATES).filter(|&k| around(k).all(|other| all[k] <= *other)).collect();
        lowest.sort_by(|&a, &b| all[a].total_cmp(&all[b]));
        for k in lowest.into_iter().take(REFINED_MAX) {
            let rate = refined(&left, rates[k] / step, rates[k] * step);
            if let Some((coefficients, left)) = solve(input, target, powers, rate)
                && left < VANISHING
            {
                offer(&law(powers, rate, coefficients.as_slice()));
                return true;
            }
        }
    }
    false
}

/// The rate between `low` and `high` that leaves least, by ever narrower thirds.
fn refined(left: &impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..80 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if left(a) < left(b) {
            high = b;
        } else {
            low = a;
        }
    }
    f64::midpoint(low, high)
}

/// Coefficients of x^p and x^p · e^(rate·x), and the share of the target's size that is left.
fn solve(input: &[f64], target: &DVector<f64>, powers: &[f64], rate: f64) -> Option<(DVector<f64>, f64)> {
    let plain = |row: usize, column: usize| input[row].powf(powers[column % powers.len()]);
    let grown = |row: usize, column: usize| if column < powers.len() { 1.0 } else { (rate * input[row]).exp() };
    let mut matrix = DMatrix::from_fn(input.len(), 2 * powers.len(), |r, c| plain(r, c) * grown(r, c));
    let norms: Vec<f64> = matrix.column_iter().map(|c| c.norm()).collect();
    for (mut column, norm) in matrix.column_iter_mut().zip(&norms) {
        column /= *norm;
    }
    let qr = matrix.clone().qr();
    let mut rotated = target.clone();
    qr.q_tr_mul(&mut rotated);
    let solution = qr.r().solve_upper_triangular(&rotated.rows(0, 2 * powers.len()).into_owned())?;
    let left = (matrix * &solution - target).norm() / target.norm();
    let coefficients = DVector::from_iterator(norms.len(), solution.iter().zip(&norms).map(|(s, norm)| s / norm));
    (left.is_finite() && coefficients.iter().all(|c| c.is_finite())).then_some((coefficients, left))
}

/// Without the terms that do nothing; a power that all terms share stands before the sum.
#[allow(clippy::float_cmp)] // powers are those of the table
fn law(powers: &[f64], rate: f64, coefficients: &[f64]) -> Expr {
    let x = || Expr::Variable(0);
    let least = 1e-5 * coefficients.iter().fold(0.0f64, |most, c| most.max(c.abs()));
    let kept: Vec<(usize, f64)> = coefficients.iter().copied().enumerate().filter(|(_, c)| c.abs() > least).collect();
    let power = |k: usize| powers[k % powers.len()];
    let shared = kept.first().map(|&(k, _)| power(k)).filter(|p| kept.iter().all(|&(k, _)| power(k) == *p));
    let terms = kept.iter().map(|&(k, c)| {
        let term = Expr::fitted(c).times(x().power(power(k) - shared.unwrap_or(0.0)));
        if k < powers.len() { term } else { term.times(Expr::fitted(rate).times(x()).call(Function::Exp)) }
    });
    Expr::Sum(terms.collect()).times(x().power(shared.unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::fit::{Sample, fit};

    #[test]
    fn the_rate_of_an_exponential_is_found() {
        for rate in [0.159, -2.3, 7.0] {
            let mut random = fastrand::Rng::with_seed(4);
            let x: Vec<f64> = (0..200).map(|_| 0.2 + 2.0 * random.f64()).collect();
            let y: Vec<f64> = x.iter().map(|x| ((rate * x).exp() - 1.0) / x).collect();
            let task = Task::root(vec![x.clone()], y.clone());
            let mut reached = f64::INFINITY;
            propose(&task, &mut |law| {
                let mut law = law.clone();
                reached = reached.min(fit(&mut law, Sample { inputs: std::slice::from_ref(&x), target: &y }, 60));
            });
            let size = y.iter().map(|y| y * y).sum::<f64>() / 200.0;
            assert!(reached < 1e-15 * size, "{rate}: {reached}");
        }
    }

    #[test]
    fn noise_is_no_growth() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut column = || (0..200).map(|_| random.f64()).collect::<Vec<f64>>();
        let task = Task::root(vec![column()], column());
        propose(&task, &mut |law| panic!("{law:?}"));
    }
}
