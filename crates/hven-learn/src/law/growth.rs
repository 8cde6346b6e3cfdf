//! Proposes growth and decay in one input: sums of powers and of powers times one exponential, such as (e^cx − 1)/x, or times
//! an exponential and its inverse, such as e^cx + e^−cx.
//!
//! For a fixed rate c the coefficients are linear. So rates are scanned and the best is refined, and if the residual vanishes
//! the law is proposed. Noisy data never pass; for them there is the evolution.

use nalgebra::{DMatrix, DVector};

use super::expression::{Expr, Function};
use super::scan;
use super::task::Task;

const ROWS_MAX: usize = 300;
/// Few members each: with more, almost any smooth law is in their span for any rate.
const BASES: [Basis; 7] = [
    Basis { powers: &[0.0], rates: &[0.0, 1.0] },
    Basis { powers: &[-1.0], rates: &[0.0, 1.0] },
    Basis { powers: &[1.0], rates: &[0.0, 1.0] },
    Basis { powers: &[0.0, 1.0], rates: &[0.0, 1.0] },
    Basis { powers: &[0.0, -1.0], rates: &[0.0, 1.0] },
    Basis { powers: &[0.0], rates: &[0.0, 1.0, -1.0] },
    Basis { powers: &[1.0], rates: &[0.0, 1.0, -1.0] },
];
/// How many rates of each sign are scanned, from a tenth to twenty times the rate that the input's range suggests.
const RATES: usize = 40;
/// How many local minima of the residual are refined.
const REFINED_MAX: usize = 6;
/// A residual below this share of the target's size counts as zero.
const VANISHING: f64 = 1e-9;

/// All x^p · e^(r·c·x) with a power p and a multiple r of the rate c.
#[derive(Debug, Clone, Copy)]
struct Basis {
    powers: &'static [f64],
    rates: &'static [f64],
}

impl Basis {
    /// The power and the multiple of the rate of each member.
    fn members(self) -> impl Iterator<Item = (f64, f64)> {
        self.rates.iter().flat_map(move |&rate| self.powers.iter().map(move |&power| (power, rate)))
    }
}

pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    if task.inputs.len() != 1 {
        return;
    }
    // A reduction by symmetry may have given 1/x instead of x.
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

/// The same in noisy data: the best rates of each basis, whatever they leave.
pub(crate) fn propose_noisy(task: &Task, offer: &mut impl FnMut(&Expr)) {
    if task.inputs.len() != 1 {
        return;
    }
    propose_noisy_in(task, offer);
    let inverse = Expr::Variable(0).power(-1.0);
    if task.positive[0]
        && let Some(turned) = task.over(std::slice::from_ref(&inverse))
    {
        propose_noisy_in(&turned, &mut |law| offer(&law.substitute(std::slice::from_ref(&inverse))));
    }
}

fn propose_noisy_in(task: &Task, offer: &mut impl FnMut(&Expr)) {
    let rows = task.rows().min(ROWS_MAX_NOISY);
    let input = &task.inputs[0][..rows];
    let size = input.iter().fold(0.0f64, |size, x| size.max(x.abs()));
    if rows < ROWS_MIN_NOISY || size <= 0.0 {
        return;
    }
    let weights: Vec<f64> = task.error_sizes[..rows].iter().map(|size| 1.0 / size).collect();
    let target = DVector::from_fn(rows, |r, _| task.target[r] * weights[r]);
    for basis in BASES.into_iter().filter(|basis| task.positive[0] || !basis.powers.contains(&-1.0)) {
        let left = |rate: f64| solve(input, &target, &weights, basis, rate).map_or(f64::INFINITY, |(_, left)| left);
        let step = 200f64.powf(1.0 / (RATES_NOISY - 1) as f64);
        for sign in [1.0, -1.0] {
            let rates: Vec<f64> = (0..RATES_NOISY).map(|k| sign * 0.1 / size * step.powi(k as i32)).collect();
            let all: Vec<f64> = rates.iter().map(|&rate| left(rate)).collect();
            if let Some(&k) = scan::lowest(&all).first()
                && all[k] < LEFT_MAX_NOISY
            {
                let rate = scan::narrowed(left, rates[k] / step, rates[k] * step, NARROWED_NOISY);
                if let Some((coefficients, _)) = solve(input, &target, &weights, basis, rate) {
                    offer(&law(basis, rate, coefficients.as_slice()));
                }
            }
        }
    }
}

/// The least number of rows for a proposal in noisy data, and the largest share of the target's size that it may leave.
const ROWS_MIN_NOISY: usize = 12;
/// Enough to propose a rate, because all constants are fitted afterwards.
const ROWS_MAX_NOISY: usize = 200;
const RATES_NOISY: usize = 24;
const NARROWED_NOISY: usize = 10;
const LEFT_MAX_NOISY: f64 = 0.5;

