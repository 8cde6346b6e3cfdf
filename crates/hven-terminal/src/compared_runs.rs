//! Human-readable output for comparisons of runs.

use std::io;

use hven_api::{
    compared_runs::{ComparedRuns, ComparedSection, ComparedValues, Influence},
    runs::RunSummary,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Field, TerminalWriter},
};

/// A comparison of runs. With `all`, people also see what is the same.
#[derive(Debug, Serialize)]
pub struct ComparisonShown {
    #[serde(flatten)]
    pub compared: ComparedRuns,
    #[serde(skip)]
    pub all: bool,
}

/// With more runs, each run is a row instead of a column.
const RUNS_IN_COLUMNS_MAX: usize = 6;
/// How many columns a table with a run in each row has, without that of the run.
const COLUMNS_MAX: usize = 8;
/// How many rows a section of a table has.
const ROWS_MAX: usize = 40;
const CELL_CHARS_MAX: usize = 40;

impl HumanReadable for ComparisonShown {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let ComparedRuns { runs, metrics, .. } = &self.compared;
        let metric_rows: Vec<ComparedValues> = metrics
            .iter()
            .map(|metric| ComparedValues {
                name: metric.name.clone(),
                differs: metric.last.windows(2).any(|pair| pair[0] != pair[1]),
                values: metric.last.iter().map(|last| last.clone().unwrap_or_default()).collect(),
                missing: (0..).zip(&metric.last).filter(|(_, last)| last.is_none()).map(|(place, _)| place).collect(),
            })
            .collect();
        let metrics = ComparedSection {
            rows: metric_rows,
            unknown: Vec::new(),
            same_left_out: 0,
            different_left_out: self.compared.metrics_left_out,
        };
        if runs.len() <= RUNS_IN_COLUMNS_MAX {
            self.in_columns(&metrics, writer)?;
        } else {
            self.in_rows(&metrics, writer)?;
        }
        self.same_and_unknown(writer)?;
        self.code(writer)?;
        if !self.compared.changes.is_empty() {
            writer.heading("Changes of the work")?;
            for change in &self.compared.changes {
                writer.line(&format!("  {}", change.text))?;
            }
        }
        match &self.compared.influence {
            Some(influence) => write_influence(influence, writer),
            None => Ok(()),
        }
    }
}

impl ComparisonShown {
    /// The sections that are the same in all runs, and those that are not known of some: these are not the same in all of them.
    fn same_and_unknown(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let ComparedRuns { runs, params, work, code, software, environment, inputs, .. } = &self.compared;
        let (mut same, mut unknown) = (Vec::new(), Vec::<(&[u32], Vec<&str>)>::new());
        for (name, section) in [
            ("parameters", params),
            ("work", work),
            ("software", software),
            ("environment", environment),
            ("inputs", inputs),
        ] {
            if !section.unknown.is_empty() {
                match unknown.iter_mut().find(|(places, _)| *places == section.unknown.as_slice()) {
                    Some((_, names)) => names.push(name),
                    None => unknown.push((&section.unknown, vec![name])),
                }
            } else if section.rows.iter().all(|row| !row.differs)
                && section.different_left_out == 0
                && section.rows.len() as u64 + section.same_left_out > 0
            {
                same.push(name);
            }
        }
        if code.groups.len() == 1 && code.group.iter().all(Option::is_some) {
            same.push("code");
        }
        for (places, names) in unknown {
            let handles = places.iter().filter_map(|place| Some(runs.get(*place as usize)?.handle.as_str()));
            let handles: Vec<&str> = handles.collect();
            let text = format!("not recorded, so not compared: {} of {}", names.join(", "), handles.join(", "));
            let text = writer.colours.dim(&text);
            writer.line(&text)?;
        }
        if !same.is_empty() {
            writer.line("")?;
            let same = writer.colours.dim(&format!("the same in all of them: {}", same.join(", ")));
            writer.line(&same)?;
        }
        Ok(())
    }

