//! Human-readable output for claims, laws and lineages.

use std::io;

use hven_api::{
    claims::{ClaimDetail, ClaimSummary, Judgement},
    laws::LawDetail,
    lineage::{Lineage, LineageEntry},
    metrics::MetricValue,
    page::Page,
    runs::RunSummary,
};
use hven_core::expression::name_in_formula;
use serde_json::Value;

use crate::{
    command_result::HumanReadable,
    data, formats,
    origin::origin,
    reproduce::made_again,
    soundness,
    terminal_writer::{Colours, Field, TerminalWriter, printable},
};

impl HumanReadable for Page<ClaimSummary> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return writer.line("no claims here; `hven claim state` makes one");
        }
        let rows = self
            .items
            .iter()
            .map(|claim| {
                vec![
                    claim.name.as_str().into(),
                    verdict(claim, writer.colours).into(),
                    claim.project.as_str().into(),
                    claim.statement.as_str().into(),
                ]
            })
            .collect();
        writer.table(&["CLAIM", "VERDICT", "PROJECT", "STATEMENT"], rows)?;
        if let Some(next) = &self.next {
            let more = writer.colours.dim(&format!("more: --cursor {next}"));
            writer.line(&more)?;
        }
        Ok(())
    }
}

/// The verdict in its colour, and whether it applies to the newest evidence.
pub fn verdict(claim: &ClaimSummary, colours: Colours) -> String {
    let Some(verdict) = &claim.verdict else { return "not judged".to_owned() };
    let coloured = match verdict.as_str() {
        "holds" => colours.state("done", "holds"),
        "fails" => colours.state("failed", "fails"),
        other => colours.state("stopping", &other.replace('_', " ")),
    };
    let standing = match claim.standing.as_str() {
        "newer_run" => format!("{coloured}, not judged on the newest run"),
        _ => coloured,
    };
    match soundness::mark(&claim.soundness, colours).as_str() {
        "" => standing,
        mark => format!("{standing}, {mark}"),
    }
}

/// How much was tried before: `the newest of 3 runs of the script fit.py in its project`.
pub fn ledger(judgement: &Judgement) -> String {
    printable(&judgement.ledger.said)
}

/// The ledger, and in the next line the rule for counting.
fn tried(judgement: &Judgement, colours: Colours) -> String {
    let rule = judgement.ledger.rule.as_ref().map(|rule| format!("\n{}", colours.dim(rule)));
    ledger(judgement) + &rule.unwrap_or_default()
}

impl HumanReadable for ClaimSummary {
    const SCHEMA: Option<&'static str> = Some("hven.claim_summary/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&format!("claim {}", self.name));
        let verdict = verdict(self, writer.colours);
        writer.line(&format!("{title}  {}  {verdict}", self.project))?;
        if self.standing == "not_judged" {
            let hint =
                writer.colours.dim(&format!("`hven claim judge {}` puts the newest evidence to the test", self.name));
            writer.line(&hint)?;
        }
        Ok(())
    }
}

impl HumanReadable for ClaimDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let claim = &self.summary;
        let title = writer.colours.bold(&format!("claim {}", claim.name));
        let verdict = verdict(claim, writer.colours);
        writer.line(&format!("{title}  {}  {verdict}", claim.project))?;
        soundness::banner(writer, self.suspicion.as_ref())?;
        origin(writer, self.origin.as_ref())?;
        writer.line(&claim.statement)?;
        let current = self.judgements.first().filter(|_| claim.standing != "not_judged");
        let runs = |judgement: &Judgement| {
            judgement.evidence.iter().map(|run| format!("run {}", run.handle)).collect::<Vec<_>>().join(", ")
        };
        let judged = |run: &RunSummary| current.is_some_and(|now| now.evidence.iter().any(|one| one.id == run.id));
        let newer: Vec<String> = self
            .newest_evidence
            .iter()
            .filter(|run| claim.standing == "newer_run" && !judged(run))
            .map(|run| format!("run {}, which was not judged", run.handle))
            .collect();
        writer.pairs(&[
            ("test", Some(claim.test.clone())),
            ("filled in", current.map(|judgement| judgement.filled_in.clone())),
            ("because", current.map(|judgement| judgement.because.clone())),
            ("evidence", Some(claim.evidence.join(", "))),
            ("judged on", current.map(runs)),
            ("newest", (!newer.is_empty()).then(|| newer.join(", "))),
            (
                "reproduction",
                (!self.made_again.is_empty()).then(|| {
                    let text = self.made_again.iter();
                    text.map(|again| format!("run {}: {}", again.run.handle, made_again(again, writer.colours)))
                        .collect::<Vec<_>>()
                        .join(", ")
                }),
            ),
            ("tried", current.map(|judgement| tried(judgement, writer.colours))),
            ("judged", current.map(judged_line)),
            ("page", Some(self.url.clone())),
        ])?;
        if let Some(judgement) = current.filter(|judgement| !judgement.quantities.is_empty()) {
            writer.heading("quantities")?;
            let rows = judgement.quantities.iter().map(|(name, value)| {
                let value = match value {
                    MetricValue::Number(number) => formats::value(&serde_json::json!(number)),
                    MetricValue::Word(word) => word.clone(),
                };
                vec![name.as_str().into(), Field::Number(value)]
            });
            let rows = rows.collect();
            writer.table(&["NAME", "VALUE"], rows)?;
        }
        if self.judgements.len() > 1 {
            writer.heading("judgements")?;
            let rows = self.judgements.iter().map(|judgement| {
                vec![
                    formats::ago(&judgement.judged, writer.now).into(),
                    judgement.verdict.replace('_', " ").into(),
                    judgement.filled_in.as_str().into(),
                    Field::Dim(runs(judgement)),
                ]
            });
            let rows = rows.collect();
            writer.table(&["WHEN", "VERDICT", "TEST", "ON"], rows)?;
        }
        Ok(())
    }
}