fn propose_in(task: &Task, offer: &mut impl FnMut(&Expr)) -> bool {
    let input = &task.inputs[0];
    let rows = task.rows().min(ROWS_MAX);
    let size = input[..rows].iter().fold(0.0f64, |size, x| size.max(x.abs()));
    if rows < 40 || size <= 0.0 {
        return false;
    }
    let target = DVector::from_column_slice(&task.target[..rows]);
    for basis in BASES.into_iter().filter(|basis| task.positive[0] || !basis.powers.contains(&-1.0)) {
        if in_basis(&input[..rows], &target, basis, size, offer) {
            return true;
        }
    }
    false
}

fn in_basis(input: &[f64], target: &DVector<f64>, basis: Basis, size: f64, offer: &mut impl FnMut(&Expr)) -> bool {
    let weights = vec![1.0; input.len()];
    let left = |rate: f64| solve(input, target, &weights, basis, rate).map_or(f64::INFINITY, |(_, left)| left);
    let step = 200f64.powf(1.0 / (RATES - 1) as f64);
    for sign in [1.0, -1.0] {
        let rates: Vec<f64> = (0..RATES).map(|k| sign * 0.1 / size * step.powi(k as i32)).collect();
        let all: Vec<f64> = rates.iter().map(|&rate| left(rate)).collect();
        for k in scan::lowest(&all).into_iter().take(REFINED_MAX) {
            let rate = scan::narrowed(left, rates[k] / step, rates[k] * step, 80);
            if let Some((coefficients, left)) = solve(input, target, &weights, basis, rate)
                && left < VANISHING
            {
                offer(&law(basis, rate, coefficients.as_slice()));
                return true;
            }
        }
    }
    false
}

/// The coefficients of the members, and the residual as a share of the target's size. The target is weighted already.
fn solve(
    input: &[f64],
    target: &DVector<f64>,
    weights: &[f64],
    basis: Basis,
    rate: f64,
) -> Option<(DVector<f64>, f64)> {
    let members: Vec<(f64, f64)> = basis.members().collect();
    let mut matrix = DMatrix::from_fn(input.len(), members.len(), |row, column| {
        let (power, times) = members[column];
        input[row].powf(power) * (times * rate * input[row]).exp() * weights[row]
    });
    let norms: Vec<f64> = matrix.column_iter().map(|c| c.norm()).collect();
    for (mut column, norm) in matrix.column_iter_mut().zip(&norms) {
        column /= *norm;
    }
    let qr = matrix.clone().qr();
    let mut rotated = target.clone();
    qr.q_tr_mul(&mut rotated);
    let solution = qr.r().solve_upper_triangular(&rotated.rows(0, members.len()).into_owned())?;
    let left = (matrix * &solution - target).norm() / target.norm();
    let coefficients = DVector::from_iterator(norms.len(), solution.iter().zip(&norms).map(|(s, norm)| s / norm));
    (left.is_finite() && coefficients.iter().all(|c| c.is_finite())).then_some((coefficients, left))
}

/// The law without negligible terms; a power that all terms share is factored out.
#[allow(clippy::float_cmp)] // powers and multiples come from the table
fn law(basis: Basis, rate: f64, coefficients: &[f64]) -> Expr {
    let x = || Expr::Variable(0);
    let least = 1e-5 * coefficients.iter().fold(0.0f64, |most, c| most.max(c.abs()));
    let kept: Vec<((f64, f64), f64)> =
        basis.members().zip(coefficients.iter().copied()).filter(|(_, c)| c.abs() > least).collect();
    let shared = kept.first().map(|((power, _), _)| *power);
    let shared = shared.filter(|shared| kept.iter().all(|((power, _), _)| power == shared)).unwrap_or(0.0);
    let terms = kept.into_iter().map(|((power, times), c)| {
        let term = Expr::fitted(c).times(x().power(power - shared));
        if times == 0.0 { term } else { term.times(Expr::fitted(rate * times).times(x()).call(Function::Exp)) }
    });
    Expr::Sum(terms.collect()).times(x().power(shared))
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
                reached = reached.min(fit(&mut law, Sample::equal(std::slice::from_ref(&x), &y), 60));
            });
            let size = y.iter().map(|y| y * y).sum::<f64>() / 200.0;
            assert!(reached < 1e-15 * size, "{rate}: {reached}");
        }
    }

    #[test]
    fn noise_gives_no_growth_law() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut column = || (0..200).map(|_| random.f64()).collect::<Vec<f64>>();
        let task = Task::root(vec![column()], column());
        propose(&task, &mut |law| panic!("{law:?}"));
    }
}
