//! Runs a search: from a problem to a law.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use hven_core::expression::name_in_formula;

use super::choose::RULE;
use super::decide::{Decision, decide};
use super::error::LawError;
use super::errors::Errors;
use super::expression::{Expr, Origin};
use super::fit::Sample;
use super::options::Options;
use super::outcome::{Candidate, Constant, Description, Law, LeftOut, RemovedByUnits};
use super::outliers::{Far, far_from, picked, suspects};
use super::pool::{Entry, Pool};
use super::pools::{Pools, Rules};
use super::print::{display, text};
use super::problem::{Prepared, Problem, Rows};
use super::quantities::{Subject, measure, r2};
use super::recognise::{recognise, simplest_between};
use super::search::{Progress, Search, SearchResult};
use super::tape::evaluate;
use super::task::Task;
use super::{power, simple};

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
    if let Some(errors) = options.errors {
        let target = problem.target.name.clone();
        errors.suit(&prepared.train.target).map_err(|why| LawError::Errors { target, errors: errors.name(), why })?;
    }
    let names: Vec<String> = problem.inputs.iter().map(|c| c.name.clone()).collect();
    let search = Search { options, cancel, started };
    let mut best_r2 = f64::NEG_INFINITY;
    let mut report = |done: f64, evaluations: u64, pools: &Pools<'_>| {
        let pool = pools.leading();
        if let Some(best) = pool.most_accurate() {
            best_r2 = best_r2.max(1.0 - best.loss / pool.variance);
            progress(&Progress {
                done: done.clamp(0.0, 1.0),
                evaluations,
                best: display(&best.expr, &names, pool.dimensions),
                r2: best_r2,
            });
        }
    };
    let (candidates, found, aside) = candidates(&search, &prepared, &mut report)?;
    if cancel.load(Ordering::Relaxed) {
        return Err(LawError::Cancelled);
    }
    let decision = decide(&candidates, &prepared, options, aside);
    let all = &prepared.train;
    let kept: Vec<usize> = (0..all.target.len()).filter(|row| !decision.far.aside.contains(row)).collect();
    let (inputs, target) = picked(&all.inputs, &all.target, &kept);
    let root = Task::root(inputs, target);
    let sample = Sample { inputs: &root.inputs, target: &root.target, errors: decision.errors };
    let rules = Rules::new(&root, &prepared, options);
    let mut pool = Pool::new(sample, rules.signs, rules.complexity_max, rules.symbols);
    pool.dimensions = rules.dimensions;
    for candidate in &candidates {
        pool.offer(candidate);
    }
    pool.refused = found.refused;
    pool.replace_all(recognise);
    let outcome = Outcome { problem, options, prepared: &prepared, pool: &pool, names: &names };
    Ok(outcome.law(&found, &decision))
}

/// Searches in the rows that do not look wrong. The result is all laws of all pools, and the rows that were set aside.
fn candidates(
    search: &Search<'_>,
    prepared: &Prepared,
    report: super::search::Report<'_>,
) -> Result<(Vec<Expr>, SearchResult, Vec<usize>), LawError> {
    let all = &prepared.train;
    let mut aside = suspects(&all.inputs, &all.target);
    let mut again = true;
    loop {
        let kept: Vec<usize> = (0..all.target.len()).filter(|row| !aside.contains(row)).collect();
        let (inputs, target) = picked(&all.inputs, &all.target, &kept);
        let root = Task::root(inputs, target);
        let rules = Rules::new(&root, prepared, search.options);
        let mut pools = Pools::new(&root.inputs, &root.target, search.options.errors, rules);
        let chain = search.propose(&root, &mut pools, report);
        if again && !pools.is_exact() {
            again = false;
            let far = robustly_shortest(pools.leading(), plain_laws(&root), all);
            // A row that does not look wrong next to its neighbours may still be far from the law.
            if let Some(far) = far.filter(|far| !far.aside.is_empty() && far.aside != aside) {
                aside = far.aside;
                continue;
            }
        }
        let mut found = search.run(&chain, &mut pools, report)?;
        found.refused = pools.all.iter().map(|pool| pool.refused).max().unwrap_or_default();
        let mut candidates: Vec<Expr> = Vec::new();
        for law in pools.all.iter().flat_map(Pool::laws) {
            if !candidates.contains(law) {
                candidates.push(law.clone());
            }
        }
        return Ok((candidates, found, aside));
    }
}

