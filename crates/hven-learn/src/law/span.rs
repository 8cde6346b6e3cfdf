//! Finds laws that are sums of simple terms, or quotients of such sums, by linear algebra without a search.
//!
//! If the (transformed) target lies in the span of a few hundred products of powers, least squares shows it at once: the
//! residual vanishes. Then the unnecessary terms are removed one by one. Noisy data never pass.

use nalgebra::{DMatrix, DVector};

use super::expression::{Expr, Function};
use super::tape::evaluate;
use super::task::Task;

/// A residual below this share of the target counts as zero.
const VANISHING: f64 = 1e-9;
const FEATURES_MAX: usize = 100;
const TERMS_MAX: usize = 9;
/// Functions that are tried together. With more at once, too many features are nearly in the span of the others.
const FUNCTIONS: [&[Function]; 4] =
    [&[Function::Cos], &[Function::Sin], &[Function::Cos, Function::Sin], &[Function::Exp]];
/// With more inputs, their inverses are not tried.
const INVERTED_MAX: usize = 3;

pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    let inputs = task.inputs.len();
    if inputs == 0 || task.rows() < 30 {
        return;
    }
    let rows = task.rows().min(400);
    let whole = task.rows_only(&(0..rows).collect::<Vec<_>>());
    for degree in 1..=6 {
        let exponents = exponents(inputs, degree, false);
        if exponents.len() > FEATURES_MAX {
            break;
        }
        if sum_of(&whole, &exponents.iter().map(|e| product(e)).collect::<Vec<_>>(), offer) {
            return;
        }
        let half: Vec<Expr> = exponents.iter().map(|e| product(e)).collect();
        if 2 * half.len() <= FEATURES_MAX && quotient_of(&whole, &half, offer) {
            return;
        }
    }
    if inputs <= INVERTED_MAX {
        for upside_down in 1..1 << inputs {
            if rational_of_inverted(&whole, upside_down, offer) {
                return;
            }
        }
    }
    if inputs <= 3 {
        for degree in 1..=3 {
            let mut plain: Vec<Expr> = self::exponents(inputs, degree, true).iter().map(|e| product(e)).collect();
            if degree == 1 {
                plain.extend(roots(&task.positive));
            }
            for i in 0..inputs {
                for functions in FUNCTIONS {
                    let features = with_functions(&plain, i, functions, task.positive[i]);
                    if features.len() <= FEATURES_MAX && sum_of(&whole, &features, offer) {
                        return;
                    }
                }
            }
        }
    }
}

/// The square roots of the inputs and of their pairwise products.
fn roots(positive: &[bool]) -> Vec<Expr> {
    let one = |i: usize| Expr::Variable(i).power(0.5);
    let inputs: Vec<usize> = (0..positive.len()).filter(|&i| positive[i]).collect();
    let pairs = inputs.iter().flat_map(|&i| inputs.iter().filter(move |&&j| j > i).map(move |&j| (i, j)));
    inputs.iter().map(|&i| one(i)).chain(pairs.map(|(i, j)| one(i).times(one(j)))).collect()
}

/// Products of powers, alone and times functions of one input.
fn with_functions(plain: &[Expr], i: usize, functions: &[Function], positive: bool) -> Vec<Expr> {
    let mut features = plain.to_vec();
    for (k, function) in functions.iter().enumerate() {
        let call = Expr::Variable(i).call(*function);
        features.extend(plain.iter().map(|p| p.clone().times(call.clone())));
        // The squares of sine and cosine add up to one, so both together would give no unique solution.
        if k == 0 && *function != Function::Exp {
            features.push(call.power(2.0));
        }
    }
    if positive {
        features.push(Expr::Variable(i).call(Function::Log));
    }
    features
}

/// Quotients of low degree in the inverses of the inputs whose bit is set.
fn rational_of_inverted(task: &Task, inverted: u32, offer: &mut impl FnMut(&Expr)) -> bool {
    let inputs = task.inputs.len();
    let meanings: Vec<Expr> = (0..inputs)
        .map(|i| if inverted & (1 << i) == 0 { Expr::Variable(i) } else { Expr::Variable(i).power(-1.0) })
        .collect();
    let terms = |degree| exponents(inputs, degree, false).iter().map(|e| product(e).substitute(&meanings)).collect();
    (1..=3)
        .map(terms)
        .any(|features: Vec<Expr>| 2 * features.len() <= FEATURES_MAX && quotient_of(task, &features, offer))
}

