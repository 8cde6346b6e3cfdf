//! Human-readable output for datasets: the list, one dataset, and the results of imports and splits.

use std::{fmt::Write as _, io};

use hven_api::{
    datasets::{DatasetDetail, DatasetSummary, Part, Split},
    page::Page,
};
use hven_core::licence;
use serde::Serialize;
use serde_json::Value;

use crate::{
    command_result::HumanReadable,
    formats,
    origin::origin,
    soundness,
    terminal_writer::{Field, TerminalWriter},
};

impl HumanReadable for Page<DatasetSummary> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return writer.line("no datasets here; `hven data add FILE` brings one in");
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
                    Field::Number(formats::bytes(dataset.bytes)),
                    formats::ago(&dataset.added, writer.now).into(),
                    Field::Dim(remark(dataset)),
                ]
            })
            .collect();
        writer.table(&["DATASET", "PROJECT", "ROWS", "COLUMNS", "SIZE", "ADDED", ""], rows)?;
        if let Some(next) = &self.next {
            let more = writer.colours.dim(&format!("more: --cursor {next}"));
            writer.line(&more)?;
        }
        Ok(())
    }
}

/// A remark that a person should know before using the dataset.
fn remark(dataset: &DatasetSummary) -> String {
    let mut parts = Vec::new();
    if dataset.soundness != "sound" {
        parts.push(dataset.soundness.clone());
    }
    if dataset.checks_failed > 0 {
        parts.push(formats::counted(dataset.checks_failed.into(), "check fails", "checks fail"));
    }
    if dataset.problems > 0 {
        parts.push(formats::counted(dataset.problems, "problem", "problems"));
    }
    parts.join(", ")
}

/// `8 rows × 4 columns   0 problems   1 note   3.1 kB`
pub fn dataset_line(dataset: &DatasetSummary, notes: &[String]) -> String {
    let mut line = format!(
        "{}   {} × {}   {}",
        dataset.reference,
        formats::counted(dataset.rows, "row", "rows"),
        formats::counted(dataset.columns.into(), "column", "columns"),
        formats::counted(dataset.problems, "problem", "problems"),
    );
    if !notes.is_empty() {
        let _ = write!(line, "   {}", formats::counted(notes.len() as u64, "note", "notes"));
    }
    let _ = write!(line, "   {}", formats::bytes(dataset.bytes));
    if dataset.checks_failed > 0 {
        let _ = write!(line, "   {}", formats::counted(dataset.checks_failed.into(), "check fails", "checks fail"));
    }
    if dataset.soundness != "sound" {
        let _ = write!(line, "   {}", dataset.soundness);
    }
    line
}

/// The result of an import.
#[derive(Debug, Serialize)]
pub struct DatasetAdded {
    pub unchanged: bool,
    pub dataset: DatasetSummary,
    /// Assumptions of the importer, and parts that it left out. They do not count as problems, but the user should know
    /// them.
    pub notes: Vec<String>,
}

impl HumanReadable for DatasetAdded {
    const SCHEMA: Option<&'static str> = Some("hven.dataset_added/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let line = dataset_line(&self.dataset, &self.notes);
        if self.unchanged {
            let remark = writer.colours.dim("up to date: nothing changed, no new version");
            writer.line(&format!("{line}   {remark}"))?;
            return write_notes(writer, &self.notes);
        }
        writer.line(&line)?;
        write_notes(writer, &self.notes)?;
        if self.dataset.problems > 0 || self.dataset.checks_failed > 0 {
            let remark =
                writer.colours.dim(&format!("`hven data show {}` says what and where", self.dataset.reference));
            writer.line(&remark)?;
        }
        Ok(())
    }
}

/// A dataset was split.
#[derive(Debug, Serialize)]
pub struct DatasetSplit {
    /// The same split existed before.
    pub unchanged: bool,
    pub dataset: DatasetSummary,
    pub split: Option<Split>,
}