/// The simplest laws and power laws. Wrong rows may have kept them from the front.
fn plain_laws(root: &Task) -> Vec<Expr> {
    let mut laws = Vec::new();
    simple::propose(root, &mut |law| laws.push(law.clone()));
    power::propose(root, &mut |law| laws.push(law.clone()));
    laws
}

/// The rows that are far from the candidate with the shortest description of most rows. The shortest description of all rows
/// may have a pole at each wrong row.
fn robustly_shortest(pool: &Pool<'_>, plain: Vec<Expr>, all: &Rows) -> Option<Far> {
    let rows = all.target.len() as f64;
    let allowed = |law: &Expr| pool.dimensions.is_none_or(|d| d.breach(law).is_none());
    let plain = plain.into_iter().map(|law| pool.signs.normal(&law)).filter(allowed);
    let laws: Vec<Expr> = pool.laws().cloned().chain(plain).collect();
    let described = laws.into_iter().map(|expr| {
        let far = far_from(&expr, &all.inputs, &all.target, pool.sample.errors);
        let cost = pool.cost_of(&expr);
        (rows * far.limit.max(f64::MIN_POSITIVE).ln() + cost.form + cost.constants, far)
    });
    described.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, far)| far)
}

struct Outcome<'a> {
    problem: &'a Problem,
    options: &'a Options,
    prepared: &'a Prepared,
    pool: &'a Pool<'a>,
    names: &'a [String],
}

impl Outcome<'_> {
    fn law(&self, found: &SearchResult, decision: &Decision) -> Law {
        let mut front: Vec<Candidate> =
            self.pool.best.iter().map(|(&complexity, entry)| self.candidate(complexity, entry)).collect();
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
                hold_out: self.sample_of(hold_out),
                complexity: candidate.complexity,
            };
            measure(&subject, self.options.bootstrap, self.options.seed)
        });
        let reason = reason(&front, chosen);
        let mut notes = self.prepared.notes.clone();
        let left_out = self.left_out(front.get(chosen), decision);
        let errors = decision.errors_of_law(self.pool.sample.target);
        notes.push(errors.text.clone());
        notes.extend(decision.notes(&left_out, self.prepared.train.target.len()));
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
            notes.extend(measured.notes);
        }
        Law {
            inputs: self.names.to_vec(),
            target: self.problem.target.name.clone(),
            target_text: name_in_formula(&self.problem.target.name),
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
            errors: Some(errors),
            left_out,
        }
    }

    /// The mean square of the residuals as these errors are.
    fn loss_as_told(&self, expr: &Expr, loss: f64) -> f64 {
        let sample = self.pool.sample;
        if sample.errors != Errors::Relative {
            return loss;
        }
        let residuals = sample.errors.residuals(&evaluate(expr, sample.inputs, sample.rows()), sample.target);
        residuals.iter().map(|r| r * r).sum::<f64>() / sample.rows().max(1) as f64
    }

    fn sample_of<'r>(&self, rows: &'r Rows) -> Sample<'r> {
        Sample { inputs: &rows.inputs, target: &rows.target, errors: self.pool.sample.errors }
    }

    fn left_out(&self, law: Option<&Candidate>, decision: &Decision) -> Vec<LeftOut> {
        let train = &self.prepared.train;
        let values = law.map(|law| law.evaluate(&train.inputs)).unwrap_or_default();
        let left_out =
            |&row: &usize| LeftOut { row: train.places[row] + 1, target: train.target[row], law: values[row] };
        let mut all: Vec<LeftOut> =
            if law.is_some() { decision.far.aside.iter().map(left_out).collect() } else { Vec::new() };
        all.sort_by_key(|one| one.row);
        all
    }

    fn candidate(&self, complexity: usize, entry: &Entry) -> Candidate {
        let Entry { expr, loss, .. } = entry;
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
        let cost = self.pool.cost(complexity, entry);
        Candidate {
            id: format!("law-{complexity}"),
            text: text(expr, self.names),
            display: display(expr, self.names, self.pool.dimensions),
            tree: expr.clone(),
            complexity,
            loss: self.loss_as_told(expr, *loss),
            r2: r2(expr, self.pool.sample),
            r2_holdout: (hold_out.target.len() >= 2).then(|| r2(expr, self.sample_of(hold_out))),
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