fn judged_line(judgement: &Judgement) -> String {
    let by = judgement.judged_by.name.clone().unwrap_or_else(|| judgement.judged_by.kind.clone());
    format!("{} by {by}", formats::local(&judgement.judged))
}

/// A field of a document as text.
fn text(document: &Value, name: &str) -> String {
    match document.get(name) {
        Some(Value::Null) | None => String::new(),
        Some(found) => formats::value(found),
    }
}

/// The target as a formula names it.
pub(super) fn target(law: &LawDetail) -> String {
    name_in_formula(&text(&law.law, "target"))
}

/// The candidate that counts.
pub fn chosen(law: &LawDetail) -> Option<&Value> {
    let front = law.law.get("front")?.as_array()?;
    front.iter().find(|candidate| candidate.get("id").and_then(Value::as_str) == Some(&law.chosen))
}

impl HumanReadable for LawDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&format!("law of run {}", self.run.handle));
        writer.line(&format!("{title}  {}", self.run.project))?;
        if let Some(candidate) = chosen(self) {
            writer.line(&format!("  {} = {}", target(self), text(candidate, "display")))?;
        }
        writer.pairs(&[
            ("data", self.dataset.as_ref().map(|dataset| dataset.reference.clone())),
            ("R²", chosen(self).map(r_squared)),
            ("selected by", Some(self.chosen_by())),
            ("units", self.law.get("removed_by_units").and_then(removed)),
        ])?;
        let quantities = self.law.get("quantities").and_then(Value::as_array);
        if let Some(quantities) = quantities.filter(|quantities| !quantities.is_empty()) {
            writer.heading("quantities, with 95 % intervals")?;
            let rows = quantities.iter().map(|quantity| {
                vec![
                    text(quantity, "name").into(),
                    Field::Number(text(quantity, "value")),
                    Field::Number(text(quantity, "low")),
                    Field::Number(text(quantity, "high")),
                    text(quantity, "unit").into(),
                ]
            });
            let rows = rows.collect();
            writer.table(&["NAME", "VALUE", "LOW", "HIGH", "UNIT"], rows)?;
        }
        let front = self.law.get("front").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        writer.heading("candidates")?;
        let rows = front.iter().map(|candidate| {
            let mark = if text(candidate, "id") == self.chosen { "→" } else { "" };
            vec![
                format!("{mark} {}", text(candidate, "id")).trim_start().into(),
                Field::Number(text(candidate, "complexity")),
                Field::Number(r_squared(candidate)),
                text(candidate, "display").into(),
            ]
        });
        let rows = rows.collect();
        writer.table(&["ID", "COMPLEXITY", "R²", "LAW"], rows)?;
        data::write_notes(writer, &data::notes(&self.law))
    }
}

/// The share of the variance that a candidate explains. A rounding error is shown as 0.
pub(super) fn r_squared(candidate: &Value) -> String {
    match candidate.get("r2").and_then(Value::as_f64) {
        Some(r2) if r2.abs() < 1e-12 => "0".to_owned(),
        _ => text(candidate, "r2"),
    }
}

/// `None` when nothing was removed: possibly because no column had a unit.
fn removed(by_units: &Value) -> Option<String> {
    let is_none = ["in_search", "from_front"].iter().all(|name| by_units.get(name).and_then(Value::as_u64) == Some(0));
    let text = format!(
        "in the search {} candidates got a penalty for units that do not fit, and {} were removed from the front",
        text(by_units, "in_search"),
        text(by_units, "from_front")
    );
    (!is_none).then_some(text)
}

trait ChosenBy {
    fn chosen_by(&self) -> String;
}

impl ChosenBy for LawDetail {
    fn chosen_by(&self) -> String {
        match &self.choice {
            None => "the rule".to_owned(),
            Some(choice) => {
                let by = choice.by.name.clone().unwrap_or_else(|| choice.by.kind.clone());
                if choice.because.is_empty() { by } else { format!("{by}: {}", choice.because) }
            }
        }
    }
}

impl HumanReadable for Lineage {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&self.of.said.text);
        writer.line(&format!("{title} rests on"))?;
        let none = match self.of.kind.as_str() {
            "run" => "nothing that the record holds: no inputs, and no code",
            "claim" => "nothing: it was not judged on any run",
            _ => "nothing that is known here",
        };
        write_steps(writer, &self.rests_on, none)?;
        if !self.supports.is_empty() {
            writer.heading("and was used by")?;
            write_steps(writer, &self.supports, "")?;
        }
        if self.truncated {
            writer.line("… and more: the walk stopped at its limit")?;
        }
        Ok(())
    }
}

fn write_steps(writer: &mut TerminalWriter<'_>, steps: &[LineageEntry], none: &str) -> io::Result<()> {
    if steps.is_empty() {
        return writer.line(&format!("  {none}"));
    }
    for step in steps {
        let indent = "  ".repeat(step.depth.min(40) as usize);
        let through = step.through.as_ref().filter(|_| step.node.kind != "file");
        let through = through.map(|file| writer.colours.dim(&format!("  through {}", file.path))).unwrap_or_default();
        let digest = step.node.file.as_ref().or(step.through.as_ref());
        let digest =
            digest.map(|file| writer.colours.dim(&format!("  {}", formats::short(&file.digest)))).unwrap_or_default();
        writer.line(&format!("{indent}{}{through}{digest}", step.node.said.text))?;
    }
    Ok(())
}
