//! Looks at the head of a source before it is imported: how it would be read, which cells are doubtful, and which settings
//! decide. It is an import of the head, so that both always agree.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use hven_core::dataset::{
    Cell, ColumnType, Problem, ProblemKind,
    report::{Encoding, Format, Layout},
};
use serde::{Deserialize, Serialize};

use crate::{
    detect::Detected,
    error::{AtPath, Error, Result},
    import::{detect_format, import_rows},
    options::ImportOptions,
    remarks::Remark,
    table::Table,
    table_read::TABLE_FILE,
};

/// How many bytes of a text are looked at.
pub const LOOK_BYTES: u64 = 1 << 20;
/// How many rows of a Parquet file are looked at.
const PARQUET_ROWS: usize = 10_000;
/// How many rows the report shows.
const ROWS_SHOWN: u64 = 20;
/// How many values of each column the report shows.
const VALUES_SHOWN: usize = 5;

/// How a source would be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookReport {
    /// The format, with the lines before the table.
    pub format: Format,
    /// The size of the source.
    pub bytes: u64,
    /// How much of it was looked at; a Parquet file counts as a whole.
    pub bytes_looked_at: u64,
    pub rows_looked_at: u64,
    /// Whether the whole source was looked at, so that an import finds no more.
    pub whole: bool,
    /// The settings that decide how the source is read, with their values.
    pub settings: Vec<LookSetting>,
    pub columns: Vec<LookColumn>,
    /// Cells that could not be read exactly as they are written: the first ones.
    pub doubtful: Vec<DoubtfulCell>,
    /// The number of all such cells.
    pub doubtful_total: u64,
    pub notes: Vec<Remark>,
    /// The first rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A setting of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookSetting {
    /// The name of the option, such as `delimiter`.
    pub setting: String,
    pub value: String,
    /// The caller said it; otherwise it is a guess.
    pub said: bool,
}

/// A column as it would be imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Some of its different values, the first ones.
    pub values: Vec<Cell>,
    /// Rows without a value, among those that were looked at.
    pub missing: u64,
}

/// A cell or row that could not be read exactly as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtfulCell {
    pub line: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub text: String,
    pub why: String,
    /// The options that decide it.
    pub settings: Vec<String>,
}

/// Looks at the head of a source.
///
/// # Errors
/// When the source is not a table or cannot be read, or an option does not fit it.
pub fn look(source: &Path, options: &ImportOptions) -> Result<LookReport> {
    let folder = tempfile::tempdir().at(source)?;
    let bytes = fs::metadata(source).at(source)?.len();
    let options = ImportOptions { checks: Vec::new(), ..options.clone() };
    match detect_format(source, &options)? {
        Detected::Parquet => {
            let looked = Looked { path: source, bytes_looked_at: bytes, rows_max: Some(PARQUET_ROWS) };
            looked.report(folder.path(), bytes, None, &options)
        }
        Detected::Text { encoding, .. } if bytes > LOOK_BYTES => {
            let head = folder.path().join("head");
            let mut text = Vec::new();
            File::open(source).at(source)?.take(LOOK_BYTES).read_to_end(&mut text).at(source)?;
            text.truncate(whole_lines(&text, encoding));
            fs::write(&head, &text).at(&head)?;
            let lines = memchr::memchr_iter(b'\n', &text).count() as u64;
            let looked = Looked { path: &head, bytes_looked_at: text.len() as u64, rows_max: None };
            looked.report(folder.path(), bytes, Some(lines), &options)
        }
        Detected::Text { .. } => {
            let looked = Looked { path: source, bytes_looked_at: bytes, rows_max: None };
            looked.report(folder.path(), bytes, None, &options)
        }
    }
}

/// The part of a source that is looked at.
struct Looked<'a> {
    path: &'a Path,
    bytes_looked_at: u64,
    rows_max: Option<usize>,
}

