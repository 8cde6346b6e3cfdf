//! Detects symmetries of an unknown law from its derivatives, and reduces the problem by them.
//!
//! - *Scaling*: if Σ aᵢ · ∂ ln y/∂ ln xᵢ is the same number b everywhere, the law keeps its form when the inputs are scaled
//!   together. Each such relation removes one input: this is Buckingham's theorem, found in the data. A plain power of one
//!   input is the simplest case.
//! - *Sums*: if ∂y/∂φ(xᵢ) and ∂y/∂ψ(xⱼ) have a fixed ratio r, the law depends only on φ(xᵢ) + r · ψ(xⱼ).
//!
//! A reduction is accepted if the smaller problem can be predicted as well as the larger one.

use nalgebra::DMatrix;

use super::dimension::Dimensions;
use super::expression::Expr;
use super::fit::dot;
use super::power::nearest_rational;
use super::surrogate::Surrogate;
use super::task::Task;

/// A singular value below this share of the largest may indicate a relation.
const NEAR_ZERO: f64 = 0.15;
/// How near the entries of a relation must be to small rationals.
const NEAR_RATIONAL: f64 = 0.12;
/// How much worse the prediction may get with one input fewer.
const WORSE_MAX: f64 = 1.5;
const STEPS_MAX: usize = 10;
/// Errors below this are negligible: they come from the surrogate itself.
const SURE: f64 = 2e-4;
/// With errors above this, derivatives are unreliable.
const ROUGH: f64 = 0.1;
/// In that case, the prediction of the smaller problem must improve by this factor.
const BETTER: f64 = 0.8;
/// With more inputs, joining all into one is not tried, because there are too many combinations.
const JOINED_MAX: usize = 6;
/// If neighbours differ by more, the target depends on something else.
const JOINED_ERROR_MAX: f64 = 0.25;

/// The task and its successive reductions.
///
/// If units are known, a step that adds different units is refused, however well it predicts.
pub(crate) fn reduced(root: &Task, dimensions: Option<&Dimensions>, stop: &impl Fn() -> bool) -> Vec<Task> {
    let allowed = |task: &Task| dimensions.is_none_or(|d| task.dimensions(d).is_some());
    let by_units = |task: &Task| dimensions.map_or_else(Vec::new, |d| by_units(task, d));
    let mut chain = vec![root.clone()];
    for _ in 0..STEPS_MAX {
        let Some(current) = chain.last() else { break };
        if current.inputs.is_empty() || stop() {
            break;
        }
        let Some(next) = reduce(current, &by_units, &allowed, stop) else { break };
        chain.push(next);
    }
    chain
}

fn reduce(
    task: &Task,
    by_units: &impl Fn(&Task) -> Vec<Task>,
    allowed: &impl Fn(&Task) -> bool,
    stop: &impl Fn() -> bool,
) -> Option<Task> {
    let derivatives = Derivatives::new(task)?;
    let mut scalings = derivatives.scalings();
    // Plain powers first: they are the most reliable, and they simplify the rest.
    let powers: Vec<Vec<Relation>> = scalings
        .iter()
        .map(|set| set.iter().filter(|r| r.others.is_empty()).cloned().collect::<Vec<_>>())
        .filter(|set| !set.is_empty())
        .collect();
    scalings.retain(|set| set.iter().any(|r| !r.others.is_empty()));
    let mut proposals: Vec<Task> = Vec::new();
    proposals.extend(powers.iter().filter_map(|set| scaled(task, set)));
    proposals.extend(derivatives.sums().into_iter().filter_map(|sum| sum.apply(task)));
    proposals.extend(by_units(task));
    proposals.extend(scalings.iter().filter_map(|set| scaled(task, set)));
    if derivatives.error > ROUGH {
        return by_trial(task, &derivatives, proposals, allowed, stop);
    }
    let mut seen: Vec<Vec<Expr>> = Vec::new();
    for next in proposals {
        if stop() {
            return None;
        }
        if seen.contains(&next.meanings) || !allowed(&next) {
            continue;
        }
        if next.error(&derivatives) <= WORSE_MAX * derivatives.error + SURE {
            return Some(next);
        }
        seen.push(next.meanings);
    }
    None
}

