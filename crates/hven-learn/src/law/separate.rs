//! Splits a law that is a product of a function of each input, in noisy data.
//!
//! The logarithm of such a law is a sum of functions of one input. A few simple terms for each input approximate it; without
//! the terms of all other inputs, the target is a function of one input alone, for which the direct solutions are tried. The
//! best laws of the inputs are multiplied and proposed.

use nalgebra::{DMatrix, DVector};

use super::expression::Expr;
use super::fit::Sample;
use super::pool::Pool;
use super::task::{Task, Transform};
use super::{growth, power, subset};

const INPUTS: std::ops::RangeInclusive<usize> = 2..=3;
const ROWS_MIN: usize = 40;
const ROWS_MAX: usize = 400;
/// How many laws of each input are combined.
const KEPT_MAX: usize = 4;
const COMPLEXITY_MAX: usize = 14;
/// The symbols to choose from, for the description of a law of one input.
const SYMBOLS: usize = 10;

pub(crate) fn propose(task: &Task, stop: &impl Fn() -> bool, offer: &mut impl FnMut(&Expr)) {
    if !INPUTS.contains(&task.inputs.len()) || task.rows() < ROWS_MIN {
        return;
    }
    let Some(logs) = task.rows_only(&(0..task.rows().min(ROWS_MAX)).collect::<Vec<_>>()).transformed(Transform::Log)
    else {
        return;
    };
    let Some(parts) = additive(&logs) else { return };
    let rows = logs.rows();
    let mut products: Vec<Expr> = vec![Expr::exact(1.0)];
    for i in 0..task.inputs.len() {
        let others = |r: usize| parts.iter().enumerate().filter(|(k, _)| *k != i).map(|(_, p)| p[r]).sum::<f64>();
        let target: Vec<f64> = (0..rows).map(|r| (logs.target[r] - others(r)).exp()).collect();
        let mut alone = Task::root(vec![logs.inputs[i].clone()], target);
        // An error of the logarithm is a relative one of the product.
        alone.error_sizes = logs.error_sizes.iter().zip(&alone.target).map(|(size, y)| size * y).collect();
        let laws = laws_of_one(&alone, stop);
        products = products
            .iter()
            .flat_map(|product| laws.iter().map(|law| product.clone().times(law.substitute(&[Expr::Variable(i)]))))
            .collect();
    }
    let sign = if task.target.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
    for product in products {
        if stop() {
            return;
        }
        offer(&Expr::exact(sign).times(product));
    }
}

/// The best laws of a task with one input.
fn laws_of_one(task: &Task, stop: &impl Fn() -> bool) -> Vec<Expr> {
    let mut pool = Pool::new(Sample::equal(&task.inputs, &task.target), task.signs(), COMPLEXITY_MAX, SYMBOLS);
    let mut forms = vec![task.clone()];
    forms.extend(Transform::ALL.iter().filter_map(|t| task.transformed(*t)));
    for form in &forms {
        if stop() {
            break;
        }
        power::propose(form, &mut |law| _ = pool.offer(&form.law(law)));
        subset::propose(form, &mut |law| pool.offer_screened(&form.law(law)));
        growth::propose_noisy(form, &mut |law| pool.offer_screened(&form.law(law)));
    }
    pool.shorten();
    let mut all: Vec<(f64, &Expr)> =
        pool.best.iter().map(|(c, entry)| (pool.cost(*c, entry).total(), &entry.expr)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().take(KEPT_MAX).map(|(_, law)| law.clone()).collect()
}

/// The target as a sum of one part for each input, in each row, by weighted least squares; the first part has the constant.
fn additive(task: &Task) -> Option<Vec<Vec<f64>>> {
    let rows = task.rows();
    let mut columns: Vec<Vec<f64>> = vec![vec![1.0; rows]];
    let mut owners = vec![0];
    for (i, input) in task.inputs.iter().enumerate() {
        let middle = input.iter().sum::<f64>() / rows as f64;
        let spread = (input.iter().map(|x| (x - middle).powi(2)).sum::<f64>() / rows as f64).sqrt();
        if spread.is_nan() || spread <= 0.0 {
            continue;
        }
        for power in 1..=5 {
            columns.push(input.iter().map(|x| ((x - middle) / spread).powi(power)).collect());
            owners.push(i);
        }
        if task.positive[i] {
            columns.push(input.iter().map(|x| x.ln()).collect());
            columns.push(input.iter().map(|x| spread / x).collect());
            owners.extend([i, i]);
        }
    }
    let matrix = DMatrix::from_fn(rows, columns.len(), |r, c| columns[c][r] / task.error_sizes[r]);
    let right = DVector::from_fn(rows, |r, _| task.target[r] / task.error_sizes[r]);
    let solution = matrix.svd(true, true).solve(&right, 1e-9).ok()?;
    let mut parts = vec![vec![0.0; rows]; task.inputs.len()];
    for ((column, owner), c) in columns.iter().zip(&owners).zip(solution.iter()) {
        parts[*owner].iter_mut().zip(column).for_each(|(part, v)| *part += c * v);
    }
    parts.iter().flatten().all(|v| v.is_finite()).then_some(parts)
}
