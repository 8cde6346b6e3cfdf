//! Datasets for people: the list, one of them, and what came of bringing one in.

use std::{fmt::Write as _, io};

use hven_api::{
    datasets::{DatasetDetail, DatasetSummary, Part, Split},
    page::Page,
};
use hven_core::licence;
use serde::Serialize;
use serde_json::Value;

use crate::{
    origin::origin,
    paper::{Field, Paper},
    reply::ForPeople,
    soundness, words,
};

impl ForPeople for Page<DatasetSummary> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return paper.line("no datasets here; `hven data add FILE` brings one in");
        }
        let rows = self
            .items
            .iter()
            .map(|dataset| {
                vec![
                    dataset.reference.as_str().into(),
                    dataset.project.as_str().into(),
                    Field::Number(dataset.rows.to_string()),
                    Field::Number(dataset.columns.to_string()),
                    Field::Number(words::bytes(dataset.bytes)),
                    words::ago(&dataset.added, paper.now).into(),
                    Field::Dim(remark(dataset)),
                ]
            })
            .collect();
        paper.table(&["DATASET", "PROJECT", "ROWS", "COLUMNS", "SIZE", "ADDED", ""], rows)?;
        if let Some(next) = &self.next {
            let more = paper.ink.dim(&format!("more: --cursor {next}"));
            paper.line(&more)?;
        }
        Ok(())
    }
}

/// What a person should know before they use it.
fn remark(dataset: &DatasetSummary) -> String {
    let mut parts = Vec::new();
    if dataset.soundness != "sound" {
        parts.push(dataset.soundness.clone());
    }
    if dataset.checks_failed > 0 {
        parts.push(words::counted(dataset.checks_failed.into(), "check fails", "checks fail"));
    }
    if dataset.problems > 0 {
        parts.push(words::counted(dataset.problems, "problem", "problems"));
    }
    parts.join(", ")
}

/// `8 rows × 4 columns   0 problems   1 note   3.1 kB`
pub fn dataset_line(dataset: &DatasetSummary, notes: &[String]) -> String {
    let mut line = format!(
        "{}   {} × {}   {}",
        dataset.reference,
        words::counted(dataset.rows, "row", "rows"),
        words::counted(dataset.columns.into(), "column", "columns"),
        words::counted(dataset.problems, "problem", "problems"),
    );
    if !notes.is_empty() {
        let _ = write!(line, "   {}", words::counted(notes.len() as u64, "note", "notes"));
    }
    let _ = write!(line, "   {}", words::bytes(dataset.bytes));
    if dataset.checks_failed > 0 {
        let _ = write!(line, "   {}", words::counted(dataset.checks_failed.into(), "check fails", "checks fail"));
    }
    if dataset.soundness != "sound" {
        let _ = write!(line, "   {}", dataset.soundness);
    }
    line
}

/// What came of bringing a table in.
#[derive(Debug, Serialize)]
pub struct Added {
    pub unchanged: bool,
    pub dataset: DatasetSummary,
    /// What the importer took for granted, or left out: no problem, and still to be known.
    pub notes: Vec<String>,
}

impl ForPeople for Added {
    const SCHEMA: Option<&'static str> = Some("hven.dataset_added/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let line = dataset_line(&self.dataset, &self.notes);
        if self.unchanged {
            let remark = paper.ink.dim("up to date: nothing changed, no new version");
            paper.line(&format!("{line}   {remark}"))?;
            return write_notes(paper, &self.notes);
        }
        paper.line(&line)?;
        write_notes(paper, &self.notes)?;
        if self.dataset.problems > 0 || self.dataset.checks_failed > 0 {
            let remark = paper.ink.dim(&format!("`hven data show {}` says what and where", self.dataset.reference));
            paper.line(&remark)?;
        }
        Ok(())
    }
}

/// A dataset was divided.
#[derive(Debug, Serialize)]
pub struct Divided {
    /// It was divided in this way before.
    pub unchanged: bool,
    pub dataset: DatasetSummary,
    pub split: Option<Split>,
}