/// If the law is too rough for derivatives, such as a wave with many periods, the proposals from derivatives are only some of
/// many trials: each pair of inputs is replaced by its product, quotient, sum or difference, and the best prediction wins.
fn by_trial(
    task: &Task,
    derivatives: &Derivatives<'_>,
    proposals: Vec<Task>,
    allowed: &impl Fn(&Task) -> bool,
    stop: &impl Fn() -> bool,
) -> Option<Task> {
    let limit = BETTER * task.error(derivatives);
    let mut best = joined(task).filter(|(error, next)| *error < limit && allowed(next));
    for next in proposals {
        if stop() {
            return None;
        }
        let error = next.error(derivatives);
        if allowed(&next) && error < limit && best.as_ref().is_none_or(|(e, _)| error < *e) {
            best = Some((error, next));
        }
    }
    for i in 0..task.inputs.len() {
        for j in 0..i {
            let (x, y) = (Expr::Variable(j), Expr::Variable(i));
            let mut joined = vec![x.clone().times(y.clone()), x.clone().plus(y.clone()), x.clone().minus(y.clone())];
            if task.positive[i] {
                joined.push(x.over(y));
            }
            for join in joined {
                if stop() {
                    return None;
                }
                let mut inputs: Vec<Expr> =
                    (0..task.inputs.len()).filter(|&k| k != i && k != j).map(Expr::Variable).collect();
                inputs.push(join);
                let Some(next) = task.over(&inputs).filter(|next| allowed(next)) else { continue };
                let error = next.error(derivatives);
                if error < limit && best.as_ref().is_none_or(|(e, _)| error < *e) {
                    best = Some((error, next));
                }
            }
        }
    }
    best.map(|(_, next)| next)
}

/// The product of powers that alone determines the target best, with the error of predicting each value by its neighbour.
/// This needs smoothness along one line only, so it recognises waves that are too fast for any surrogate.
fn joined(task: &Task) -> Option<(f64, Task)> {
    let inputs = task.inputs.len();
    if !(2..=JOINED_MAX).contains(&inputs) || task.positive.contains(&false) {
        return None;
    }
    let logs: Vec<Vec<f64>> = task.inputs.iter().map(|c| c.iter().map(|v| v.ln()).collect()).collect();
    let mut best: Option<(f64, Vec<f64>)> = None;
    for code in 1..3usize.pow(inputs as u32) {
        let exponents: Vec<f64> = (0..inputs).map(|i| (code / 3usize.pow(i as u32) % 3) as f64 - 1.0).collect();
        // One of each pair of inverses suffices.
        if exponents.iter().find(|p| **p != 0.0).is_none_or(|p| *p < 0.0) {
            continue;
        }
        let along: Vec<f64> =
            (0..task.rows()).map(|r| logs.iter().zip(&exponents).map(|(c, p)| c[r] * p).sum()).collect();
        let error = error_by_neighbour(&along, &task.target);
        if best.as_ref().is_none_or(|(e, _)| error < *e) {
            best = Some((error, exponents));
        }
    }
    let (error, exponents) = best.filter(|(error, _)| *error < JOINED_ERROR_MAX)?;
    let factors = exponents.iter().enumerate().filter(|(_, p)| **p != 0.0);
    let product = Expr::Product(factors.map(|(i, p)| Expr::Variable(i).power(*p)).collect());
    Some((error, task.over(&[product])?))
}

/// The mean difference of neighbours along this line, as a share of the value for random order.
fn error_by_neighbour(along: &[f64], target: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..along.len()).collect();
    order.sort_by(|&a, &b| along[a].total_cmp(&along[b]));
    let steps: f64 = order.windows(2).map(|pair| (target[pair[0]] - target[pair[1]]).powi(2)).sum();
    (0.5 * steps / along.len().max(1) as f64).sqrt() / deviation(target)
}

