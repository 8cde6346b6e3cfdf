//! The search in a fixed order: simple laws, power laws, reductions by symmetry, then rounds of evolution on several forms of
//! the problem, until a law is exact or the budget is spent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::dimension::Dimensions;
use super::engine::{EngineSetting, Island, island};
use super::error::LawError;
use super::expression::Expr;
use super::options::Options;
use super::outcome::Ending;
use super::pools::Pools;
use super::task::{Task, Transform};
use super::{bend, growth, power, reduction, separate, simple, span, subset, symmetry, wave};

/// How many rows the evolution uses; all rows evaluate its results.
const ROWS_FOR_EVOLUTION: usize = 200;
/// How long an island works per round, in cycles of a population.
const CYCLES_PER_ROUND: usize = 10;
/// After this many rounds an island restarts with another seed.
const ROUNDS_PER_LIFE: usize = 12;
const POPULATIONS: usize = 6;
/// The share of a time limit that direct solutions may use.
const DIRECT_MAX: f64 = 0.7;
/// If data with errors are reduced to so few inputs, no other reduction is looked for.
const SMALL: usize = 2;

/// The progress of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The share of the budget that is spent.
    pub done: f64,
    pub evaluations: u64,
    /// The most accurate law so far, with the names of the columns.
    pub best: String,
    pub r2: f64,
}

#[derive(Debug)]
pub(crate) struct SearchResult {
    pub ending: Ending,
    pub evaluations: u64,
    pub breaches: u64,
    /// How many proposals for the front were refused.
    pub refused: usize,
}