impl HumanReadable for DatasetSplit {
    const SCHEMA: Option<&'static str> = Some("hven.dataset_divided/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let whole = &self.dataset.reference;
        let rows = formats::counted(self.dataset.rows, "row", "rows");
        let remark = if self.unchanged { "up to date: it was divided so before" } else { "divided" };
        let remark = writer.colours.dim(remark);
        let Some(split) = &self.split else { return writer.line(&format!("{whole}   {rows}   {remark}")) };
        writer.line(&format!("{whole}   {rows}   {}   {remark}", split.method))?;
        let parts = split.parts.iter().map(|part| {
            let held = if part.hold_out { HELD_OUT } else { "" };
            vec![format!("{whole}.{}", part.name).into(), Field::Number(part.rows.to_string()), held.into()]
        });
        let parts = parts.collect();
        writer.table(&["PART", "ROWS", ""], parts)
    }
}

const HELD_OUT: &str = "held out: read only when it is asked for by this name";

/// `planets@1.test   2 rows   held out: …`
pub fn part_line(whole: &str, part: &Part) -> String {
    let rows = formats::counted(part.rows, "row", "rows");
    let held = if part.hold_out { format!("   {HELD_OUT}") } else { String::new() };
    format!("{whole}.{}   {rows}{held}", part.name)
}

/// A dataset was written to a file.
#[derive(Debug, Serialize)]
pub struct DatasetExported {
    pub dataset: String,
    pub path: String,
    pub bytes: u64,
}

impl HumanReadable for DatasetExported {
    const SCHEMA: Option<&'static str> = Some("hven.exported/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{}   {}   {}", self.dataset, self.path, formats::bytes(self.bytes)))
    }
}

impl HumanReadable for DatasetDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let dataset = &self.summary;
        let title = writer.colours.bold(&dataset.reference);
        writer.line(&format!("{title}  {}", dataset.project))?;
        soundness::banner(writer, self.suspicion.as_ref())?;
        origin(writer, self.origin.as_ref())?;
        let source = self.source.as_ref();
        writer.pairs(&[
            ("what", dataset.description.clone()),
            ("rows", Some(dataset.rows.to_string())),
            ("added", Some(format!("{} by run {}", formats::local(&dataset.added), dataset.run.handle))),
            ("source", source.map(|file| format!("{}, {}", file.path, formats::bytes(file.size)))),
            ("format", format_line(&self.report)),
            ("licence", dataset.license.clone()),
            (
                "table",
                Some(format!("Parquet, {}, {}", formats::bytes(dataset.bytes), formats::short(&self.content.digest))),
            ),
            ("versions", (self.versions.len() > 1).then(|| versions(self))),
            ("page", Some(self.url.clone())),
        ])?;
        write_preamble(writer, &self.report)?;
        write_columns(writer, &self.report)?;
        write_checks(writer, &self.report)?;
        write_problems(writer, &self.report)?;
        write_splits(writer, &self.split_list, self.hold_out_reads_total)?;
        write_notes(writer, &notes_on(self))
    }
}

/// Notes about a dataset that do not count as problems: of its import, and about its licence.
pub fn notes_on(dataset: &DatasetDetail) -> Vec<String> {
    let mut notes = notes(&dataset.report);
    notes.extend(dataset.reader_change.as_ref().map(|change| {
        format!(
            "the file of version {} was read again by a newer reader ({} then, {} now): values, types, units and results of checks may differ",
            change.version, change.before, change.now
        )
    }));
    notes.extend(dataset.summary.license.as_deref().and_then(licence::note));
    notes
}

/// The notes of a report or a law.
pub fn notes(document: &Value) -> Vec<String> {
    list(document, "notes").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(super) fn write_notes(writer: &mut TerminalWriter<'_>, notes: &[String]) -> io::Result<()> {
    for note in notes {
        let note = writer.colours.dim(&format!("note: {note}"));
        writer.line(&note)?;
    }
    Ok(())
}

fn versions(detail: &DatasetDetail) -> String {
    let numbers: Vec<String> = detail.versions.iter().map(|version| version.version.to_string()).collect();
    numbers.join(", ")
}

/// A list in a document, or an empty list.
pub(super) fn list<'v>(document: &'v Value, name: &str) -> &'v [Value] {
    document.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn text(document: &Value, name: &str) -> String {
    match document.get(name) {
        Some(Value::Null) | None => String::new(),
        Some(found) => formats::value(found),
    }
}

