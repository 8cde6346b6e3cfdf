//! Runs a search: from a problem to a law.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::choose::{RULE, cost};
use super::error::LawError;
use super::expression::{Expr, Origin};
use super::fit::Sample;
use super::options::Options;
use super::outcome::{Candidate, Constant, Description, Law, RemovedByUnits};
use super::pool::Pool;
use super::print::{display, text};
use super::problem::{Prepared, Problem};
use super::quantities::{Subject, measure, r2};
use super::recognise::{recognise, simplest_between};
use super::search::{Progress, Search, SearchResult};
use super::task::Task;

/// Searches for a law. The same problem and options give the same law, unless a time limit ends the search.
///
/// # Errors
/// When the problem cannot be searched, the search was cancelled, or a thread could not be started.
pub fn find(
    problem: &Problem,
    options: &Options,
    progress: &mut dyn FnMut(&Progress),
    cancel: &AtomicBool,
) -> Result<Law, LawError> {
    let started = Instant::now();
    let prepared = problem.prepare(options.seed)?;
    let names: Vec<String> = problem.inputs.iter().map(|c| c.name.clone()).collect();
    let root = Task::root(prepared.train.inputs.clone(), prepared.train.target.clone());
    let train = Sample { inputs: &root.inputs, target: &root.target };
    let mut pool = Pool::new(train, root.signs(), options.complexity_max);
    pool.dimensions = prepared.dimensions.as_ref();

    let mut report = |done: f64, evaluations: u64, pool: &Pool<'_>| {
        if let Some(best) = pool.most_accurate() {
            progress(&Progress {
                done: done.clamp(0.0, 1.0),
                evaluations,
                best: display(&best.expr, &names, pool.dimensions),
                r2: 1.0 - best.loss / pool.variance,
            });
        }
    };
    let search = Search { options, cancel, started };
    let found = search.run(&root, &mut pool, &mut report)?;
    if cancel.load(Ordering::Relaxed) {
        return Err(LawError::Cancelled);
    }
    pool.replace_all(recognise);
    let law = Outcome { problem, options, prepared: &prepared, pool: &pool, names: &names }.law(&found);
    Ok(law)
}

struct Outcome<'a> {
    problem: &'a Problem,
    options: &'a Options,
    prepared: &'a Prepared,
    pool: &'a Pool<'a>,
    names: &'a [String],
}

impl Outcome<'_> {
    fn law(&self, found: &SearchResult) -> Law {
        let mut front: Vec<Candidate> = self
            .pool
            .best
            .iter()
            .map(|(&complexity, entry)| self.candidate(complexity, &entry.expr, entry.loss))
            .collect();
        let chosen = (0..front.len())
            .min_by(|&a, &b| front[a].description.total.total_cmp(&front[b].description.total))
            .unwrap_or_default();
        let hold_out = &self.prepared.hold_out;
        let measured = front.get(chosen).map(|candidate| {
            let subject = Subject {
                expr: &candidate.tree,
                names: self.names,
                dimensions: self.pool.dimensions,
                train: self.pool.sample,
                hold_out: Sample { inputs: &hold_out.inputs, target: &hold_out.target },
                complexity: candidate.complexity,
            };
            measure(&subject, self.options.bootstrap, self.options.seed)
        });
        let reason = reason(&front, chosen);
        let mut notes = self.prepared.notes.clone();
        notes.push(format!(
            "intervals: 95 %, pairs bootstrap of {} draws with the form of the law held fixed, percentiles widened for few rows",
            self.options.bootstrap
        ));
        if found.ending == super::outcome::Ending::Time {
            notes.push("the search was cut by its time limit: another run need not give the same front".to_owned());
        }
        let mut quantities = Vec::new();
        if let (Some(measured), Some(candidate)) = (measured, front.get_mut(chosen)) {
            let mut intervals = measured.intervals.into_iter();
            for constant in candidate.constants.iter_mut().filter(|c| c.fitted) {
                if let Some(Some((low, high))) = intervals.next() {
                    (constant.low, constant.high) = (Some(low), Some(high));
                    // A wide interval contains too many simple numbers to name one.
                    if (high - low).abs() < 0.2 * constant.value.abs() {
                        constant.reading = simplest_between(low, high).map(|s| s.text);
                    }
                }
            }
            quantities = measured.quantities;
        }
        Law {
            inputs: self.names.to_vec(),
            target: self.problem.target.name.clone(),
            chosen: front.get(chosen).map(|c| c.id.clone()).unwrap_or_default(),
            rule: RULE.to_owned(),
            reason,
            quantities,
            removed_by_units: RemovedByUnits { in_search: found.breaches, from_front: self.pool.refused as u64 },
            ending: found.ending,
            evaluations: found.evaluations,
            rows: self.pool.sample.rows(),
            rows_holdout: hold_out.target.len(),
            notes,
            front,
        }
    }

    fn candidate(&self, complexity: usize, expr: &Expr, loss: f64) -> Candidate {
        let hold_out = &self.prepared.hold_out;
        let units = self.pool.dimensions.map(|d| d.units_of_numbers(expr));
        let mut constants = Vec::new();
        let mut place = 0;
        expr.numbers(&mut |n| {
            if n.origin != Origin::Form {
                let known = n.origin == Origin::Recognised;
                let near = 1e-7 * n.value.abs();
                constants.push(Constant {
                    value: n.value,
                    low: None,
                    high: None,
                    unit: units.as_ref().and_then(|u| u[place].clone()),
                    fitted: !known,
                    reading: if known {
                        simplest_between(n.value - near, n.value + near).map(|s| s.text)
                    } else {
                        None
                    },
                });
            }
            place += 1;
        });
        let symbols = self.options.operators.len() + self.names.len() + 2;
        let share = loss.max(self.pool.floor()) / self.pool.variance;
        let cost = cost(share, complexity, expr.parameters().len(), self.pool.sample, symbols);
        Candidate {
            id: format!("law-{complexity}"),
            text: text(expr, self.names),
            display: display(expr, self.names, self.pool.dimensions),
            tree: expr.clone(),
            complexity,
            loss,
            r2: 1.0 - loss / self.pool.variance,
            r2_holdout: (hold_out.target.len() >= 2)
                .then(|| r2(expr, Sample { inputs: &hold_out.inputs, target: &hold_out.target })),
            description: Description {
                residuals: cost.residuals,
                form: cost.form,
                constants: cost.constants,
                total: cost.total(),
            },
            constants,
        }
    }
}

/// The reason for the choice in a sentence, compared with the simpler and the more accurate neighbour.
fn reason(front: &[Candidate], chosen: usize) -> String {
    let Some(law) = front.get(chosen) else { return String::new() };
    let mut parts = vec![format!("{:.1} nats at complexity {}", law.description.total, law.complexity)];
    if let Some(simpler) = chosen.checked_sub(1).and_then(|k| front.get(k)) {
        parts.push(format!(
            "the simpler candidate {} needs {:.1} nats more, for residuals {:.3} times as large",
            simpler.id,
            simpler.description.total - law.description.total,
            (simpler.loss / law.loss.max(f64::MIN_POSITIVE)).sqrt()
        ));
    }
    if let Some(finer) = front.get(chosen + 1) {
        parts.push(format!(
            "the more accurate candidate {} needs {:.1} nats more, though its residuals are only {:.3} times as large",
            finer.id,
            finer.description.total - law.description.total,
            (finer.loss / law.loss.max(f64::MIN_POSITIVE)).sqrt()
        ));
    }
    parts.join("; ")
}
