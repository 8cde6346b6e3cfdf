//! Judging claims: the evidence is fixed to runs, its quantities are put into the test, and the verdict is recorded with
//! how much was tried before.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    access::Role,
    additions::{Added, Addition, PREFIX},
    claim::{Counted, Evidence, Judged, Ledger, Stated, Verdict},
    expression::{Context, Expression, GRAMMAR, Schema, Truth, Type, Value},
    project::ProjectPath,
    question::Question,
    recorded::Recorded,
    run::{Number, State},
};

use crate::{
    App, AppError, AppResult, Caller,
    ancestry::{self, datasets_under},
    claims::{self, Detail, find},
    lineage::newest_evidence,
    ports::views::RunView,
    soundness,
};

/// Reads a test; answers the version of the grammar that it is written in. Which quantities there are shows only when the
/// evidence is there.
pub(crate) fn check(test: &str) -> AppResult<u32> {
    match Expression::parse(test) {
        Ok(_) => Ok(GRAMMAR.into()),
        Err(wrong) => Err(AppError::invalid("the test cannot be read:", format!("\n{}", wrong.render(test)))),
    }
}

/// Puts the newest evidence to the test and records the verdict.
pub async fn judge(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    project: Option<&ProjectPath>,
    despite_suspicion: Option<&str>,
) -> AppResult<Detail> {
    let claim = find(app, caller, name, project, Role::Member).await?;
    let stated = &claim.stated;
    let mut runs = Vec::with_capacity(stated.evidence.len());
    for (piece, newest) in stated.evidence.iter().zip(newest_evidence(app, stated).await?) {
        let run = newest.filter(|run| run.state == State::Done).ok_or_else(|| no_evidence(stated, piece))?;
        caller.require(Role::Viewer, &run.project)?;
        runs.push(run);
    }
    let evidence: Vec<_> = runs.iter().map(|run| run.id.into()).collect();
    let overridden = soundness::require(app, caller, &evidence, despite_suspicion).await?;
    let names = names_of(app, &runs).await?;
    let outcome = put_to_the_test(&stated.test, &names);
    let judged = Judged {
        claim: stated.claim,
        revision: stated.revision,
        verdict: outcome.verdict,
        because: outcome.because,
        test: stated.test.clone(),
        filled_in: outcome.filled_in,
        evidence: runs.iter().map(|run| run.id).collect(),
        quantities: outcome.quantities,
        ledger: ledger(app, caller, runs).await?,
    };
    let mut facts = vec![judged.into()];
    facts.extend(soundness::overridden(&overridden, stated.claim.into(), despite_suspicion));
    app.record(caller.actor(), key, facts).await?;
    claims::detail(app, caller, &stated.claim.to_string(), None).await
}

fn no_evidence(stated: &Stated, missing: &Evidence) -> AppError {
    AppError::Conflict(match missing {
        Evidence::Step(step) => {
            format!("no run of the step {step} in {} is done, so there is nothing to judge", stated.project)
        }
        Evidence::Run(run) => format!("the run {run} is not done, so there is nothing to judge"),
    })
}

/// How much was tried before: runs that asked the same questions, and readings of what the data under the evidence hold out.
async fn ledger(app: &App, caller: &Caller, evidence: Vec<RunView>) -> AppResult<Ledger> {
    let mut ledger = Ledger { counted: Counted::ByQuestion, is_newest: true, hold_outs: Some(0), ..Ledger::default() };
    let mut asked = BTreeSet::new();
    let mut datasets = BTreeSet::new();
    for run in evidence {
        match question_here(&run) {
            Some(question) => {
                let tries = app.ports.views.tries(&run.project, &question).await?;
                ledger.is_newest &= tries.newest == Some(run.id);
                if asked.insert((run.project.clone(), question.clone())) {
                    ledger.runs += tries.ended;
                    ledger.questions.push(question);
                }
            }
            None => ledger.counted = Counted::NotKnown,
        }
        let under = datasets_under(app, caller, &ancestry::Node::Run(Box::new(run))).await?;
        datasets.extend(under.into_iter().map(|dataset| dataset.version.dataset));
    }
    for dataset in datasets {
        ledger.hold_out_reads += app.ports.views.hold_out_read_count(dataset).await?;
        let splits = app.ports.views.splits(dataset).await?;
        let holds_out = splits.iter().flat_map(|split| &split.parts).any(|part| part.hold_out);
        ledger.hold_outs = ledger.hold_outs.map(|count| count + u64::from(holds_out));
    }
    Ok(ledger)
}

/// What a run asks, when it was tried in this home: of one that came with a publication the other tries are not here.
fn question_here(run: &RunView) -> Option<Question> {
    run.spec.as_ref().filter(|_| run.attempts > 0).and_then(Question::of)
}

