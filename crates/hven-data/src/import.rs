//! The steps of an import: detect the format, read the source, profile the table, evaluate the checks, write the report.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use hven_core::dataset::{
    ImportReport,
    report::{Encoding, Source},
};

use crate::{
    checks, csv,
    detect::{self, Detected},
    error::{AtPath, Error, Result},
    option_faults,
    options::ImportOptions,
    parallel, parquet_source, profile,
    remarks::Remark,
    table::Table,
    table_read::{NOTES_MAX, PROBLEMS_FILE, Progress, READER, REPORT_FILE, Stage, TABLE_FILE},
};

/// Reads a CSV or Parquet file into `folder`: [`TABLE_FILE`], [`PROBLEMS_FILE`] if there are problems, and
/// [`REPORT_FILE`], which is written last. Existing files with these names are replaced.
///
/// # Errors
/// When the source is not a table or cannot be read, an option does not fit it, or a file cannot be written.
pub fn import(
    source: &Path,
    folder: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport> {
    import_rows(source, folder, options, None, progress).map(|(report, _)| report)
}

/// The same for the first rows of a Parquet file alone, with all remarks.
pub(crate) fn import_rows(
    source: &Path,
    folder: &Path,
    options: &ImportOptions,
    rows_max: Option<usize>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(ImportReport, Vec<Remark>)> {
    option_faults::check(options)?;
    fs::create_dir_all(folder).at(folder)?;
    for stale in [REPORT_FILE, PROBLEMS_FILE] {
        match fs::remove_file(folder.join(stale)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).at(&folder.join(stale)),
            _ => {}
        }
    }
    let read = match detect_format(source, options)? {
        Detected::Text { encoding, bom } => {
            option_faults::check_text(options)?;
            csv::source_text::read(source, folder, encoding, bom, options, progress)?
        }
        Detected::Parquet => {
            option_faults::check_parquet(options)?;
            parquet_source::read(source, folder, options, rows_max, progress)?
        }
    };
    let table = Table::open(&folder.join(TABLE_FILE))?;
    let rows = table.rows();
    let threads = parallel::threads(options.threads);
    let columns = table.schema().columns.len().max(1);
    let profile = profile::profiles(&table, threads, &mut |done| {
        progress(Progress { stage: Stage::Profile, share: done as f64 / columns as f64, rows });
    })?;
    let checks = checks::evaluate(&table, &profile, &options.checks, threads, &mut |share| {
        progress(Progress { stage: Stage::Check, share, rows });
    })?;
    let report = ImportReport {
        reader: READER.to_owned(),
        name: options.name.clone(),
        license: options.license.clone(),
        source: Source { bytes: read.source, format: read.format },
        table: read.table,
        rows,
        schema: table.schema().clone(),
        profile,
        problems: read.problems,
        checks,
        notes: shortened(read.notes.iter().map(|note| note.text.clone()).collect()),
    };
    let path = folder.join(REPORT_FILE);
    let partial = folder.join("report.json.partial");
    let json = serde_json::to_vec_pretty(&report).map_err(|error| Error::Write { why: error.to_string() })?;
    fs::write(&partial, json).at(&partial)?;
    fs::rename(&partial, &path).at(&path)?;
    Ok((report, read.notes))
}

/// The format of a source, and its encoding as the file or the caller says it.
pub(crate) fn detect_format(source: &Path, options: &ImportOptions) -> Result<Detected> {
    let mut head = Vec::new();
    File::open(source).at(source)?.take(detect::HEAD_BYTES as u64).read_to_end(&mut head).at(source)?;
    let wanted = options.encoding.as_deref().map(csv::encoding::named).transpose()?;
    match (detect::detect(&head), wanted) {
        (Ok(Detected::Text { encoding, bom: true }), Some(wanted)) if wanted != encoding => Err(Error::BadOption {
            option: "encoding",
            why: format!("the file begins with the mark of {encoding}, not of {wanted}: leave it out"),
        }),
        // UTF-16 text in Chinese, for example, looks like binary data.
        (Ok(Detected::Text { bom, .. }), Some(encoding)) => Ok(Detected::Text { encoding, bom }),
        (Err(Error::NotATable { .. }), Some(encoding @ (Encoding::Utf16Le | Encoding::Utf16Be))) => {
            Ok(Detected::Text { encoding, bom: false })
        }
        (found, _) => found,
    }
}

fn shortened(mut notes: Vec<String>) -> Vec<String> {
    if notes.len() > NOTES_MAX {
        let more = notes.len() - NOTES_MAX;
        notes.truncate(NOTES_MAX);
        notes.push(format!("and {more} more like these"));
    }
    notes
}