/// All exponents of total size up to `degree`; with `signed` also negative ones.
pub(crate) fn exponents(inputs: usize, degree: i32, signed: bool) -> Vec<Vec<i32>> {
    let mut all: Vec<Vec<i32>> = vec![Vec::new()];
    for _ in 0..inputs {
        let low = if signed { -degree } else { 0 };
        all = all
            .into_iter()
            .flat_map(|e| (low..=degree).map(move |p| e.iter().copied().chain([p]).collect::<Vec<i32>>()))
            .filter(|e| e.iter().map(|p| p.abs()).sum::<i32>() <= degree)
            .collect();
        if all.len() > 20 * FEATURES_MAX {
            break;
        }
    }
    all
}

pub(crate) fn product(exponents: &[i32]) -> Expr {
    let factors: Vec<Expr> = exponents
        .iter()
        .enumerate()
        .filter(|(_, p)| **p != 0)
        .map(|(i, &p)| if p == 1 { Expr::Variable(i) } else { Expr::Variable(i).power(f64::from(p)) })
        .collect();
    match factors.len() {
        0 => Expr::exact(1.0),
        1 => factors.into_iter().next().unwrap_or(Expr::exact(1.0)),
        _ => Expr::Product(factors),
    }
}

struct Column {
    values: DVector<f64>,
    norm: f64,
}

fn columns(task: &Task, features: &[Expr]) -> Vec<Option<Column>> {
    features
        .iter()
        .map(|f| {
            let values = DVector::from_vec(evaluate(f, &task.inputs, task.rows()));
            let norm = values.norm();
            (norm.is_finite() && norm > 0.0).then(|| Column { values: values / norm, norm })
        })
        .collect()
}

/// Least squares: the coefficients of normalised columns and the relative residual.
fn solve(columns: &[&DVector<f64>], target: &DVector<f64>) -> Option<(DVector<f64>, f64)> {
    // Twice as many rows as columns suffice; more cost time.
    let rows = target.len().min(2 * columns.len() + 30);
    let matrix = DMatrix::from_fn(rows, columns.len(), |r, c| columns[c][r]);
    let right = target.rows(0, rows).into_owned();
    let qr = matrix.clone().qr();
    let r = qr.r();
    let diagonal: Vec<f64> = (0..r.ncols()).map(|k| r[(k, k)].abs()).collect();
    let (low, high) = diagonal.iter().fold((f64::INFINITY, 0.0f64), |(l, h), d| (l.min(*d), h.max(*d)));
    // Linearly dependent columns give no unique solution.
    if low.is_nan() || low <= 1e-13 * high {
        return None;
    }
    let mut rotated = right.clone();
    qr.q_tr_mul(&mut rotated);
    let solution = r.solve_upper_triangular(&rotated.rows(0, columns.len()).into_owned())?;
    let residual = (right.clone() - matrix * &solution).norm() / right.norm();
    (residual.is_finite() && solution.iter().all(|c| c.is_finite())).then_some((solution, residual))
}

/// Removes one term after the other while the residual stays zero.
fn prune(columns: &[&DVector<f64>], target: &DVector<f64>) -> Option<(Vec<usize>, Vec<f64>)> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let (mut solution, residual) = solve(columns, target)?;
    if residual > VANISHING {
        return None;
    }
    loop {
        // First remove all negligible terms at once, then the weakest one by one.
        let size = solution.iter().map(|c| c.abs()).fold(0.0, f64::max);
        let mut order: Vec<usize> = (0..kept.len()).collect();
        order.sort_by(|&a, &b| solution[a].abs().total_cmp(&solution[b].abs()));
        let small = order.iter().filter(|&&k| solution[k].abs() < 1e-6 * size).count();
        let mut dropped = false;
        for count in [small, 1] {
            if count == 0 || count >= kept.len() {
                continue;
            }
            let gone = &order[..count];
            let trial: Vec<usize> = (0..kept.len()).filter(|k| !gone.contains(k)).map(|k| kept[k]).collect();
            let chosen: Vec<&DVector<f64>> = trial.iter().map(|&k| columns[k]).collect();
            if let Some((next, residual)) = solve(&chosen, target)
                && residual < VANISHING
            {
                kept = trial;
                solution = next;
                dropped = true;
                break;
            }
        }
        if !dropped {
            break;
        }
    }
    (kept.len() <= TERMS_MAX).then(|| (kept, solution.iter().copied().collect()))
}

fn sum_of(task: &Task, features: &[Expr], offer: &mut impl FnMut(&Expr)) -> bool {
    let all = columns(task, features);
    let usable: Vec<usize> = (0..features.len()).filter(|&k| all[k].is_some()).collect();
    if usable.is_empty() || usable.len() * 2 > task.rows() {
        return false;
    }
    let chosen: Vec<&Column> = usable.iter().filter_map(|&k| all[k].as_ref()).collect();
    let target = DVector::from_column_slice(&task.target);
    let vectors: Vec<&DVector<f64>> = chosen.iter().map(|c| &c.values).collect();
    let Some((kept, coefficients)) = prune(&vectors, &target) else { return false };
    offer(&Expr::Sum(
        kept.iter()
            .zip(&coefficients)
            .map(|(&k, c)| Expr::fitted(c / chosen[k].norm).times(features[usable[k]].clone()))
            .collect(),
    ));
    true
}