/// The names that a test may use: the quantities that its runs measured, then those that were added to the runs later.
async fn names_of(app: &App, runs: &[RunView]) -> AppResult<BTreeMap<String, Value>> {
    let (mut measured, mut later) = (Vec::with_capacity(runs.len()), Vec::with_capacity(runs.len()));
    for run in runs {
        measured.push((step_of(run), names_of_run(app, run).await?));
        let additions: Vec<Addition> = run.added.iter().map(|view| view.addition.clone()).collect();
        later.push((step_of(run), named(&additions)));
    }
    Ok(joined(&measured, &later))
}

/// The quantities of one run each, with the name of its step.
type OfRuns = [(String, BTreeMap<String, Value>)];

/// What was added after the end of a run has the word `added` before it, and takes no name that a measurement has given, not
/// even one that means none because two runs have given it.
fn joined(measured: &OfRuns, later: &OfRuns) -> BTreeMap<String, Value> {
    let mut names = by_name(later);
    names.extend(by_name(measured));
    names.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// With several runs, `law.exponent` is the quantity of the step `law`; `exponent` alone is that of the one run that has it. A
/// name that two quantities have means neither.
fn by_name(runs: &OfRuns) -> BTreeMap<String, Option<Value>> {
    let mut names: BTreeMap<String, Option<Value>> = BTreeMap::new();
    let mut give = |name: String, value: &Value| {
        names.entry(name).and_modify(|known| *known = None).or_insert_with(|| Some(value.clone()));
    };
    for (step, of_run) in runs {
        for (name, value) in of_run {
            if runs.len() > 1 {
                give(format!("{step}.{name}"), value);
            }
            give(name.clone(), value);
        }
    }
    names
}

fn named(additions: &[Addition]) -> BTreeMap<String, Value> {
    let mut names = BTreeMap::new();
    let counting = Addition::that_count(additions);
    for addition in &counting {
        if let Added::Param(value) = &addition.value
            && let Some(value) = value_of(value)
        {
            names.insert(format!("{PREFIX}.params.{}", addition.name), value.clone());
            names.insert(format!("{PREFIX}.{}", addition.name), value);
        }
    }
    // As within a run: of a metric and a parameter of one name the metric is meant.
    for addition in &counting {
        if let Added::Metric(line) = &addition.value {
            names.insert(format!("{PREFIX}.{}", addition.name), Value::Number(line.last.0));
        }
    }
    names
}

fn value_of(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Number(number) => number.as_f64().map(Value::Number),
        serde_json::Value::Bool(yes) => Some(Value::Bool(*yes)),
        serde_json::Value::String(text) => Some(Value::Text(text.clone())),
        _ => None,
    }
}

/// What stands before the names of one run among several.
fn step_of(run: &RunView) -> String {
    run.name.clone().unwrap_or_else(|| run.handle.to_string())
}

/// What a run measured, its parameters, and how it went.
async fn names_of_run(app: &App, run: &RunView) -> AppResult<BTreeMap<String, Value>> {
    let mut names = BTreeMap::new();
    for (name, value) in &run.params {
        if let Some(value) = value_of(value) {
            names.insert(format!("params.{name}"), value.clone());
            names.insert(name.clone(), value);
        }
    }
    if let Some(result) = &run.result {
        names.insert("wall_s".to_owned(), Value::Number(result.wall_s));
    }
    // Metrics come last: of a metric and a parameter of one name the metric is meant.
    for metric in app.ports.series.summaries(run.last_attempt()).await? {
        names.insert(metric.key, Value::Number(metric.last.0));
    }
    Ok(names)
}

struct Outcome {
    verdict: Verdict,
    because: String,
    filled_in: String,
    quantities: BTreeMap<String, Number>,
}

/// The endings of a quantity's interval.
const BOUNDS: [&str; 2] = ["low", "high"];

