//! Looks at the beginning of a source before it is imported: how it would be read, which cells are doubtful, and which
//! settings decide. It is an import of the beginning, so that both always agree.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use hven_core::dataset::{
    Cell, ImportReport, Problem, ProblemKind,
    report::{Encoding, Format, Layout, ProblemCount, Problems},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    detect::Detected,
    error::{AtPath, Error, Result},
    import::{detect_format, import_rows},
    options::ImportOptions,
    remarks::Remark,
    table::{Table, open_parquet},
    table_read::TABLE_FILE,
};

/// How many bytes of a text are looked at.
pub const LOOK_BYTES: u64 = 4 << 20;
/// How many rows of a Parquet file are looked at.
const PARQUET_ROWS: usize = 10_000;
/// How many rows the report shows.
const ROWS_SHOWN: u64 = 20;
const SCHEMA: &str = "hven.look/1";

/// How a source would be read (`hven.look/1`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookReport {
    pub schema: String,
    /// The size of the source.
    pub bytes: u64,
    /// How much of it was looked at; a Parquet file counts as a whole.
    pub bytes_read: u64,
    pub rows_read: u64,
    /// Whether the whole source was looked at, so that an import finds no more.
    pub whole: bool,
    /// The settings that decide how the source is read, with their values.
    pub settings: Vec<LookSetting>,
    /// The report of an import of this part: schema, units, profile, problems, checks.
    pub report: ImportReport,
    /// Cells that could not be read exactly as they are written: the first ones.
    pub doubtful: Vec<DoubtfulCell>,
    /// The number of all such cells.
    pub doubtful_total: u64,
    /// The notes of the report, each with the settings that decide otherwise.
    pub remarks: Vec<Remark>,
    /// The first rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A setting of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookSetting {
    /// The name of the option, such as `delimiter`.
    pub name: String,
    /// The value as the option takes it.
    pub value: Value,
    /// The caller gave it; otherwise it is a guess.
    pub given: bool,
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

/// Looks at the beginning of a source. `bytes` is the size of the whole source: of a text, the file may hold the first
/// [`LOOK_BYTES`] alone.
///
/// # Errors
/// When the source is not a table or cannot be read, or an option does not fit it.
pub fn look(source: &Path, bytes: u64, options: &ImportOptions) -> Result<LookReport> {
    let folder = tempfile::tempdir().at(source)?;
    match detect_format(source, options)? {
        Detected::Parquet => {
            let looked = Looked { path: source, bytes_read: bytes, rows_max: Some(PARQUET_ROWS), lines: None };
            looked.report(folder.path(), bytes, options)
        }
        Detected::Text { encoding, .. } if bytes > LOOK_BYTES => {
            let head = folder.path().join("head");
            let mut text = Vec::new();
            File::open(source).at(source)?.take(LOOK_BYTES).read_to_end(&mut text).at(source)?;
            text.truncate(whole_lines(&text, encoding));
            fs::write(&head, &text).at(&head)?;
            let lines = Some(lines_in(&text, encoding));
            let looked = Looked { path: &head, bytes_read: text.len() as u64, rows_max: None, lines };
            looked.report(folder.path(), bytes, options)
        }
        Detected::Text { .. } => {
            let looked = Looked { path: source, bytes_read: bytes, rows_max: None, lines: None };
            looked.report(folder.path(), bytes, options)
        }
    }
}

/// Whether these first bytes begin a Parquet file, whose description stands at its end.
pub fn is_parquet(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

fn rows_of_parquet(path: &Path) -> Result<u64> {
    let (_, footer) = open_parquet(path)?;
    Ok(footer.metadata().file_metadata().num_rows().try_into().unwrap_or(0))
}

/// The part of a source that is looked at.
struct Looked<'a> {
    path: &'a Path,
    bytes_read: u64,
    rows_max: Option<usize>,
    /// The lines of the part, if it is not the whole text.
    lines: Option<u64>,
}

