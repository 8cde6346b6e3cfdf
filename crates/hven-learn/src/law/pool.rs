//! The pool of candidates: the best law of each complexity.
//!
//! All solvers offer their laws to the pool. The pool brings a law into normal form, fits its constants to all training rows,
//! and keeps it if it is better than the present one of its complexity.

use std::collections::BTreeMap;

use super::choose::{Cost, cost};
use super::dimension::Dimensions;
use super::expression::Expr;
use super::fit::{Sample, fit, loss};
use super::normal::Signs;

/// A law is exact if its residual variance is below this share of the target's variance: only rounding errors are left.
pub(crate) const EXACT: f64 = 1e-15;

const ITERATIONS: usize = 40;
const ROWS_SCREENED: usize = 200;
const ITERATIONS_SCREENED: usize = 15;

/// The relative change of fitted numbers that must not matter, and the share of the variance by which it may.
const TENTH_DIGIT: f64 = 1e-10;
const UNSTABLE: f64 = 1e-8;

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub expr: Expr,
    pub loss: f64,
}

#[derive(Debug)]
pub(crate) struct Pool<'a> {
    pub sample: Sample<'a>,
    pub signs: Signs<'a>,
    pub variance: f64,
    pub complexity_max: usize,
    /// The number of operators, inputs and kinds of numbers to choose from.
    pub symbols: usize,
    pub dimensions: Option<&'a Dimensions>,
    pub best: BTreeMap<usize, Entry>,
    /// How many laws were offered.
    pub offered: usize,
    /// How many of them had inconsistent units.
    pub refused: usize,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(sample: Sample<'a>, signs: Signs<'a>, complexity_max: usize, symbols: usize) -> Self {
        Self {
            sample,
            signs,
            variance: sample.variance(),
            complexity_max,
            symbols,
            dimensions: None,
            best: BTreeMap::new(),
            offered: 0,
            refused: 0,
        }
    }

    /// Adds a law over the original inputs; returns whether it describes the data exactly.
    pub(crate) fn offer(&mut self, proposal: &Expr) -> bool {
        self.offered += 1;
        let mut expr = self.as_sum(self.signs.normal(proposal));
        if self.complexity(&expr) > self.complexity_max + 10 {
            return false;
        }
        if self.dimensions.is_some_and(|d| d.breach(&expr).is_some()) {
            self.refused += 1;
            return false;
        }
        let before = loss(&expr, self.sample);
        let bare = self.signs.normal(&without_roots_of_squares(&expr));
        if bare != expr && loss(&bare, self.sample) <= before * (1.0 + 1e-9) + self.floor() * 1e-3 {
            expr = bare;
        }
        let mut reached = fit(&mut expr, self.sample, ITERATIONS);
        if !before.is_finite() && !reached.is_finite() {
            return false;
        }
        // Fitted constants may have become zero or redundant.
        let tidy = self.as_sum(self.signs.normal(&without_zeros(&expr, self.sample, reached, self.floor())));
        let tidy_loss = loss(&tidy, self.sample);
        if tidy_loss <= reached.max(self.floor()) * (1.0 + 1e-9) {
            expr = tidy;
            reached = tidy_loss;
        }
        self.keep(expr, reached)
    }

    /// A number times a sum as a sum, if that is no longer: its terms are the slopes and the offset that a reader looks for.
    fn as_sum(&self, expr: Expr) -> Expr {
        let Expr::Product(factors) = &expr else { return expr };
        let [Expr::Number(number), Expr::Sum(terms)] = &factors[..] else { return expr };
        let terms = terms.iter().map(|term| Expr::Number(*number).times(term.clone())).collect();
        let sum = self.signs.normal(&Expr::Sum(terms));
        if self.complexity(&sum) <= self.complexity(&expr) { sum } else { expr }
    }

    /// The same for a law with fitted constants; a law that is far worse than the present one is not fitted again.
    pub(crate) fn offer_if_promising(&mut self, proposal: &Expr) -> bool {
        let expr = self.signs.normal(proposal);
        let reached = loss(&expr, self.sample);
        let known = self.best.range(..=self.complexity(&expr)).map(|(_, e)| e.loss).fold(f64::INFINITY, f64::min);
        reached < 1.3 * known && self.offer(&expr)
    }

    /// The same for a law that may be one of many: a quick fit to the first rows tells whether a full one is worth it.
    pub(crate) fn offer_screened(&mut self, proposal: &Expr) {
        let mut expr = self.signs.normal(proposal);
        if self.complexity(&expr) > self.complexity_max + 10 {
            return;
        }
        if self.dimensions.is_some_and(|d| d.breach(&expr).is_some()) {
            self.refused += 1;
            return;
        }
        let rows = self.sample.rows().min(ROWS_SCREENED);
        let inputs: Vec<Vec<f64>> = self.sample.inputs.iter().map(|c| c[..rows].to_vec()).collect();
        let sample = Sample { inputs: &inputs, target: &self.sample.target[..rows], errors: self.sample.errors };
        let quick = fit(&mut expr, sample, ITERATIONS_SCREENED);
        let known = self.best.range(..=self.complexity(&expr)).map(|(_, e)| e.loss).fold(f64::INFINITY, f64::min);
        if quick < 1.5 * known {
            self.offer(&expr);
        }
    }

    pub(crate) fn floor(&self) -> f64 {
        EXACT * self.variance
    }

    pub(crate) fn complexity(&self, expr: &Expr) -> usize {
        expr.complexity() + self.dimensions.map_or(0, |d| d.units_needed(expr))
    }

    fn keep(&mut self, expr: Expr, reached: f64) -> bool {
        let complexity = self.complexity(&expr);
        if complexity > self.complexity_max || !reached.is_finite() {
            return false;
        }
        let reached = reached.max(self.floor() * 1e-3);
        // Keep it only if no equally simple law is as accurate.
        if self.best.range(..=complexity).any(|(_, e)| e.loss <= reached) {
            return reached <= self.floor();
        }
        if !self.is_stable(&expr, reached) {
            return false;
        }
        self.best.retain(|&c, e| c < complexity || e.loss < reached);
        self.best.insert(complexity, Entry { expr, loss: reached });
        reached <= self.floor()
    }

    /// Whether the law stays as accurate when its fitted numbers change in the tenth digit. A law with a pole in a row does
    /// not: rounding alone decides its value there, so it could fit any value.
    fn is_stable(&self, expr: &Expr, reached: f64) -> bool {
        let mut changed = expr.clone();
        let numbers = expr.parameters().into_iter().zip([1.0, -2.0, 3.0].into_iter().cycle());
        let numbers: Vec<f64> = numbers.map(|(number, step)| number * (1.0 + step * TENTH_DIGIT)).collect();
        changed.set_parameters(&numbers);
        loss(&changed, self.sample) <= reached * 1.1 + UNSTABLE * self.variance
    }

    /// Replaces each candidate by the result of `change`; drops those that are no longer better than a simpler one.
    pub(crate) fn replace_all(&mut self, change: impl Fn(&Expr, &Pool<'_>) -> (Expr, f64)) {
        for (_, entry) in std::mem::take(&mut self.best) {
            let (expr, loss) = change(&entry.expr, self);
            self.keep(expr, loss);
        }
    }

    pub(crate) fn most_accurate(&self) -> Option<&Entry> {
        self.best.values().min_by(|a, b| a.loss.total_cmp(&b.loss))
    }

    /// The cost of a candidate, comparable between errors.
    pub(crate) fn cost(&self, complexity: usize, entry: &Entry) -> Cost {
        let share = entry.loss.max(self.floor()) / self.variance;
        let nats = 0.5 * share.ln() + self.sample.errors.nats_for_a_row(self.sample.target);
        cost(nats, complexity, entry.expr.parameters().len(), self.sample.rows(), self.symbols)
    }

    /// The candidate with the shortest description, and its complexity.
    pub(crate) fn shortest(&self) -> Option<(usize, &Entry)> {
        let total = |(complexity, entry): &(usize, &Entry)| self.cost(*complexity, entry).total();
        self.best.iter().map(|(c, e)| (*c, e)).min_by(|a, b| total(a).total_cmp(&total(b)))
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.most_accurate().is_some_and(|e| e.loss <= self.floor())
    }
}