impl Task {
    /// The inputs, or the logarithms of the positive ones.
    fn coordinates(&self, log: bool) -> Vec<Vec<f64>> {
        self.inputs
            .iter()
            .zip(&self.positive)
            .map(|(c, &positive)| if positive && log { c.iter().map(|v| v.ln()).collect() } else { c.clone() })
            .collect()
    }

    /// The prediction error of the task, as a share of the variation in the full task.
    fn error(&self, derivatives: &Derivatives<'_>) -> f64 {
        if self.inputs.is_empty() {
            return deviation(&self.surrogate_target()) / derivatives.deviation.max(f64::MIN_POSITIVE);
        }
        [true, false]
            .into_iter()
            .filter_map(|log| Surrogate::quick(&self.coordinates(log), &self.surrogate_target()))
            .fold(f64::INFINITY, f64::min)
    }

    fn is_signed(&self) -> bool {
        let sign = self.target.first().map_or(1.0, |y| y.signum());
        self.target.iter().all(|y| y * sign > 0.0)
    }

    fn surrogate_target(&self) -> Vec<f64> {
        if self.is_signed() { self.target.iter().map(|y| y.abs().ln()).collect() } else { self.target.clone() }
    }
}

fn deviation(values: &[f64]) -> f64 {
    let rows = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / rows;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / rows).sqrt()
}

/// The derivatives of a task's law at some of its rows.
struct Derivatives<'a> {
    task: &'a Task,
    /// ∂/∂xᵢ of the target, or of its logarithm if the target has one sign.
    slopes: Vec<Vec<f64>>,
    /// The quantity that a scaling multiplies: the target, or 1 if its logarithm is used.
    scaled: Vec<f64>,
    error: f64,
    deviation: f64,
}

impl<'a> Derivatives<'a> {
    fn new(task: &'a Task) -> Option<Self> {
        let target = task.surrogate_target();
        let plain = Surrogate::new(&task.coordinates(false), &target)?;
        let by_log = Surrogate::new(&task.coordinates(true), &target)?;
        let log = by_log.error < plain.error;
        let surrogate = if log { by_log } else { plain };
        let rows = surrogate.rows();
        let mut slopes = surrogate.slopes();
        for (i, column) in slopes.iter_mut().enumerate() {
            if task.positive[i] && log {
                column.iter_mut().zip(&task.inputs[i]).for_each(|(s, x)| *s /= x);
            }
        }
        let scaled = if task.is_signed() { vec![1.0; rows] } else { task.target[..rows].to_vec() };
        Some(Self { task, slopes, scaled, error: surrogate.error, deviation: deviation(&target) })
    }