impl ForPeople for Divided {
    const SCHEMA: Option<&'static str> = Some("hven.dataset_divided/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let whole = &self.dataset.reference;
        let rows = words::counted(self.dataset.rows, "row", "rows");
        let remark = if self.unchanged { "up to date: it was divided so before" } else { "divided" };
        let remark = paper.ink.dim(remark);
        let Some(split) = &self.split else { return paper.line(&format!("{whole}   {rows}   {remark}")) };
        paper.line(&format!("{whole}   {rows}   {}   {remark}", split.method))?;
        let parts = split.parts.iter().map(|part| {
            let held = if part.hold_out { HELD_OUT } else { "" };
            vec![format!("{whole}.{}", part.name).into(), Field::Number(part.rows.to_string()), held.into()]
        });
        let parts = parts.collect();
        paper.table(&["PART", "ROWS", ""], parts)
    }
}

const HELD_OUT: &str = "held out: read only when it is asked for by this name";

/// `planets@1.test   2 rows   held out: …`
pub fn part_line(whole: &str, part: &Part) -> String {
    let rows = words::counted(part.rows, "row", "rows");
    let held = if part.hold_out { format!("   {HELD_OUT}") } else { String::new() };
    format!("{whole}.{}   {rows}{held}", part.name)
}

/// A dataset was written to a file.
#[derive(Debug, Serialize)]
pub struct Exported {
    pub dataset: String,
    pub path: String,
    pub bytes: u64,
}

impl ForPeople for Exported {
    const SCHEMA: Option<&'static str> = Some("hven.exported/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("{}   {}   {}", self.dataset, self.path, words::bytes(self.bytes)))
    }
}

impl ForPeople for DatasetDetail {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let dataset = &self.summary;
        let title = paper.ink.bold(&dataset.reference);
        paper.line(&format!("{title}  {}", dataset.project))?;
        soundness::banner(paper, self.suspicion.as_ref())?;
        origin(paper, self.origin.as_ref())?;
        let source = self.source.as_ref();
        paper.pairs(&[
            ("what", dataset.description.clone()),
            ("rows", Some(dataset.rows.to_string())),
            ("added", Some(format!("{} by run {}", words::local(&dataset.added), dataset.run.handle))),
            ("source", source.map(|file| format!("{}, {}", file.path, words::bytes(file.size)))),
            ("format", format_line(&self.report)),
            ("licence", dataset.license.clone()),
            (
                "table",
                Some(format!("Parquet, {}, {}", words::bytes(dataset.bytes), words::short(&self.content.digest))),
            ),
            ("versions", (self.versions.len() > 1).then(|| versions(self))),
            ("page", Some(self.url.clone())),
        ])?;
        write_columns(paper, &self.report)?;
        write_checks(paper, &self.report)?;
        write_problems(paper, &self.report)?;
        write_splits(paper, &self.split_list, self.hold_out_reads_total)?;
        write_notes(paper, &notes_on(self))
    }
}

/// What a reader should know of a dataset that is no problem: the notes of its import, and on its licence.
pub fn notes_on(dataset: &DatasetDetail) -> Vec<String> {
    let mut notes = notes(&dataset.report);
    notes.extend(dataset.summary.license.as_deref().and_then(licence::note));
    notes
}

/// The notes of a report, or of a law.
pub fn notes(document: &Value) -> Vec<String> {
    list(document, "notes").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(super) fn write_notes(paper: &mut Paper<'_>, notes: &[String]) -> io::Result<()> {
    for note in notes {
        let note = paper.ink.dim(&format!("note: {note}"));
        paper.line(&note)?;
    }
    Ok(())
}

fn versions(detail: &DatasetDetail) -> String {
    let numbers: Vec<String> = detail.versions.iter().map(|version| version.version.to_string()).collect();
    numbers.join(", ")
}

/// A list in a document, or an empty one.
fn list<'v>(document: &'v Value, name: &str) -> &'v [Value] {
    document.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(document: &Value, name: &str) -> String {
    match document.get(name) {
        Some(Value::Null) | None => String::new(),
        Some(found) => words::value(found),
    }
}

