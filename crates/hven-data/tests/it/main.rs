//! Imports through the public interface: a file goes in, a table and a report come out.

mod checks;
mod compare;
mod csv;
mod damaged;
mod dialects;
mod faults;
mod parquet;
mod reading;
mod round_trip;
mod splits;
mod temperatures;
mod values;
mod wide;

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_core::dataset::{Cell, ImportReport};
use hven_data::{Error, ImportOptions, TABLE_FILE, Table, import};
use tempfile::TempDir;

/// A successful import.
struct Imported {
    folder: TempDir,
    report: ImportReport,
    table: Table,
}

impl Imported {
    fn table_path(&self) -> PathBuf {
        self.folder.path().join("out").join(TABLE_FILE)
    }
    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }
    /// `name: type` of each column.
    fn columns(&self) -> Vec<String> {
        let columns = &self.report.schema.columns;
        columns.iter().map(|column| format!("{}: {}", column.name, column.column_type)).collect()
    }
    /// The cells of each row, separated by bars.
    fn rows(&self) -> Vec<String> {
        let rows = self.table.read_rows(0, 1000).expect("the table can be read");
        rows.iter().map(|row| row.iter().map(Cell::to_string).collect::<Vec<_>>().join(" | ")).collect()
    }
    /// `line:column kind "raw"` of each problem.
    fn problems(&self) -> Vec<String> {
        let shown =
            self.report.problems.first.iter().map(|it| {
                format!("{}:{} {} {:?}", it.line, it.column.as_deref().unwrap_or("*"), it.kind.as_str(), it.raw)
            });
        shown.collect()
    }
}

fn try_import(bytes: impl AsRef<[u8]>, options: &ImportOptions) -> Result<Imported, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    fs::write(&source, bytes).expect("written");
    let report = import(&source, &folder.path().join("out"), options, &mut |_| ())?;
    let table = Table::open(&folder.path().join("out").join(TABLE_FILE)).expect("the imported table can be opened");
    Ok(Imported { folder, report, table })
}

fn import_with(bytes: impl AsRef<[u8]>, options: &ImportOptions) -> Imported {
    try_import(bytes, options).unwrap_or_else(|error| panic!("{error}"))
}

fn import_bytes(bytes: impl AsRef<[u8]>) -> Imported {
    import_with(bytes, &ImportOptions::default())
}

fn refusal(bytes: impl AsRef<[u8]>, options: &ImportOptions) -> String {
    match try_import(bytes, options) {
        Ok(imported) => panic!("imported {:?}", imported.columns()),
        Err(error) => error.to_string(),
    }
}

/// Whether a folder contains no temporary files.
fn has_no_leftovers(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut all| {
        all.all(|entry| entry.is_ok_and(|entry| !entry.file_name().to_string_lossy().ends_with(".partial")))
    })
}
