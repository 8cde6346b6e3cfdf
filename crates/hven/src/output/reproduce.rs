//! What came of making runs again, for people.

use std::io;

use hven_api::reproductions::{MadeAgain, Reproduction};
use hven_core::reproduction::{Comparison, Likeness, MetricComparison};

use super::{ForPeople, Ink, Paper, words};
use crate::commands::reproduce::Reproduced;

impl ForPeople for Reproduced {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return paper.line("nothing to make again: it rests on raw bytes alone");
        }
        self.items.iter().try_for_each(|item| write_one(item, paper))
    }
}

/// The one word of a verdict, coloured.
fn level(level: &str, ink: Ink) -> String {
    match level {
        "same_bytes" => ink.state("done", "the same bytes"),
        "same_within" => ink.state("done", "the same within the tolerance"),
        "differs" => ink.state("failed", "differs"),
        _ => ink.state("failed", "cannot be run again"),
    }
}

/// `the same bytes (2026-11-25 11:03:03 +00:00)`, and why not.
pub fn made_again(again: &MadeAgain, ink: Ink) -> String {
    let because = again.because.as_ref().map_or_else(String::new, |because| format!(": {because}"));
    format!("{}{because} ({})", level(&again.level, ink), words::local(&again.judged))
}

fn write_one(item: &Reproduction, paper: &mut Paper<'_>) -> io::Result<()> {
    let title = paper.ink.bold(&format!("run {}", item.run.handle));
    let verdict = level(&item.level, paper.ink);
    let again = item.again.as_ref().map_or_else(String::new, |again| format!("   again as run {}", again.handle));
    let counts = match (item.same_bytes, item.same_within, item.differs) {
        (0, 0, 0) => String::new(),
        (same, within, differs) => {
            let told = [(same, "the same"), (within, "within"), (differs, "different")];
            let told: Vec<String> =
                told.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
            format!("   {}", told.join(", "))
        }
    };
    paper.line(&format!("{title}  {verdict}{counts}{again}"))?;
    if let Some(because) = &item.because {
        paper.line(&format!("  {because}"))?;
    }
    for line in &item.surroundings {
        paper.line(&format!("  {line}"))?;
    }
    let files: Option<Comparison> = serde_json::from_value(item.comparison.clone()).ok();
    for file in files.iter().flat_map(|compared| &compared.files) {
        write_likeness(&file.path, &file.likeness, paper)?;
    }
    let metrics: Vec<MetricComparison> = serde_json::from_value(item.metrics.clone()).unwrap_or_default();
    metrics.iter().try_for_each(|metric| write_likeness(&format!("metric {}", metric.key), &metric.likeness, paper))
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
