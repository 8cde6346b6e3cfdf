//! What came of making runs again, for people.

use std::io;

use hven_api::reproductions::{MadeAgain, Reproduction};
use hven_core::{
    file_name,
    reproduction::{Comparison, Likeness, MetricComparison},
};
use serde::Serialize;

use crate::{
    paper::{Ink, Paper},
    reply::ForPeople,
    words,
};

/// What came of all of them.
#[derive(Debug, Serialize)]
pub struct Reproduced {
    pub schema: &'static str,
    pub of: String,
    pub items: Vec<Reproduction>,
}

impl ForPeople for Reproduced {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return paper.line("nothing to reproduce: it rests on raw bytes alone");
        }
        self.items.iter().try_for_each(|item| write_one(item, paper))
    }
}

/// The one word of a verdict, coloured. Where no output was compared, there were no bytes that could be the same.
fn level(level: &str, outputs: Option<u64>, ink: Ink) -> String {
    match level {
        "same_bytes" if outputs == Some(0) => ink.state("done", "the same values"),
        "same_bytes" => ink.state("done", "the same bytes"),
        "same_within" => ink.state("done", "the same within the tolerance"),
        "nothing_to_compare" => ink.state("stopping", "nothing to compare"),
        "differs" => ink.state("failed", "differs"),
        _ => ink.state("failed", "cannot be run again"),
    }
}

/// `2 outputs and 1 metric`; nothing when it is not known, or nothing was compared.
fn compared(outputs: Option<u64>, metrics: Option<u64>) -> String {
    let outputs = outputs.filter(|n| *n > 0).map(|n| words::counted(n, "output", "outputs"));
    let metrics = metrics.filter(|n| *n > 0).map(|n| words::counted(n, "metric", "metrics"));
    [outputs, metrics].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// `the same bytes, 2 outputs and 1 metric compared (2026-11-25 11:03:03 +00:00); nothing was printed`, and why not.
pub fn made_again(again: &MadeAgain, ink: Ink) -> String {
    let level = level(&again.level, again.outputs_compared, ink);
    let of = match compared(again.outputs_compared, again.metrics_compared) {
        compared if compared.is_empty() => compared,
        compared => format!(", {compared} compared"),
    };
    let because = again.because.as_ref().map_or_else(String::new, |because| format!(": {because}"));
    let printed = again.printed.as_ref().map_or_else(String::new, |printed| format!("; {}", printed.said));
    format!("{level}{of}{because} ({}){printed}", words::local(&again.judged))
}

fn write_one(item: &Reproduction, paper: &mut Paper<'_>) -> io::Result<()> {
    let title = paper.ink.bold(&format!("run {}", item.run.handle));
    let verdict = level(&item.level, item.outputs_compared, paper.ink);
    let again = item.again.as_ref().map_or_else(String::new, |again| format!("   by run {}", again.handle));
    let (why, below) = match (&item.because, item.level.as_str()) {
        (Some(because), "nothing_to_compare") => (format!(": {because}"), None),
        (because, _) => (String::new(), because.as_ref()),
    };
    paper.line(&format!("{title}  {verdict}{why}{}{again}", counts(item)))?;
    if let Some(because) = below {
        paper.line(&format!("  {because}"))?;
    }
    if let Some(printed) = &item.printed {
        paper.line(&format!("  {}", paper.ink.dim(&printed.said)))?;
    }
    for line in &item.surroundings {
        paper.line(&format!("  {line}"))?;
    }
    let files: Option<Comparison> = serde_json::from_value(item.comparison.clone()).ok();
    for file in files.iter().flat_map(|compared| &compared.files) {
        write_likeness(&file_name::shown(&file.path), &file.likeness, paper)?;
    }
    let metrics: Vec<MetricComparison> = serde_json::from_value(item.metrics.clone()).unwrap_or_default();
    metrics.iter().try_for_each(|metric| write_likeness(&format!("metric {}", metric.key), &metric.likeness, paper))
}

/// `   2 outputs and 1 metric: 2 the same, 1 different`.
fn counts(item: &Reproduction) -> String {
    let told = [(item.same_bytes, "the same"), (item.same_within, "within"), (item.differs, "different")];
    let told: Vec<String> = told.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    match compared(item.outputs_compared, item.metrics_compared).as_str() {
        _ if told.is_empty() => String::new(),
        "" => format!("   {}", told.join(", ")),
        compared => format!("   {compared}: {}", told.join(", ")),
    }
}

fn write_likeness(what: &str, likeness: &Likeness, paper: &mut Paper<'_>) -> io::Result<()> {
    match likeness {
        Likeness::SameBytes => paper.line(&format!("  {what}: {}", paper.ink.dim("the same"))),
        Likeness::SameWithin { tolerance, largest: Some(place) } => {
            let was = |text: &Option<String>| text.clone().unwrap_or_default();
            let (before, after) = (was(&place.before), was(&place.after));
            paper.line(&format!("  {what}: within {tolerance}; {}: {before} became {after}", place.spot))
        }
        Likeness::SameWithin { tolerance, largest: None } => paper.line(&format!("  {what}: within {tolerance}")),
        Likeness::Differs { count, places } => {
            paper.line(&format!("  {what}: {}", words::counted(*count, "difference", "differences")))?;
            for place in places {
                let was = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
                let (before, after) = (was(&place.before), was(&place.after));
                paper.line(&format!("    {}: {before} became {after}", place.spot))?;
            }
            Ok(())
        }
    }
}
