//! The pools of a search: one for each model of the errors that the target allows.
//!
//! Every proposal goes to each pool, which fits its constants under its errors. The pool with the shortest description leads:
//! its errors are the likeliest.

use super::dimension::Dimensions;
use super::errors::Errors;
use super::expression::Expr;
use super::fit::Sample;
use super::normal::Signs;
use super::options::Options;
use super::pool::Pool;
use super::problem::Prepared;
use super::task::Task;
use super::variation::variations;

/// If the largest value of a target is larger than the smallest by this factor, only its logarithm shows whether a law is
/// exact in all rows.
const WIDE: f64 = 1e4;
/// So many nats must speak for logarithmic errors: equal errors are the usual ones.
const CLEARLY: f64 = 3.0;
/// How many laws are varied at once, and how often the results are varied again.
const VARIED_MAX: usize = 2;
const IMPROVED_ROUNDS: usize = 3;

#[derive(Debug)]
pub(crate) struct Pools<'a> {
    pub all: Vec<Pool<'a>>,
    wide: bool,
    /// The laws whose variations were offered.
    varied: Vec<Expr>,
}

/// The parts that all pools of a search share.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub signs: Signs<'a>,
    pub complexity_max: usize,
    pub symbols: usize,
    pub dimensions: Option<&'a Dimensions>,
}

impl<'a> Rules<'a> {
    pub(crate) fn new(root: &'a Task, prepared: &'a Prepared, options: &Options) -> Self {
        Self {
            signs: root.signs(),
            complexity_max: options.complexity_max,
            symbols: options.operators.len() + root.inputs.len() + 2,
            dimensions: prepared.dimensions.as_ref(),
        }
    }
}

impl<'a> Pools<'a> {
    pub(crate) fn new(inputs: &'a [Vec<f64>], target: &'a [f64], errors: Option<Errors>, rules: Rules<'a>) -> Self {
        let models = match errors {
            Some(errors) => vec![errors],
            None if Errors::Logarithmic.suit(target).is_ok() => vec![Errors::Equal, Errors::Logarithmic],
            None => vec![Errors::Equal],
        };
        let pool = |errors: Errors| {
            let sample = Sample { inputs, target, errors };
            let mut pool = Pool::new(sample, rules.signs, rules.complexity_max, rules.symbols);
            pool.dimensions = rules.dimensions;
            pool
        };
        Self { all: models.into_iter().map(pool).collect(), wide: is_wide(target), varied: Vec::new() }
    }

    pub(crate) fn dimensions(&self) -> Option<&'a Dimensions> {
        self.all.first().and_then(|pool| pool.dimensions)
    }

    /// Adds a law over the original inputs; returns whether it describes the data exactly.
    pub(crate) fn offer(&mut self, proposal: &Expr) -> bool {
        for pool in &mut self.all {
            pool.offer(proposal);
        }
        self.is_exact()
    }

    pub(crate) fn offer_if_promising(&mut self, proposal: &Expr) {
        for pool in &mut self.all {
            pool.offer_if_promising(proposal);
        }
    }

    /// The same for one of many proposals: a law that is far worse than the present ones is fitted to a few rows only.
    pub(crate) fn offer_screened(&mut self, proposal: &Expr) {
        for pool in &mut self.all {
            pool.offer_screened(proposal);
        }
    }

    /// Offers the neighbours of the best laws: variations, and shorter spellings.
    pub(crate) fn improve(&mut self, stop: &impl Fn() -> bool) {
        for _ in 0..IMPROVED_ROUNDS {
            if self.is_exact() {
                return;
            }
            // Also after the time limit, because it takes little time, and without it the law may not be the one selected.
            self.all.iter_mut().for_each(Pool::shorten);
            if stop() {
                return;
            }
            let laws = self.unvaried();
            if laws.is_empty() {
                return;
            }
            for law in laws {
                for variation in variations(&law, self.all[0].signs) {
                    self.offer_screened(&variation);
                }
                self.varied.push(law);
                if stop() {
                    return;
                }
            }
        }
        self.all.iter_mut().for_each(Pool::shorten);
    }

    /// The laws of the leading pool whose descriptions are nearly the shortest, and whose variations were not offered.
    fn unvaried(&self) -> Vec<Expr> {
        let pool = self.leading();
        let mut laws: Vec<(f64, &Expr)> = pool.best.iter().map(|(c, e)| (pool.cost(*c, e).total(), &e.expr)).collect();
        laws.sort_by(|a, b| a.0.total_cmp(&b.0));
        laws.truncate(VARIED_MAX);
        laws.into_iter().map(|(_, law)| law).filter(|law| !self.varied.contains(law)).cloned().collect()
    }

    pub(crate) fn is_exact(&self) -> bool {
        if self.wide && self.all.len() > 1 {
            return self.all.iter().all(Pool::is_exact);
        }
        self.all.iter().any(Pool::is_exact)
    }

    /// Adds a pool with relative errors, where the target allows it.
    pub(crate) fn add_relative(&mut self, candidates: &[Expr]) {
        let Some(first) = self.all.first().filter(|_| self.all.len() > 1) else { return };
        let sample = Sample { errors: Errors::Relative, ..first.sample };
        let mut pool = Pool::new(sample, first.signs, first.complexity_max, first.symbols);
        pool.dimensions = first.dimensions;
        for candidate in candidates {
            pool.offer(candidate);
        }
        self.all.push(pool);
    }

    /// The length of the shortest description in a pool. Other errors than equal ones must be clearly likelier.
    pub(crate) fn total(&self, pool: &Pool<'_>) -> f64 {
        // In a wide target, a law that is exact for the large rows only is not exact: it hides the errors of the others.
        if self.wide && pool.sample.errors == Errors::Equal && pool.is_exact() && !self.all.iter().all(Pool::is_exact) {
            return f64::INFINITY;
        }
        let more = if pool.sample.errors == Errors::Equal { 0.0 } else { CLEARLY };
        Self::description(pool) + more
    }

    /// The same without a preference for any errors.
    pub(crate) fn description(pool: &Pool<'_>) -> f64 {
        pool.shortest().map_or(f64::INFINITY, |(c, e)| pool.cost(c, e).total())
    }

    /// The pool whose best candidate has the shortest description.
    pub(crate) fn leading(&self) -> &Pool<'a> {
        if self.is_exact() {
            // In a wide target, a law that is exact for the large rows may be the shortest exact one with equal errors.
            let mut exact = self.all.iter().filter(|pool| pool.is_exact());
            let exact = if self.wide { exact.next_back() } else { exact.next() };
            if let Some(exact) = exact {
                return exact;
            }
        }
        self.all.iter().min_by(|a, b| self.total(a).total_cmp(&self.total(b))).unwrap_or(&self.all[0])
    }
}

fn is_wide(target: &[f64]) -> bool {
    powers_of_ten(target).is_some_and(|powers| powers > WIDE.log10())
}

/// How many powers of ten the target spans, if no value is zero.
pub(crate) fn powers_of_ten(target: &[f64]) -> Option<f64> {
    let (low, high) = target.iter().map(|y| y.abs()).fold((f64::INFINITY, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
    (low > 0.0).then(|| high.log10() - low.log10())
}
