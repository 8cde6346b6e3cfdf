//! The names that a test of a claim may use: measured quantities of its runs, and values that were added to the runs.

use std::collections::BTreeMap;

use hven_core::{
    additions::{Added, Addition, PREFIX},
    expression::Value,
};

use crate::{kernel::error::AppResult, knowledge::floor::Knowledge, ports::run::RunView};

/// The names that a test may use: the measured quantities of its runs, then the values that were added to the runs
/// later.
pub(crate) async fn names_of(knowledge: &Knowledge, runs: &[RunView]) -> AppResult<BTreeMap<String, Value>> {
    let (mut measured, mut later) = (Vec::with_capacity(runs.len()), Vec::with_capacity(runs.len()));
    for run in runs {
        measured.push((step_of(run), names_of_run(knowledge, run).await?));
        let additions: Vec<Addition> = run.added.iter().map(|view| view.addition.clone()).collect();
        later.push((step_of(run), named(&additions)));
    }
    Ok(joined(&measured, &later))
}

/// The quantities of each run, with the name of its step.
type OfRuns = [(String, BTreeMap<String, Value>)];

/// A value that was added after the end of a run has the prefix `added`. It never takes the name of a measured
/// quantity, not even of one that is ambiguous because two runs have it.
fn joined(measured: &OfRuns, later: &OfRuns) -> BTreeMap<String, Value> {
    let mut names = by_name(later);
    names.extend(by_name(measured));
    names.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// With several runs, `law.exponent` is the quantity of the step `law`, and `exponent` alone is that of the only run
/// that has it. A name with two quantities refers to none.
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
    let counting = Addition::effective(additions);
    for addition in &counting {
        if let Added::Param(value) = &addition.value
            && let Some(value) = value_of(value)
        {
            names.insert(format!("{PREFIX}.params.{}", addition.name), value.clone());
            names.insert(format!("{PREFIX}.{}", addition.name), value);
        }
    }
    // The same rule as within a run: a metric has priority over a parameter with the same name.
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

/// The prefix of a run's names when there are several runs.
fn step_of(run: &RunView) -> String {
    run.name.clone().unwrap_or_else(|| run.handle.to_string())
}

/// The metrics, the parameters and the outcome of a run.
async fn names_of_run(knowledge: &Knowledge, run: &RunView) -> AppResult<BTreeMap<String, Value>> {
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
    // Metrics come last, because a metric has priority over a parameter with the same name.
    for metric in knowledge.ports.series.summaries(run.last_attempt()).await? {
        names.insert(metric.key, Value::Number(metric.last.0));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hven_core::run::Number;

    fn numbers(of: &[(&str, f64)]) -> BTreeMap<String, Value> {
        of.iter().map(|(name, value)| ((*name).to_owned(), Value::Number(*value))).collect()
    }

    #[test]
    fn added_values_never_take_the_name_of_a_measured_one() {
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
        // A script's own metric with such a name keeps it.
        let seen = names(&[("added.acc", 0.5)], &[addition("acc", 0.9)]);
        assert_eq!(seen["added.acc"], Value::Number(0.5));
        // Two runs have it, so it is ambiguous without its step.
        let of = |step: &str, names: BTreeMap<String, Value>| (step.to_owned(), names);
        let none = || [of("a", BTreeMap::new()), of("b", BTreeMap::new())];
        let two = [of("a", named(&[addition("acc", 0.1)])), of("b", named(&[addition("acc", 0.2)]))];
        let seen = joined(&none(), &two);
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["a.added.acc", "b.added.acc"]);
        // A name that both runs measured does not refer to a value that a person added to one of them.
        let measured = [of("a", numbers(&[("added.acc", 0.5)])), of("b", numbers(&[("added.acc", 0.6)]))];
        let one = [of("a", named(&[addition("acc", 0.9)])), of("b", BTreeMap::new())];
        let seen = joined(&measured, &one);
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["a.added.acc", "b.added.acc"]);
        assert_eq!(seen["a.added.acc"], Value::Number(0.5));
        // Two runs of one step: a name that both have is ambiguous.
        let same = [of("fit", numbers(&[("acc", 0.5)])), of("fit", numbers(&[("acc", 0.6), ("loss", 1.0)]))];
        assert_eq!(joined(&same, &none()).keys().collect::<Vec<_>>(), ["fit.loss", "loss"]);
    }
}