impl Looked<'_> {
    fn report(&self, folder: &Path, bytes: u64, options: &ImportOptions) -> Result<LookReport> {
        let out = folder.join("look");
        let read = |options: &ImportOptions| import_rows(self.path, &out, options, self.rows_max, &mut |_| ());
        let options = self.lines.map_or_else(|| options.clone(), |lines| within(options, lines));
        let (mut report, remarks) = match read(&options) {
            // The first comment may stand below the part that is looked at.
            Err(Error::BadOption { option: "comment", .. }) if self.lines.is_some() => {
                read(&ImportOptions { comment: None, ..options.clone() })?
            }
            found => found?,
        };
        if self.lines.is_some() {
            without_cut_row(&mut report.problems, report.rows);
        }
        let table = Table::open(&out.join(TABLE_FILE))?;
        let whole = match self.rows_max {
            Some(_) => report.rows == rows_of_parquet(self.path)?,
            None => self.lines.is_none(),
        };
        Ok(LookReport {
            schema: SCHEMA.to_owned(),
            bytes,
            bytes_read: self.bytes_read,
            rows_read: report.rows,
            whole,
            settings: settings(&report.source.format, &options),
            doubtful: report.problems.first.iter().map(doubtful).collect(),
            doubtful_total: report.problems.total,
            remarks,
            rows: table.read_rows(0, ROWS_SHOWN)?,
            report,
        })
    }
}

/// Removes the problems of the last row when the part ends within one of its quoted cells.
fn without_cut_row(problems: &mut Problems, rows: u64) {
    let last = rows.checked_sub(1);
    if !problems.first.iter().any(|it| it.kind == ProblemKind::BadQuote && it.row == last) {
        return;
    }
    let first = std::mem::take(&mut problems.first);
    let (cut, whole): (Vec<Problem>, Vec<Problem>) = first.into_iter().partition(|it| it.row == last);
    problems.first = whole;
    for problem in &cut {
        problems.total -= 1;
        let is_counted = |count: &&mut ProblemCount| count.kind == problem.kind && count.column == problem.column;
        if let Some(count) = problems.counts.iter_mut().find(is_counted) {
            count.count -= 1;
        }
    }
    problems.counts.retain(|count| count.count > 0);
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

/// The number of whole lines in a text.
fn lines_in(text: &[u8], encoding: Encoding) -> u64 {
    let lines = match encoding {
        Encoding::Utf16Le => text.chunks_exact(2).filter(|pair| *pair == [b'\n', 0]).count(),
        Encoding::Utf16Be => text.chunks_exact(2).filter(|pair| *pair == [0, b'\n']).count(),
        _ => match memchr::memchr_iter(b'\n', text).count() {
            0 => memchr::memchr_iter(b'\r', text).count(),
            lines => lines,
        },
    };
    lines as u64
}

/// The settings in the order of the recipe's arguments.
fn settings(format: &Format, options: &ImportOptions) -> Vec<LookSetting> {
    let setting = |name: &str, value: Value, given: bool| LookSetting { name: name.to_owned(), value, given };
    let csv = match format {
        Format::Parquet(_) => {
            let mut all = vec![setting("format", json!("parquet"), options.format.is_some())];
            all.extend(options.nulls.as_ref().map(|nulls| setting("nulls", json!(nulls), true)));
            return all;
        }
        Format::Csv(csv) => csv,
    };
    let name = match &csv.layout {
        Some(Layout::Blanks) => "blanks",
        Some(Layout::Fixed { .. }) => "fixed",
        None if csv.delimiter == '\t' => "tsv",
        None => "csv",
    };
    let mut all = vec![setting("format", json!(name), options.format.is_some())];
    match &csv.layout {
        None => all.push(setting("delimiter", json!(csv.delimiter), options.delimiter.is_some())),
        Some(Layout::Fixed { starts }) => {
            let widths = starts.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
            all.push(setting("widths", widths.collect(), options.widths.is_some()));
        }
        // No letter divides these cells.
        Some(Layout::Blanks) => {}
    }
    all.push(setting("quote", json!(csv.quote), options.quote.is_some()));
    all.push(setting("header", json!(csv.header), options.header.is_some()));
    all.push(setting("units_line", json!(csv.units_line.is_some()), options.units_line.is_some()));
    all.push(setting("encoding", json!(csv.encoding), options.encoding.is_some()));
    all.push(setting("decimal", json!(csv.decimal), options.decimal.is_some()));
    let given = [
        ("thousands", options.thousands.as_ref().map(|thousands| json!(thousands))),
        ("comment", options.comment.as_ref().map(|comment| json!(comment))),
        ("skip_lines", options.skip_lines.as_ref().map(|lines| json!(lines))),
    ];
    all.extend(given.into_iter().filter_map(|(name, value)| Some(setting(name, value?, true))));
    all.push(setting("nulls", json!(csv.nulls), options.nulls.is_some()));
    all
}

/// The cell of a problem, with the settings that decide it.
fn doubtful(problem: &Problem) -> DoubtfulCell {
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
        column: problem.column.clone(),
        text: problem.raw.clone(),
        why: problem.what.clone(),
        settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
    }
}