    fn shown_rows<'a>(&self, section: &'a ComparedSection) -> Vec<&'a ComparedValues> {
        section.rows.iter().filter(|row| self.all || row.differs).take(ROWS_MAX).collect()
    }

    /// Each run is a column.
    fn in_columns(&self, metrics: &ComparedSection, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let of = &self.compared;
        let header: Vec<&str> = std::iter::once("").chain(of.runs.iter().map(|run| run.handle.as_str())).collect();
        let field = |name: &str, value: &dyn Fn(&RunSummary) -> String| -> Vec<Field> {
            std::iter::once(name.into()).chain(of.runs.iter().map(|run| value(run).into())).collect()
        };
        let state = |run: &RunSummary| Field::State(run.state.clone());
        let mut rows = vec![
            field("name", &|run| run.name.clone().unwrap_or_default()),
            std::iter::once("state".into()).chain(of.runs.iter().map(state)).collect(),
            field("submitted", &|run| formats::ago(&run.submitted, writer.now)),
            field("time", &|run| run.wall_s.map(formats::duration).unwrap_or_default()),
        ];
        rows.retain(|row| row.iter().skip(1).any(|cell| !matches!(cell, Field::Text(text) if text.is_empty())));
        writer.table(&header, rows)?;
        let sections = [
            ("Parameters", &of.params),
            ("Metrics", metrics),
            ("Work", &of.work),
            ("Software", &of.software),
            ("Environment", &of.environment),
            ("Inputs", &of.inputs),
        ];
        for (title, section) in sections {
            // A metric that is the same in all runs is still a result.
            let rows: Vec<&ComparedValues> = if title == "Metrics" {
                section.rows.iter().take(ROWS_MAX).collect()
            } else {
                self.shown_rows(section)
            };
            if rows.is_empty() {
                continue;
            }
            writer.heading(title)?;
            let cells = |row: &&ComparedValues| -> Vec<Field> {
                std::iter::once(row.name.as_str().into()).chain((0..of.runs.len()).map(|run| cell(row, run))).collect()
            };
            let more = section.rows.iter().filter(|row| self.all || row.differs).count().saturating_sub(rows.len());
            writer.table(&header, rows.iter().map(cells).collect())?;
            left_out(more as u64 + section.different_left_out, writer)?;
        }
        Ok(())
    }

    /// Each run is a row, with the parameters that differ and the metrics.
    fn in_rows(&self, metrics: &ComparedSection, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let of = &self.compared;
        let params = self.shown_rows(&of.params);
        let wanted: Vec<&ComparedValues> = metrics.rows.iter().take(COLUMNS_MAX / 2).collect();
        let params_max = COLUMNS_MAX - wanted.len();
        let columns: Vec<&ComparedValues> = params.iter().copied().take(params_max).chain(wanted).collect();
        let more = params.len().saturating_sub(params_max) + metrics.rows.len().saturating_sub(COLUMNS_MAX / 2);
        let header: Vec<&str> =
            ["RUN", "NAME", "STATE"].into_iter().chain(columns.iter().map(|row| row.name.as_str())).collect();
        let row = |(place, run): (usize, &RunSummary)| -> Vec<Field> {
            let first: [Field; 3] = [
                run.handle.as_str().into(),
                run.name.clone().unwrap_or_default().into(),
                Field::State(run.state.clone()),
            ];
            first.into_iter().chain(columns.iter().map(|row| cell(row, place))).collect()
        };
        writer.table(&header, of.runs.iter().enumerate().map(row).collect())?;
        left_out(more as u64 + of.params.different_left_out + metrics.different_left_out, writer)
    }

    fn code(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let code = &self.compared.code;
        let unknown: Vec<&str> = self.of_group(None);
        if code.groups.len() < 2 && (unknown.is_empty() || code.groups.is_empty()) {
            return Ok(());
        }
        writer.heading("Code")?;
        let groups = (0..).zip(&code.groups).map(|(place, group)| {
            let version = match (&group.commit, group.changed) {
                (Some(commit), false) => commit.get(..12).unwrap_or(commit).to_owned(),
                (Some(commit), true) => format!("{} with changes", commit.get(..12).unwrap_or(commit)),
                (None, _) => String::new(),
            };
            let difference = group.difference.as_ref().map(|said| said.text.clone()).unwrap_or_default();
            vec![self.of_group(Some(place)).join(" ").into(), version.into(), difference.into()]
        });
        let mut rows: Vec<Vec<Field>> = groups.collect();
        if !unknown.is_empty() {
            rows.push(vec![unknown.join(" ").into(), "not recorded".into(), "".into()]);
        }
        writer.table(&["RUNS", "COMMIT", "DIFFERENCE FROM THE FIRST"], rows)
    }

    fn of_group(&self, wanted: Option<u32>) -> Vec<&str> {
        let runs = self.compared.runs.iter().zip(&self.compared.code.group);
        runs.filter(|(_, group)| **group == wanted).map(|(run, _)| run.handle.as_str()).collect()
    }
}