/// The sum, or its square root squared if it is a perfect square: a² − 2ab + b² becomes (a − b)².
fn squared(task: &Task, features: &[Expr], columns: &[Option<Column>], terms: Vec<Expr>) -> Expr {
    let count = terms.len();
    let sum = Expr::Sum(terms);
    if count < 3 {
        return sum;
    }
    let values = evaluate(&sum, &task.inputs, task.rows());
    let sign = values.first().map_or(1.0, |v| v.signum());
    if !values.iter().all(|v| v * sign > 0.0) {
        return sum;
    }
    let root = DVector::from_iterator(values.len(), values.iter().map(|v| v.abs().sqrt()));
    let usable: Vec<(usize, &Column)> =
        columns.iter().enumerate().filter_map(|(k, c)| Some((k, c.as_ref()?))).collect();
    let vectors: Vec<&DVector<f64>> = usable.iter().map(|(_, c)| &c.values).collect();
    match prune(&vectors, &root) {
        Some((kept, coefficients)) if kept.len() < count => {
            let term = |(&k, c): (&usize, &f64)| {
                let (feature, column) = usable[k];
                Expr::fitted(c / column.norm).times(features[feature].clone())
            };
            let square = Expr::Sum(kept.iter().zip(&coefficients).map(term).collect()).power(2.0);
            if sign < 0.0 { Expr::exact(-1.0).times(square) } else { square }
        }
        _ => sum,
    }
}

/// y = P/Q: with the coefficient of one term of Q set to one, P − y·(Q − 1 term) = y · that term is linear.
fn quotient_of(task: &Task, features: &[Expr], offer: &mut impl FnMut(&Expr)) -> bool {
    let plain = columns(task, features);
    let target = DVector::from_column_slice(&task.target);
    let below: Vec<Option<Column>> = plain
        .iter()
        .map(|c| {
            c.as_ref().and_then(|c| {
                let values = c.values.component_mul(&target);
                let norm = values.norm();
                (norm > 0.0).then(|| Column { values: values / norm, norm: c.norm * norm })
            })
        })
        .collect();
    // The smallest eigenvalue tells whether any P − y·Q vanishes, and its vector which term of Q certainly occurs.
    let everything: Vec<&Column> = plain.iter().chain(&below).flatten().collect();
    let rows = target.len().min(2 * everything.len() + 30);
    let gram = DMatrix::from_fn(everything.len(), everything.len(), |i, j| {
        everything[i].values.rows(0, rows).dot(&everything[j].values.rows(0, rows))
    });
    if everything.len() != 2 * features.len() || gram.iter().any(|v| !v.is_finite()) {
        return false;
    }
    let eigen = gram.symmetric_eigen();
    let least = eigen.eigenvalues.imin();
    if eigen.eigenvalues[least] > 1e-12 {
        return false;
    }
    let weight = |k: usize| eigen.eigenvectors[(features.len() + k, least)].abs();
    let mut units: Vec<usize> = (0..features.len()).collect();
    units.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)));
    for unit in units.into_iter().take(8) {
        let Some(right) = &below[unit] else { continue };
        let mut parts: Vec<(bool, usize, &Column)> = Vec::new();
        for k in 0..features.len() {
            if let Some(c) = &plain[k] {
                parts.push((true, k, c));
            }
            if k != unit
                && let Some(c) = &below[k]
            {
                parts.push((false, k, c));
            }
        }
        if parts.is_empty() || parts.len() * 2 > task.rows() {
            continue;
        }
        let vectors: Vec<&DVector<f64>> = parts.iter().map(|(_, _, c)| &c.values).collect();
        let Some((kept, coefficients)) = prune(&vectors, &right.values) else { continue };
        let mut above = Vec::new();
        let mut under = vec![features[unit].clone()];
        for (&k, c) in kept.iter().zip(&coefficients) {
            let (is_above, feature, column) = parts[k];
            let scaled = c * right.norm / column.norm;
            let term = features[feature].clone();
            if is_above {
                above.push(Expr::fitted(scaled).times(term));
            } else {
                under.push(Expr::fitted(-scaled).times(term));
            }
        }
        if above.is_empty() {
            continue;
        }
        let [above, under] = [above, under].map(|terms| squared(task, features, &plain, terms));
        offer(&above.over(under));
        return true;
    }
    false
}