/// Receives the completed share, the number of evaluations, and the candidates.
pub(crate) type Report<'a> = &'a mut dyn FnMut(f64, u64, &Pools<'_>);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Search<'a> {
    pub options: &'a Options,
    pub cancel: &'a AtomicBool,
    pub started: Instant,
}

/// The ways to solve one form of the problem.
#[derive(Debug, Clone, Copy)]
struct Ways {
    /// The law may be a product of functions of one input each.
    factors: bool,
    /// The rows may have no errors: then the law may be a long sum, which errors would hide.
    exact: bool,
}

impl Search<'_> {
    fn over_time(&self) -> bool {
        self.options.time_limit.is_some_and(|limit| self.started.elapsed() >= limit)
    }

    /// Whether the direct solutions must end, so that time is left to improve them.
    fn over_direct(&self) -> bool {
        let limit = self.options.time_limit.map(|limit| limit.mul_f64(DIRECT_MAX));
        self.cancel.load(Ordering::Relaxed) || limit.is_some_and(|limit| self.started.elapsed() >= limit)
    }

    fn stopped(&self) -> bool {
        self.cancel.load(Ordering::Relaxed) || self.over_time()
    }

    /// The laws that need no evolution, and the forms of the problem.
    pub(crate) fn propose(&self, root: &Task, pool: &mut Pools<'_>, report: Report<'_>) -> Vec<Task> {
        simple::propose(root, &mut |law| _ = pool.offer(law));
        power::propose(root, &mut |law| _ = pool.offer(law));
        report(0.0, 0, pool);
        if pool.is_exact() {
            return Vec::new();
        }
        let root = root.clone().with_errors(pool.leading().sample.errors);
        let chain = self.propose_reduced(&root, pool);
        pool.improve(&|| self.stopped());
        report(0.02, 0, pool);
        chain
    }

    /// Proposes the laws that need no evolution, for the problem and its reductions, and returns these from large to small.
    ///
    /// Reductions come from derivatives, which are exact if the data are, or from trials, which errors do not mislead.
    fn propose_reduced(&self, root: &Task, pool: &mut Pools<'_>) -> Vec<Task> {
        let stop = || self.over_direct();
        let tried =
            if reduction::is_smooth(root) { Vec::new() } else { reduction::smallest(root, pool.dimensions(), &stop) };
        let end = tried.first().unwrap_or(root);
        if end.inputs.len() <= SMALL && reduction::is_noisy(root, end) {
            for task in &tried {
                self.propose_structured(task, Ways { factors: true, exact: false }, pool);
                if self.over_direct() {
                    break;
                }
            }
            self.propose_structured(root, Ways { factors: tried.is_empty(), exact: false }, pool);
            return [root.clone()].into_iter().chain(tried.into_iter().next()).collect();
        }
        let mut chain = symmetry::reduced(root, pool.dimensions(), &stop);
        for (k, task) in chain.iter().enumerate().rev() {
            // Only the most reduced form and the given one; the forms between add nothing.
            if k > 0 && k + 1 < chain.len() {
                continue;
            }
            self.propose_structured(task, Ways { factors: true, exact: true }, pool);
            if pool.is_exact() || self.over_direct() {
                return chain;
            }
        }
        let end = chain.last().map_or(usize::MAX, |task| task.inputs.len());
        for task in &tried {
            if !chain.iter().any(|known| known.has_same_inputs(task)) {
                self.propose_structured(task, Ways { factors: true, exact: true }, pool);
            }
            if pool.is_exact() || self.over_direct() {
                return chain;
            }
        }
        chain.extend(tried.into_iter().next().filter(|first| first.inputs.len() < end));
        chain
    }

    /// Evolution on the forms of the problem, until a law is exact or the budget is spent.
    pub(crate) fn run(
        &self,
        chain: &[Task],
        pool: &mut Pools<'_>,
        report: Report<'_>,
    ) -> Result<SearchResult, LawError> {
        let mut found = SearchResult { ending: Ending::Exact, evaluations: 0, breaches: 0, refused: 0 };
        if !pool.is_exact() {
            self.evolve(chain, pool, &mut found, report)?;
        }
        Ok(found)
    }

    /// The same for one form of the problem.
    fn propose_structured(&self, task: &Task, ways: Ways, pool: &mut Pools<'_>) {
        if task.inputs.is_empty() {
            let mean = task.target.iter().sum::<f64>() / task.rows() as f64;
            pool.offer(&task.law(&Expr::fitted(mean)));
            return;
        }
        let mut forms = vec![task.clone()];
        forms.extend(Transform::ALL.iter().filter_map(|t| task.transformed(*t)));
        for form in &forms {
            power::propose(form, &mut |law| _ = pool.offer(&form.law(law)));
            if pool.is_exact() || self.over_direct() {
                return;
            }
        }
        wave::propose(task, &mut |law| _ = pool.offer(&task.law(law)));
        if pool.is_exact() || self.over_direct() {
            return;
        }
        for form in forms.iter().filter(|_| ways.exact) {
            growth::propose(form, &mut |law| _ = pool.offer(&form.law(law)));
            if pool.is_exact() || self.over_direct() {
                return;
            }
        }
        // Only exact data pass the last solutions, so those for data with errors come before them.
        for form in &forms {
            growth::propose_noisy(form, &mut |law| pool.offer_screened(&form.law(law)));
            bend::propose(form, &mut |law| pool.offer_screened(&form.law(law)));
            subset::propose(form, &mut |law| pool.offer_screened(&form.law(law)));
            if pool.is_exact() || self.over_direct() {
                return;
            }
        }
        if ways.factors {
            separate::propose(task, &|| self.over_direct(), &mut |law| pool.offer_screened(&task.law(law)));
        }
        if pool.is_exact() || self.over_direct() {
            return;
        }
        for form in forms.iter().filter(|_| ways.exact) {
            span::propose(form, &mut |law| _ = pool.offer(&form.law(law)));
            if pool.is_exact() || self.over_direct() {
                return;
            }
        }
    }

    fn evolve(
        &self,
        chain: &[Task],
        pool: &mut Pools<'_>,
        found: &mut SearchResult,
        report: Report<'_>,
    ) -> Result<(), LawError> {
        let forms = forms(chain);
        let mut lives = 0u64;
        let mut offered: Vec<(usize, Expr)> = Vec::new();
        let mut islands: Vec<(usize, Box<dyn Island>)> = Vec::new();
        let mut spent_before = 0;
        let mut breaches_before = 0;
        let mut round = 0;
        loop {
            if round % ROUNDS_PER_LIFE == 0 {
                spent_before += islands.iter().map(|(_, i)| i.evaluations()).sum::<u64>();
                breaches_before += islands.iter().map(|(_, i)| i.breaches()).sum::<u64>();
                islands.clear();
                offered.clear();
                for (k, form) in forms.iter().enumerate() {
                    let form = form.clone().with_errors(pool.leading().sample.errors);
                    islands.push((k, self.island(&form, pool.dimensions(), lives)?));
                    lives += 1;
                }
            }
            self.advance(&mut islands);
            round += 1;
            for (k, island) in &islands {
                for found in island.found() {
                    if !offered.iter().any(|(form, known)| form == k && *known == found) {
                        pool.offer_if_promising(&forms[*k].law(&found));
                        offered.push((*k, found));
                    }
                }
            }
            pool.improve(&|| self.stopped());
            found.evaluations = spent_before + islands.iter().map(|(_, i)| i.evaluations()).sum::<u64>();
            found.breaches = breaches_before + islands.iter().map(|(_, i)| i.breaches()).sum::<u64>();
            report(found.evaluations as f64 / self.options.evaluations as f64, found.evaluations, pool);
            if self.cancel.load(Ordering::Relaxed) {
                return Err(LawError::Cancelled);
            }
            found.ending = if pool.is_exact() {
                Ending::Exact
            } else if found.evaluations >= self.options.evaluations {
                Ending::Budget
            } else if self.over_time() {
                Ending::Time
            } else {
                continue;
            };
            return Ok(());
        }
    }

    fn island(&self, form: &Task, dimensions: Option<&Dimensions>, life: u64) -> Result<Box<dyn Island>, LawError> {
        let rows: Vec<usize> = (0..form.rows().min(ROWS_FOR_EVOLUTION)).collect();
        let setting = EngineSetting {
            // Spread the seeds, because each population adds its number to the seed.
            seed: (self.options.seed ^ (life << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            operators: self.options.operators.clone(),
            complexity_max: self.options.complexity_max.min(26),
            populations: POPULATIONS,
            codes: dimensions.and_then(|d| form.dimensions(d)).map(|d| d.codes()),
        };
        island(&form.rows_only(&rows), &setting)
    }

    /// Advances all islands by one round, on the wanted number of threads. The assignment of islands to threads does not matter.
    fn advance(&self, islands: &mut [(usize, Box<dyn Island>)]) {
        let threads = self.options.threads.clamp(1, islands.len().max(1));
        let next = std::sync::Mutex::new(islands.iter_mut());
        let stopped = || self.stopped();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let island = next.lock().ok().and_then(|mut all| all.next());
                        let Some((_, island)) = island else { break };
                        if stopped() {
                            break;
                        }
                        island.advance(CYCLES_PER_ROUND);
                    }
                });
            }
        });
    }
}

/// The forms of the problem that are evolved in parallel: the most reduced one, transformed in the ways that most often
/// shorten a law, and the given problem.
fn forms(chain: &[Task]) -> Vec<Task> {
    let mut forms = Vec::new();
    if let Some(last) = chain.iter().rev().find(|t| !t.inputs.is_empty()) {
        forms.push(last.clone());
        let useful = [Transform::Inverse, Transform::Square, Transform::Log, Transform::InverseSquare];
        forms.extend(useful.iter().filter_map(|t| last.transformed(*t)));
    }
    if let Some(root) = chain.first()
        && chain.len() > 1
        && !root.inputs.is_empty()
    {
        forms.push(root.clone());
    }
    forms
}