/// Replaces √(e²) by e, which is equal where e is positive.
fn without_roots_of_squares(expr: &Expr) -> Expr {
    match expr {
        Expr::Number(_) | Expr::Variable(_) => expr.clone(),
        Expr::Sum(members) => Expr::Sum(members.iter().map(without_roots_of_squares).collect()),
        Expr::Product(members) => Expr::Product(members.iter().map(without_roots_of_squares).collect()),
        Expr::Call(function, argument) => without_roots_of_squares(argument).call(*function),
        Expr::Power(base, p) => match &**base {
            Expr::Power(inner, q) if !p.is_fitted() && !q.is_fitted() => {
                Expr::Power(Box::new(without_roots_of_squares(inner)), p.times(*q))
            }
            base => Expr::Power(Box::new(without_roots_of_squares(base)), *p),
        },
    }
}

/// Sets parameters to zero if that loses no accuracy, so that their terms vanish.
fn without_zeros(expr: &Expr, sample: Sample<'_>, reached: f64, floor: f64) -> Expr {
    let parameters = expr.parameters();
    let mut current = expr.clone();
    for (k, _) in parameters.iter().enumerate().filter(|(_, value)| value.abs() <= 1e-6) {
        let mut trial = current.clone();
        let mut at = 0;
        trial.numbers_mut(&mut |n| {
            if n.is_fitted() || n.value == 0.0 {
                if at == k {
                    *n = super::expression::Number::exact(0.0);
                }
                at += 1;
            }
        });
        if loss(&trial, sample) <= reached.max(floor) * (1.0 + 1e-9) {
            current = trial;
        }
    }
    current
}