fn left_out(count: u64, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    if count == 0 {
        return Ok(());
    }
    let more = writer.colours.dim(&format!("and {count} more: --json has them"));
    writer.line(&more)
}

fn cell(row: &ComparedValues, run: usize) -> Field {
    if row.missing.iter().any(|missing| *missing as usize == run) {
        return Field::Dim("–".to_owned());
    }
    value_field(row.values.get(run).unwrap_or(&Value::Null))
}

/// A value of a table: numbers to the right, long texts cut.
pub(crate) fn value_field(value: &Value) -> Field {
    match value {
        Value::Number(_) => Field::Number(formats::value(value)),
        other => {
            let text = if let Value::String(text) = other { text.clone() } else { other.to_string() };
            match text.char_indices().nth(CELL_CHARS_MAX) {
                Some((end, _)) => format!("{}…", &text[..end]).into(),
                None => text.into(),
            }
        }
    }
}

fn write_influence(influence: &Influence, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    writer.heading(&format!("Relation of parameters to {}", influence.metric))?;
    if influence.params.is_empty() {
        let runs = formats::counted(influence.runs, "run", "runs");
        writer.line(&format!("  nothing to compare: {runs} with this metric"))?;
    } else {
        let row = |param: &hven_api::compared_runs::ParamInfluence| -> Vec<Field> {
            let measure =
                if param.measure == "rank_correlation" { "rank correlation" } else { "share of the variance" };
            vec![
                param.name.as_str().into(),
                Field::Number(format!("{:.2}", param.value)),
                measure.into(),
                Field::Number(param.runs.to_string()),
                Field::Number(param.different.to_string()),
            ]
        };
        let rows = influence.params.iter().take(ROWS_MAX).map(row).collect();
        writer.table(&["PARAMETER", "", "MEASURE", "RUNS", "VALUES"], rows)?;
    }
    let mut reasons: Vec<String> = Vec::new();
    for (because, text) in [
        ("same_value", "the same in all runs"),
        ("all_different", "different in each run"),
        ("too_few_runs", "in fewer than 4 runs with the metric"),
        ("same_metric", "in runs with the same value of the metric"),
    ] {
        let names: Vec<&str> =
            influence.not_measured.iter().filter(|param| param.because == because).map(|p| p.name.as_str()).collect();
        if !names.is_empty() {
            let shown = names.iter().take(10).copied().collect::<Vec<_>>().join(", ");
            let more = if names.len() > 10 { format!(" and {} more", names.len() - 10) } else { String::new() };
            reasons.push(format!("not measured, {text}: {shown}{more}"));
        }
    }
    for reason in reasons {
        let reason = writer.colours.dim(&reason);
        writer.line(&reason)?;
    }
    Ok(())
}