fn put_to_the_test(test: &str, names: &BTreeMap<String, Value>) -> Outcome {
    let schema = Schema::new(Context::Run, names.iter().map(|(name, value)| (name.clone(), type_of(value))));
    let cannot = |because: String| Outcome {
        verdict: Verdict::CannotTell,
        because,
        filled_in: test.to_owned(),
        quantities: BTreeMap::new(),
    };
    let checked = Expression::parse(test)
        .and_then(|read| read.check(&schema))
        .and_then(hven_core::expression::Checked::condition);
    let checked = match checked {
        Ok(checked) => checked,
        Err(wrong) => return cannot(wrong.render(test)),
    };
    let explained = checked.explain(&|name| names.get(name).cloned());
    let (verdict, because) = match explained.truth() {
        Truth::True => (Verdict::Holds, Recorded::TestTrue.to_string()),
        Truth::False => (Verdict::Fails, Recorded::TestFalse.to_string()),
        Truth::CannotTell => (
            Verdict::CannotTell,
            explained
                .outcome
                .as_ref()
                .err()
                .map_or_else(|| "a quantity is missing".to_owned(), |why| why.because.clone()),
        ),
    };
    let mut quantities = BTreeMap::new();
    for (name, _) in checked.names() {
        let bounds = BOUNDS.map(|bound| format!("{name}.{bound}"));
        for name in [name.clone()].into_iter().chain(bounds) {
            if let Some(Value::Number(value)) = names.get(&name) {
                quantities.insert(name, Number(*value));
            }
        }
    }
    Outcome { verdict, because, filled_in: explained.text, quantities }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::NUMBER,
        Value::Time(_) => Type::Time,
        Value::Text(_) => Type::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(test: &str) -> (Verdict, String) {
        let number = |name: &str, value| (name.to_owned(), Value::Number(value));
        let names = BTreeMap::from([
            number("exponent", 1.4999),
            number("exponent.low", 1.4998),
            number("exponent.high", 1.5001),
            number("r2", f64::NAN),
        ]);
        let outcome = put_to_the_test(test, &names);
        (outcome.verdict, outcome.because)
    }

    #[test]
    fn a_test_holds_fails_or_cannot_tell() {
        assert_eq!(judged("abs(exponent - 1.5) < 0.01").0, Verdict::Holds);
        assert_eq!(judged("exponent.low > 1.5").0, Verdict::Fails);
        let (verdict, because) = judged("r2 > 0.9");
        assert_eq!(verdict, Verdict::CannotTell);
        assert!(because.contains("NaN"), "{because}");
        let (verdict, because) = judged("exponnt > 1");
        assert_eq!(verdict, Verdict::CannotTell);
        assert!(because.contains("exponent"), "{because}");
        // Not a condition: it says neither yes nor no.
        assert_eq!(judged("exponent").0, Verdict::CannotTell);
        assert!(check("abs(").is_err());
    }

    fn numbers(of: &[(&str, f64)]) -> BTreeMap<String, Value> {
        of.iter().map(|(name, value)| ((*name).to_owned(), Value::Number(*value))).collect()
    }

    #[test]
    fn what_was_added_later_takes_no_name_of_a_measurement() {
        let addition = |name: &str, value: f64| {
            let point = hven_core::stream::Point { key: name.to_owned(), value: Number(value), step: 0, time_us: 0 };
            Addition {
                name: name.to_owned(),
                value: Added::Metric(hven_core::run::MetricSummary::of_point(&point)),
                by: hven_core::ActorId::SYSTEM,
                time: hven_core::Time::from_micros(0),
                seq: 1,
                original: None,
            }
        };
        let names = |measured: &[(&str, f64)], added: &[Addition]| {
            joined(&[("fit".to_owned(), numbers(measured))], &[("fit".to_owned(), named(added))])
        };
        let seen = names(&[("acc", 0.5)], &[addition("acc", 0.9), addition("new", 1.0)]);
        assert_eq!(seen["acc"], Value::Number(0.5));
        assert_eq!(seen["added.acc"], Value::Number(0.9));
        assert!(!seen.contains_key("new") && seen.contains_key("added.new"));
        // A script that has used the name for a metric of its own keeps it.
        let seen = names(&[("added.acc", 0.5)], &[addition("acc", 0.9)]);
        assert_eq!(seen["added.acc"], Value::Number(0.5));
        // Of two runs that have it, neither is meant without its step.
        let of = |step: &str, names: BTreeMap<String, Value>| (step.to_owned(), names);
        let none = || [of("a", BTreeMap::new()), of("b", BTreeMap::new())];
        let two = [of("a", named(&[addition("acc", 0.1)])), of("b", named(&[addition("acc", 0.2)]))];
        let seen = joined(&none(), &two);
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["a.added.acc", "b.added.acc"]);
        // A name that both runs have measured does not come to mean what somebody added to one of them.
        let measured = [of("a", numbers(&[("added.acc", 0.5)])), of("b", numbers(&[("added.acc", 0.6)]))];
        let one = [of("a", named(&[addition("acc", 0.9)])), of("b", BTreeMap::new())];
        let seen = joined(&measured, &one);
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["a.added.acc", "b.added.acc"]);
        assert_eq!(seen["a.added.acc"], Value::Number(0.5));
        // Two runs of one step: what belongs to which of them cannot be said.
        let same = [of("fit", numbers(&[("acc", 0.5)])), of("fit", numbers(&[("acc", 0.6), ("loss", 1.0)]))];
        assert_eq!(joined(&same, &none()).keys().collect::<Vec<_>>(), ["fit.loss", "loss"]);
    }

    #[test]
    fn the_quantities_come_with_their_intervals() {
        let names = BTreeMap::from([
            ("slope".to_owned(), Value::Number(1.0)),
            ("slope.low".to_owned(), Value::Number(0.9)),
            ("other".to_owned(), Value::Number(2.0)),
        ]);
        let outcome = put_to_the_test("slope > 0", &names);
        assert_eq!(outcome.quantities.keys().collect::<Vec<_>>(), ["slope", "slope.low"]);
    }
}