fn format_line(report: &Value) -> Option<String> {
    let source = report.get("source")?;
    let mut line = text(source, "format");
    for (name, label) in [("delimiter", "delimiter"), ("encoding", "encoding")] {
        if let Some(found) = source.get(name).and_then(Value::as_str) {
            let _ = write!(line, ", {label} {}", found.escape_debug());
        }
    }
    Some(line)
}

fn write_columns(paper: &mut Paper<'_>, report: &Value) -> io::Result<()> {
    let columns = report.get("schema").map(|schema| list(schema, "columns")).unwrap_or_default();
    if columns.is_empty() {
        return Ok(());
    }
    paper.heading("columns")?;
    let profiles = list(report, "profile");
    let rows = columns.iter().enumerate().map(|(at, column)| {
        let profile = profiles.get(at).unwrap_or(&Value::Null);
        let distinct = profile.get("distinct").map(distinct);
        vec![
            text(column, "name").into(),
            text(column, "type").into(),
            text(column, "unit").into(),
            Field::Number(text(profile, "nulls")),
            Field::Number(distinct.unwrap_or_default()),
            Field::Number(extreme(profile, "smallest")),
            Field::Number(extreme(profile, "largest")),
        ]
    });
    let rows = rows.collect();
    paper.table(&["NAME", "TYPE", "UNIT", "NULLS", "DISTINCT", "LOWEST", "HIGHEST"], rows)
}

/// How many different values there are; of very many it is an estimate, and says so.
fn distinct(found: &Value) -> String {
    let count = words::value(found.get("count").unwrap_or(found));
    if found.get("exact").and_then(Value::as_bool) == Some(false) { format!("≈ {count}") } else { count }
}

/// The first of the smallest or largest values.
fn extreme(profile: &Value, name: &str) -> String {
    list(profile, name).first().map_or_else(String::new, |found| text(found, "value"))
}

fn write_checks(paper: &mut Paper<'_>, report: &Value) -> io::Result<()> {
    let checks = list(report, "checks");
    if checks.is_empty() {
        return Ok(());
    }
    paper.heading("checks")?;
    let rows = checks.iter().map(|check| {
        let outcome = text(check, "outcome");
        let state = if outcome == "true" { "done" } else { "failed" };
        let shown = if outcome == "true" { "holds".to_owned() } else { outcome };
        vec![paper.ink.state(state, &shown).into(), text(check, "check").into(), text(check, "explanation").into()]
    });
    let rows = rows.collect();
    paper.table(&["", "CHECK", "WHY"], rows)
}

fn write_problems(paper: &mut Paper<'_>, report: &Value) -> io::Result<()> {
    const SHOWN: usize = 20;
    let Some(problems) = report.get("problems") else { return Ok(()) };
    let first = list(problems, "first");
    if first.is_empty() {
        return Ok(());
    }
    paper.heading("problems")?;
    let rows = first.iter().take(SHOWN).map(|problem| {
        vec![
            Field::Number(text(problem, "line")),
            text(problem, "column").into(),
            text(problem, "raw").into(),
            text(problem, "what").into(),
        ]
    });
    let rows = rows.collect();
    paper.table(&["LINE", "COLUMN", "TEXT", "WHAT"], rows)?;
    let total = problems.get("total").and_then(Value::as_u64).unwrap_or(0);
    let more = total.saturating_sub(first.len().min(SHOWN) as u64);
    if more > 0 {
        let line = paper.ink.dim(&format!("… and {more} more: problems.parquet of the run holds them all"));
        paper.line(&line)?;
    }
    Ok(())
}

fn write_splits(paper: &mut Paper<'_>, splits: &[Split], reads: u64) -> io::Result<()> {
    if splits.is_empty() {
        return Ok(());
    }
    paper.heading("parts")?;
    let rows = splits.iter().flat_map(|split| {
        split.parts.iter().map(|part| {
            let held = if part.hold_out { format!("held out, read {reads}×") } else { String::new() };
            vec![
                part.name.as_str().into(),
                Field::Number(part.rows.to_string()),
                split.method.as_str().into(),
                held.into(),
            ]
        })
    });
    let rows = rows.collect();
    paper.table(&["PART", "ROWS", "HOW", ""], rows)
}