fn format_line(report: &Value) -> Option<String> {
    let source = report.get("source")?;
    let layout = source.get("layout").and_then(|layout| layout.get("kind")).and_then(Value::as_str);
    let mut line = layout.map_or_else(|| text(source, "format"), str::to_owned);
    for name in ["delimiter", "encoding", "decimal"] {
        // No letter divides the cells of another layout.
        let is_used = layout.is_none() || name != "delimiter";
        if let Some(found) = source.get(name).and_then(Value::as_str).filter(|_| is_used) {
            let _ = write!(line, ", {name} {}", found.escape_debug());
        }
    }
    Some(line)
}

/// The lines above the table, which often say how it was measured.
pub(super) fn write_preamble(writer: &mut TerminalWriter<'_>, report: &Value) -> io::Result<()> {
    const SHOWN: usize = 20;
    let lines = report.get("source").map(|source| list(source, "preamble")).unwrap_or_default();
    if lines.is_empty() {
        return Ok(());
    }
    writer.heading("lines above the table")?;
    for line in lines.iter().take(SHOWN).filter_map(Value::as_str) {
        writer.line(line)?;
    }
    if lines.len() > SHOWN {
        let more = writer.colours.dim(&format!("… and {} more", lines.len() - SHOWN));
        writer.line(&more)?;
    }
    Ok(())
}

fn write_columns(writer: &mut TerminalWriter<'_>, report: &Value) -> io::Result<()> {
    let columns = report.get("schema").map(|schema| list(schema, "columns")).unwrap_or_default();
    if columns.is_empty() {
        return Ok(());
    }
    writer.heading("columns")?;
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
    writer.table(&["NAME", "TYPE", "UNIT", "NULLS", "DISTINCT", "LOWEST", "HIGHEST"], rows)
}

/// The number of different values, marked with `≈` when it is an estimate.
fn distinct(found: &Value) -> String {
    let count = formats::value(found.get("count").unwrap_or(found));
    if found.get("exact").and_then(Value::as_bool) == Some(false) { format!("≈ {count}") } else { count }
}

/// The first of the smallest or largest values.
fn extreme(profile: &Value, name: &str) -> String {
    list(profile, name).first().map_or_else(String::new, |found| text(found, "value"))
}

pub(super) fn write_checks(writer: &mut TerminalWriter<'_>, report: &Value) -> io::Result<()> {
    let checks = list(report, "checks");
    if checks.is_empty() {
        return Ok(());
    }
    writer.heading("checks")?;
    let rows = checks.iter().map(|check| {
        let outcome = text(check, "outcome");
        let state = if outcome == "true" { "done" } else { "failed" };
        let shown = if outcome == "true" { "holds".to_owned() } else { outcome };
        vec![writer.colours.state(state, &shown).into(), text(check, "check").into(), text(check, "explanation").into()]
    });
    let rows = rows.collect();
    writer.table(&["", "CHECK", "WHY"], rows)
}

pub(super) fn write_problems(writer: &mut TerminalWriter<'_>, report: &Value) -> io::Result<()> {
    const SHOWN: usize = 20;
    let Some(problems) = report.get("problems") else { return Ok(()) };
    let first = list(problems, "first");
    if first.is_empty() {
        return Ok(());
    }
    writer.heading("problems")?;
    let rows = first.iter().take(SHOWN).map(|problem| {
        vec![
            Field::Number(text(problem, "line")),
            text(problem, "column").into(),
            text(problem, "raw").into(),
            text(problem, "what").into(),
        ]
    });
    let rows = rows.collect();
    writer.table(&["LINE", "COLUMN", "TEXT", "WHAT"], rows)?;
    let total = problems.get("total").and_then(Value::as_u64).unwrap_or(0);
    let more = total.saturating_sub(first.len().min(SHOWN) as u64);
    if more > 0 {
        let line = writer.colours.dim(&format!("… and {more} more: problems.parquet of the run holds them all"));
        writer.line(&line)?;
    }
    Ok(())
}

fn write_splits(writer: &mut TerminalWriter<'_>, splits: &[Split], reads: u64) -> io::Result<()> {
    if splits.is_empty() {
        return Ok(());
    }
    writer.heading("parts")?;
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
    writer.table(&["PART", "ROWS", "HOW", ""], rows)
}
