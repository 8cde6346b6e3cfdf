//! Human-readable output for reproductions.

use std::io;

use hven_api::reproductions::{MadeAgain, Reproduction};
use hven_core::{
    file_name,
    reproduction::{Comparison, Likeness, MetricComparison},
};
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Colours, TerminalWriter},
};

/// All reproductions of a run or a claim.
#[derive(Debug, Serialize)]
pub struct Reproduced {
    pub schema: &'static str,
    pub of: String,
    pub items: Vec<Reproduction>,
}

impl HumanReadable for Reproduced {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return writer.line("nothing to reproduce: it rests on raw bytes alone");
        }
        self.items.iter().try_for_each(|item| write_one(item, writer))
    }
}

/// The verdict in words, coloured. If no output was compared, it says "values" instead of "bytes".
fn level(level: &str, outputs: Option<u64>, colours: Colours) -> String {
    match level {
        "same_bytes" if outputs == Some(0) => colours.state("done", "the same values"),
        "same_bytes" => colours.state("done", "the same bytes"),
        "same_within" => colours.state("done", "the same within the tolerance"),
        "nothing_to_compare" => colours.state("stopping", "nothing to compare"),
        "differs" => colours.state("failed", "differs"),
        _ => colours.state("failed", "cannot be run again"),
    }
}

/// `2 outputs and 1 metric`; empty when the numbers are not known, or nothing was compared.
fn compared(outputs: Option<u64>, metrics: Option<u64>) -> String {
    let outputs = outputs.filter(|n| *n > 0).map(|n| formats::counted(n, "output", "outputs"));
    let metrics = metrics.filter(|n| *n > 0).map(|n| formats::counted(n, "metric", "metrics"));
    [outputs, metrics].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// `the same bytes, 2 outputs and 1 metric compared (2026-11-25 11:03:03 +00:00); nothing was printed`, with the reason
/// if there is one.
pub fn made_again(again: &MadeAgain, colours: Colours) -> String {
    let level = level(&again.level, again.outputs_compared, colours);
    let of = match compared(again.outputs_compared, again.metrics_compared) {
        compared if compared.is_empty() => compared,
        compared => format!(", {compared} compared"),
    };
    let because = again.because.as_ref().map_or_else(String::new, |because| format!(": {because}"));
    let printed = again.printed.as_ref().map_or_else(String::new, |printed| format!("; {}", printed.said));
    format!("{level}{of}{because} ({}){printed}", formats::local(&again.judged))
}

fn write_one(item: &Reproduction, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    let title = writer.colours.bold(&format!("run {}", item.run.handle));
    let verdict = level(&item.level, item.outputs_compared, writer.colours);
    let again = item.again.as_ref().map_or_else(String::new, |again| format!("   by run {}", again.handle));
    let (why, below) = match (&item.because, item.level.as_str()) {
        (Some(because), "nothing_to_compare") => (format!(": {because}"), None),
        (because, _) => (String::new(), because.as_ref()),
    };
    writer.line(&format!("{title}  {verdict}{why}{}{again}", counts(item)))?;
    if let Some(because) = below {
        writer.line(&format!("  {because}"))?;
    }
    if let Some(printed) = &item.printed {
        writer.line(&format!("  {}", writer.colours.dim(&printed.said)))?;
    }
    for line in &item.surroundings {
        writer.line(&format!("  {line}"))?;
    }
    let files: Option<Comparison> = serde_json::from_value(item.comparison.clone()).ok();
    for file in files.iter().flat_map(|compared| &compared.files) {
        write_likeness(&file_name::shown(&file.path), &file.likeness, writer)?;
    }
    let metrics: Vec<MetricComparison> = serde_json::from_value(item.metrics.clone()).unwrap_or_default();
    metrics.iter().try_for_each(|metric| write_likeness(&format!("metric {}", metric.key), &metric.likeness, writer))
}

/// `   2 outputs and 1 metric: 2 the same, 1 different`.
fn counts(item: &Reproduction) -> String {
    let counts = [(item.same_bytes, "the same"), (item.same_within, "within"), (item.differs, "different")];
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    match compared(item.outputs_compared, item.metrics_compared).as_str() {
        _ if counts.is_empty() => String::new(),
        "" => format!("   {}", counts.join(", ")),
        compared => format!("   {compared}: {}", counts.join(", ")),
    }
}

fn write_likeness(what: &str, likeness: &Likeness, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    match likeness {
        Likeness::SameBytes => writer.line(&format!("  {what}: {}", writer.colours.dim("the same"))),
        Likeness::SameWithin { tolerance, largest: Some(place) } => {
            let was = |text: &Option<String>| text.clone().unwrap_or_default();
            let (before, after) = (was(&place.before), was(&place.after));
            writer.line(&format!("  {what}: within {tolerance}; {}: {before} became {after}", place.spot))
        }
        Likeness::SameWithin { tolerance, largest: None } => writer.line(&format!("  {what}: within {tolerance}")),
        Likeness::Differs { count, places } => {
            writer.line(&format!("  {what}: {}", formats::counted(*count, "difference", "differences")))?;
            for place in places {
                let was = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
                let (before, after) = (was(&place.before), was(&place.after));
                writer.line(&format!("    {}: {before} became {after}", place.spot))?;
            }
            Ok(())
        }
    }
}