    /// Sets of relations Σ aᵢ · xᵢ ∂y/∂xᵢ = b · y, the largest sets first: rows (a, b), reduced to echelon form.
    fn scalings(&self) -> Vec<Vec<Relation>> {
        let scalable: Vec<usize> = (0..self.task.inputs.len()).collect();
        if !self.task.positive.contains(&true) {
            return Vec::new();
        }
        let rows = self.scaled.len();
        let mut columns: Vec<Vec<f64>> = scalable
            .iter()
            .map(|&i| self.slopes[i].iter().zip(&self.task.inputs[i]).map(|(s, x)| s * x).collect())
            .collect();
        columns.push(self.scaled.iter().map(|u| -u).collect());
        let width = columns.len();
        // Normalise each row, so that steep regions do not dominate.
        for row in 0..rows {
            let norm = columns.iter().map(|c| c[row] * c[row]).sum::<f64>().sqrt();
            if norm > 0.0 {
                for column in &mut columns {
                    column[row] /= norm;
                }
            }
        }
        let gram = DMatrix::from_fn(width, width, |i, j| dot(&columns[i], &columns[j]) / rows as f64);
        let eigen = gram.symmetric_eigen();
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[a].total_cmp(&eigen.eigenvalues[b]));
        let largest = eigen.eigenvalues.max().max(f64::MIN_POSITIVE);
        let near = order.iter().filter(|&&k| (eigen.eigenvalues[k].max(0.0) / largest).sqrt() < NEAR_ZERO).count();
        let mut found = Vec::new();
        for count in (1..=near.min(scalable.len())).rev() {
            let vectors: Vec<Vec<f64>> =
                order[..count].iter().map(|&k| eigen.eigenvectors.column(k).iter().copied().collect()).collect();
            found.extend(rational_echelon(&vectors, &self.task.positive));
        }
        found
    }

    /// Pairs of inputs that may enter as one sum, the most reliable first.
    fn sums(&self) -> Vec<SumOf> {
        let inputs = self.task.inputs.len();
        let rows = self.scaled.len();
        let mut found: Vec<(f64, SumOf)> = Vec::new();
        for i in 0..inputs {
            for j in 0..i {
                for shape_i in Shape::ALL {
                    for shape_j in Shape::ALL {
                        let by_i = self.by_shape(i, shape_i, rows);
                        let by_j = self.by_shape(j, shape_j, rows);
                        let (ii, ij, jj) = (dot(&by_i, &by_i), dot(&by_i, &by_j), dot(&by_j, &by_j));
                        if !(ii > 0.0 && jj > 0.0 && ij.is_finite()) {
                            continue;
                        }
                        let alike = ij * ij / (ii * jj);
                        let ratio = ij / jj;
                        if alike > 0.85 {
                            let plain = nearest_rational(ratio);
                            let exact = (ratio - plain).abs() < 0.12 && (plain.abs() - 1.0).abs() < 1e-9;
                            if exact {
                                found.push((alike, SumOf { first: (j, shape_j), second: (i, shape_i), ratio: plain }));
                            }
                        }
                    }
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().take(6).map(|(_, sum)| sum).collect()
    }

    /// The derivative by φ(x), where φ is the shape.
    fn by_shape(&self, i: usize, shape: Shape, rows: usize) -> Vec<f64> {
        (0..rows).map(|r| self.slopes[i][r] / shape.slope(self.task.inputs[i][r])).collect()
    }
}

/// The reductions that express inputs and target in units of each other. For a law without constants with units they are
/// exact; whether they fit here is tried like any other reduction.
pub(crate) fn by_units(task: &Task, original: &Dimensions) -> Vec<Task> {
    let Some(dimensions) = task.dimensions(original) else { return Vec::new() };
    let units: Vec<_> = dimensions.inputs.iter().chain([&dimensions.target]).collect();
    let mut independent: Vec<Vec<f64>> = Vec::new();
    for base in 0..units.first().map_or(0, |unit| unit.dimension().exponents().len()) {
        let mut rest: Vec<f64> = units.iter().map(|unit| unit.dimension().exponents()[base].to_f64()).collect();
        for row in &independent {
            let share = dot(&rest, row) / dot(row, row);
            rest.iter_mut().zip(row).for_each(|(r, v)| *r -= share * v);
        }
        if dot(&rest, &rest) > 1e-9 {
            independent.push(rest);
        }
    }
    if independent.is_empty() {
        return Vec::new();
    }
    rational_echelon(&independent, &task.positive).iter().filter_map(|relations| scaled(task, relations)).collect()
}

/// Scaling the input `pivot` by λ and each of `others` by λ^a scales the target by λ^b.
#[derive(Debug, Clone)]
struct Relation {
    pivot: usize,
    others: Vec<(usize, f64)>,
    target: f64,
}

/// The relations spanned by `vectors`, for the choices of pivots that make all entries small rationals.
fn rational_echelon(vectors: &[Vec<f64>], positive: &[bool]) -> Vec<Vec<Relation>> {
    let count = vectors.len();
    let width = positive.len();
    let mut found: Vec<(f64, Vec<Relation>)> = Vec::new();
    for pivots in subsets(width, count) {
        if pivots.iter().any(|&p| !positive[p]) {
            continue;
        }
        let square = DMatrix::from_fn(count, count, |r, c| vectors[r][pivots[c]]);
        let Some(inverse) = square.try_inverse() else { continue };
        let whole = DMatrix::from_fn(count, width + 1, |r, c| vectors[r][c]);
        let echelon = inverse * whole;
        let mut cost = 0.0;
        let mut relations = Vec::new();
        let mut good = true;
        for (r, &pivot) in pivots.iter().enumerate() {
            let mut others = Vec::new();
            for c in 0..=width {
                if pivots.contains(&c) {
                    continue;
                }
                let value = echelon[(r, c)];
                let plain = nearest_rational(value);
                good &= (value - plain).abs() < NEAR_RATIONAL * (1.0 + value.abs()).min(2.0) && plain.abs() <= 6.0;
                cost += (value - plain).abs() * 3.0 + plain.abs() * 0.1 + if plain.fract() == 0.0 { 0.0 } else { 0.3 };
                others.push((c, plain));
            }
            let target = others.pop().map_or(0.0, |(_, b)| b);
            relations.push(Relation { pivot, others: others.into_iter().filter(|(_, a)| *a != 0.0).collect(), target });
        }
        if good {
            found.push((cost, relations));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().take(2).map(|(_, relations)| relations).collect()
}

fn subsets(of: usize, size: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for next in 0..of {
        let longer: Vec<Vec<usize>> =
            all.iter().filter(|s| s.len() < size).map(|s| s.iter().copied().chain([next]).collect()).collect();
        all.extend(longer);
    }
    all.retain(|s| s.len() == size);
    all
}

/// The task without the pivots: the target and each other input are divided by powers of the pivots.
fn scaled(task: &Task, relations: &[Relation]) -> Option<Task> {
    let prefactor: Vec<Expr> =
        relations.iter().filter(|r| r.target != 0.0).map(|r| Expr::Variable(r.pivot).power(r.target)).collect();
    let mut inputs = Vec::new();
    for i in 0..task.inputs.len() {
        if relations.iter().any(|r| r.pivot == i) {
            continue;
        }
        let mut factors = vec![Expr::Variable(i)];
        for relation in relations {
            if let Some((_, a)) = relation.others.iter().find(|(k, _)| *k == i) {
                factors.push(Expr::Variable(relation.pivot).power(-a));
            }
        }
        inputs.push(task.signs().normal(&Expr::Product(factors)));
    }
    let divided = if prefactor.is_empty() { task.clone() } else { task.divided(&Expr::Product(prefactor))? };
    divided.over(&inputs)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Plain,
    Square,
    Inverse,
}

impl Shape {
    const ALL: [Self; 3] = [Self::Plain, Self::Square, Self::Inverse];

    fn slope(self, x: f64) -> f64 {
        match self {
            Self::Plain => 1.0,
            Self::Square => 2.0 * x,
            Self::Inverse => -1.0 / (x * x),
        }
    }

    fn of(self, expr: Expr) -> Expr {
        match self {
            Self::Plain => expr,
            Self::Square => expr.power(2.0),
            Self::Inverse => expr.power(-1.0),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct SumOf {
    first: (usize, Shape),
    second: (usize, Shape),
    ratio: f64,
}

impl SumOf {
    fn apply(self, task: &Task) -> Option<Task> {
        let first = self.first.1.of(Expr::Variable(self.first.0));
        let second = self.second.1.of(Expr::Variable(self.second.0));
        let sum = first.plus(Expr::exact(self.ratio).times(second));
        let mut inputs: Vec<Expr> =
            (0..task.inputs.len()).filter(|&i| i != self.first.0 && i != self.second.0).map(Expr::Variable).collect();
        inputs.push(sum);
        task.over(&inputs)
    }
}
