//! The pool of candidates: the best law of each complexity.
//!
//! All solvers offer their laws to the pool. The pool brings a law into normal form, fits its constants to all training rows,
//! and keeps it if it is better than the present one of its complexity.

use std::collections::BTreeMap;

use super::choose::{Cost, cost};
use super::dimension::Dimensions;
use super::errors::Errors;
use super::expression::Expr;
use super::fit::{Sample, fit, loss};
use super::normal::Signs;
use super::shorter::{cleared, spellings, with_one_constant_fewer};

/// A law is exact if its residual variance is below this share of the target's variance: only rounding errors are left.
pub(crate) const EXACT: f64 = 1e-15;

const ITERATIONS: usize = 40;
const ROWS_SCREENED: usize = 200;
const ITERATIONS_SCREENED: usize = 15;
/// In the same rows, a law with a larger loss than this multiple of that of a known law is no better in all rows.
const SCREENED_AS_GOOD: f64 = 1.1;
/// Laws whose descriptions are at most so many nats longer than the shortest are spelled in other ways, so many times.
const SHORTENED_WITHIN: f64 = 25.0;
const SHORTENED_ROUNDS: usize = 3;

/// The relative change of fitted numbers that must not matter, and the share of the variance by which it may.
const TENTH_DIGIT: f64 = 1e-10;
const UNSTABLE: f64 = 1e-8;

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub expr: Expr,
    pub loss: f64,
    /// The loss in the rows with which other laws are screened.
    screened: f64,
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
    /// The laws whose other spellings were offered.
    shortened: Vec<Expr>,
    screen: Screen,
}

/// The first rows, in which a law is screened.
#[derive(Debug)]
struct Screen {
    inputs: Vec<Vec<f64>>,
    target: Vec<f64>,
}

impl Screen {
    fn new(sample: Sample<'_>) -> Self {
        let rows = sample.rows().min(ROWS_SCREENED);
        let inputs = sample.inputs.iter().map(|c| c[..rows].to_vec()).collect();
        Self { inputs, target: sample.target[..rows].to_vec() }
    }