impl Looked<'_> {
    /// `lines` are the lines of the part, if it is not the whole source.
    fn report(&self, folder: &Path, bytes: u64, lines: Option<u64>, options: &ImportOptions) -> Result<LookReport> {
        let out = folder.join("look");
        let read = |options: &ImportOptions| import_rows(self.path, &out, options, self.rows_max, &mut |_| ());
        let options = lines.map_or_else(|| options.clone(), |lines| within(options, lines));
        let (mut report, notes) = match read(&options) {
            // The first comment may stand below the part that is looked at.
            Err(Error::BadOption { option: "comment", .. }) if lines.is_some() => {
                read(&ImportOptions { comment: None, ..options.clone() })?
            }
            found => found?,
        };
        if lines.is_some() {
            // The part may end within a quoted cell.
            let last = report.rows.checked_sub(1);
            let before = report.problems.first.len();
            report.problems.first.retain(|it| it.kind != ProblemKind::BadQuote || it.row != last);
            report.problems.total -= (before - report.problems.first.len()) as u64;
        }
        let table = Table::open(&out.join(TABLE_FILE))?;
        let rows = table.read_rows(0, ROWS_SHOWN)?;
        let sample = table.read_rows(0, 200)?;
        let columns = table.schema().columns.iter().enumerate().map(|(at, column)| {
            let mut values: Vec<Cell> = Vec::new();
            for cell in sample.iter().filter_map(|row| row.get(at)) {
                if values.len() < VALUES_SHOWN && *cell != Cell::Null && !values.contains(cell) {
                    values.push(cell.clone());
                }
            }
            LookColumn {
                name: column.name.clone(),
                column_type: column.column_type,
                unit: column.unit.as_ref().map(ToString::to_string),
                description: column.description.clone(),
                values,
                missing: report.profile.get(at).map_or(0, |profile| report.rows - profile.count),
            }
        });
        let whole = match self.rows_max {
            Some(rows_max) => (report.rows as usize) < rows_max,
            None => lines.is_none(),
        };
        Ok(LookReport {
            settings: settings(&report.source.format, &options),
            columns: columns.collect(),
            format: report.source.format,
            bytes,
            bytes_looked_at: self.bytes_looked_at,
            rows_looked_at: report.rows,
            whole,
            doubtful: report.problems.first.into_iter().map(doubtful).collect(),
            doubtful_total: report.problems.total,
            notes,
            rows,
        })
    }
}

/// The options without lines that lie below the part that is looked at.
fn within(options: &ImportOptions, lines: u64) -> ImportOptions {
    let begins_within = |text: &&String| {
        text.split('-').next().and_then(|first| first.trim().parse::<u64>().ok()).is_none_or(|first| first <= lines)
    };
    let skip_lines = options.skip_lines.as_ref().map(|texts| texts.iter().filter(begins_within).cloned().collect());
    ImportOptions { skip_lines, ..options.clone() }
}

/// The length of the whole lines in the first bytes of a text.
fn whole_lines(text: &[u8], encoding: Encoding) -> usize {
    let end = match encoding {
        Encoding::Utf16Le => text.chunks_exact(2).rposition(|pair| pair == [b'\n', 0]).map(|at| (at + 1) * 2),
        Encoding::Utf16Be => text.chunks_exact(2).rposition(|pair| pair == [0, b'\n']).map(|at| (at + 1) * 2),
        _ => memchr::memrchr2(b'\n', b'\r', text).map(|at| at + 1),
    };
    end.unwrap_or(text.len())
}

fn settings(format: &Format, options: &ImportOptions) -> Vec<LookSetting> {
    let setting = |setting: &str, value: String, said: bool| LookSetting { setting: setting.to_owned(), value, said };
    let csv = match format {
        Format::Parquet(_) => return vec![setting("format", "parquet".to_owned(), options.format.is_some())],
        Format::Csv(csv) => csv,
    };
    let name = match &csv.layout {
        Some(Layout::Blanks) => "blanks",
        Some(Layout::Fixed { .. }) => "fixed",
        None if csv.delimiter == '\t' => "tsv",
        None => "csv",
    };
    let mut all = vec![setting("format", name.to_owned(), options.format.is_some())];
    match &csv.layout {
        None => all.push(setting("delimiter", csv.delimiter.to_string(), options.delimiter.is_some())),
        Some(Layout::Fixed { starts }) => {
            let widths: Vec<String> = starts.windows(2).map(|pair| (pair[1] - pair[0]).to_string()).collect();
            all.push(setting("widths", widths.join(","), options.widths.is_some()));
        }
        Some(Layout::Blanks) => {}
    }
    all.push(setting("quote", csv.quote.to_string(), options.quote.is_some()));
    all.push(setting("header", csv.header.to_string(), options.header.is_some()));
    all.push(setting("units_line", csv.units_line.is_some().to_string(), options.units_line.is_some()));
    all.push(setting("encoding", csv.encoding.as_str().to_owned(), options.encoding.is_some()));
    all.push(setting("decimal", csv.decimal.to_string(), options.decimal.is_some()));
    if let Some(thousands) = &options.thousands {
        all.push(setting("thousands", thousands.clone(), true));
    }
    if let Some(comment) = &options.comment {
        all.push(setting("comment", comment.clone(), true));
    }
    all.push(setting("nulls", csv.nulls.join(","), options.nulls.is_some()));
    all
}

fn doubtful(problem: Problem) -> DoubtfulCell {
    let settings: &[&str] = match problem.kind {
        ProblemKind::BadValue => &["types", "nulls"],
        ProblemKind::OutOfRange | ProblemKind::Rounded => &["types"],
        ProblemKind::ThousandsSeparator => &["thousands", "decimal"],
        ProblemKind::DecimalComma => &["decimal"],
        ProblemKind::UnitInCell => &["types", "units"],
        ProblemKind::MissingCells | ProblemKind::ExtraCells => &["delimiter", "quote", "skip_lines"],
        ProblemKind::BadQuote => &["quote"],
        ProblemKind::BadEncoding => &["encoding"],
    };
    DoubtfulCell {
        line: problem.line,
        column: problem.column,
        text: problem.raw,
        why: problem.what,
        settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
    }
}