    fn sample(&self, errors: Errors) -> Sample<'_> {
        Sample { inputs: &self.inputs, target: &self.target, errors }
    }
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
            shortened: Vec::new(),
            screen: Screen::new(sample),
        }
    }

    /// Adds a law over the original inputs; returns whether it describes the data exactly.
    pub(crate) fn offer(&mut self, proposal: &Expr) -> bool {
        self.offered += 1;
        let mut expr = self.as_sum(cleared(&self.signs.normal(proposal), self.signs));
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
        if self.complexity(&expr) > self.complexity_max && self.most_accurate().is_some_and(|e| reached < e.loss) {
            // Numbers near one may be what makes it too long.
            (expr, reached) = self.with_fewer_constants(expr);
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
        let expr = cleared(&self.signs.normal(proposal), self.signs);
        let reached = loss(&expr, self.sample);
        let known = self.best.range(..=self.complexity(&expr)).map(|(_, e)| e.loss).fold(f64::INFINITY, f64::min);
        reached < 1.3 * known && self.offer(&expr)
    }

    /// The same for a law that may be one of many: a quick fit to the first rows tells whether a full one is worth it.
    pub(crate) fn offer_screened(&mut self, proposal: &Expr) {
        let mut expr = cleared(&self.signs.normal(proposal), self.signs);
        if self.complexity(&expr) > self.complexity_max + 10 {
            return;
        }
        if self.dimensions.is_some_and(|d| d.breach(&expr).is_some()) {
            self.refused += 1;
            return;
        }
        let quick = fit(&mut expr, self.screen.sample(self.sample.errors), ITERATIONS_SCREENED);
        let known = self.best.range(..=self.complexity(&expr)).map(|(_, e)| e.screened).fold(f64::INFINITY, f64::min);
        if quick < SCREENED_AS_GOOD * known {
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
        let exact = reached <= self.floor();
        let total = self.cost_with(&expr, complexity, reached).total();
        // Keep it only if no equally simple law is as accurate, unless its description is shorter: it has fewer constants.
        let better = |(&c, e): (&usize, &Entry)| e.loss <= reached && self.cost(c, e).total() <= total;
        if self.best.range(..=complexity).any(better) {
            return exact;
        }
        if self.best.get(&complexity).is_some_and(|e| self.cost(complexity, e).total() <= total) {
            return exact;
        }
        if !self.is_stable(&expr, reached) {
            return false;
        }
        // On the front, a longer law is more accurate.
        self.best.retain(|&c, e| if c < complexity { e.loss > reached } else { c > complexity && e.loss < reached });
        let screened = loss(&expr, self.screen.sample(self.sample.errors));
        self.best.insert(complexity, Entry { expr, loss: reached, screened });
        exact
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

    /// Offers shorter spellings of the laws whose descriptions are nearly the shortest: with fewer constants, or with a
    /// quotient split. They have to be proposed, because a fitted number is never exactly one or zero.
    pub(crate) fn shorten(&mut self) {
        if self.is_exact() {
            return;
        }
        for _ in 0..SHORTENED_ROUNDS {
            let Some((complexity, shortest)) = self.shortest() else { return };
            let limit = self.cost(complexity, shortest).total() + SHORTENED_WITHIN;
            let near: Vec<Expr> = self
                .best
                .iter()
                .filter(|(c, e)| self.cost(**c, e).total() <= limit && !self.shortened.contains(&e.expr))
                .map(|(_, e)| e.expr.clone())
                .collect();
            if near.is_empty() {
                return;
            }
            for law in near {
                for spelling in [law.clone()].into_iter().chain(spellings(&law, self.signs)) {
                    let (shorter, _) = self.with_fewer_constants(spelling);
                    self.offer(&shorter);
                }
                self.shortened.push(law);
            }
        }
    }

    /// Replaces one fitted number after the other by one or zero, as long as that makes the description shorter. The result
    /// is the law and its loss.
    fn with_fewer_constants(&self, law: Expr) -> (Expr, f64) {
        let mut current = law;
        let mut total = self.total_after_fit(&mut current);
        loop {
            let mut best: Option<(f64, Expr)> = None;
            for mut trial in with_one_constant_fewer(&current, self.signs) {
                let reached = self.total_after_fit(&mut trial);
                if reached < total && best.as_ref().is_none_or(|(least, _)| reached < *least) {
                    best = Some((reached, trial));
                }
            }
            let Some((reached, next)) = best else { break };
            (total, current) = (reached, next);
        }
        let current = cleared(&current, self.signs);
        let reached = loss(&current, self.sample);
        (current, reached)
    }

    /// The length of the description with a law, after a fit of its constants; infinite if its units contradict each other.
    fn total_after_fit(&self, law: &mut Expr) -> f64 {
        if self.dimensions.is_some_and(|d| d.breach(law).is_some()) {
            return f64::INFINITY;
        }
        let reached = fit(law, self.sample, ITERATIONS_SCREENED);
        let shorter = cleared(law, self.signs);
        let total = || self.cost_with(&shorter, self.complexity(&shorter), reached).total();
        if reached.is_finite() { total() } else { f64::INFINITY }
    }

    pub(crate) fn most_accurate(&self) -> Option<&Entry> {
        self.best.values().min_by(|a, b| a.loss.total_cmp(&b.loss))
    }

    /// The laws of the front, and those of which a spelling with fewer constants came onto it: in other rows they may be
    /// better.
    pub(crate) fn laws(&self) -> impl Iterator<Item = &Expr> {
        self.best.values().map(|entry| &entry.expr).chain(&self.shortened)
    }

    /// The cost of a candidate, comparable between errors.
    pub(crate) fn cost(&self, complexity: usize, entry: &Entry) -> Cost {
        self.cost_with(&entry.expr, complexity, entry.loss)
    }

    /// The cost of a law with its present constants.
    pub(crate) fn cost_of(&self, law: &Expr) -> Cost {
        self.cost_with(law, self.complexity(law), loss(law, self.sample))
    }

    fn cost_with(&self, law: &Expr, complexity: usize, loss: f64) -> Cost {
        let share = loss.max(self.floor()) / self.variance;
        let nats = 0.5 * share.ln() + self.sample.errors.nats_for_a_row(self.sample.target);
        cost(nats, complexity, law.parameters().len(), self.sample.rows(), self.symbols)
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
