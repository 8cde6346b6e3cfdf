//! The recipe `import`: a CSV or Parquet file becomes a table, with a report of what was found and the first rows.

use hven_data::{ImportOptions, PROBLEMS_FILE, Progress, Stage, TABLE_FILE, Table};
use serde_json::json;

use crate::{
    folder::{Folder, RecipeError},
    metrics::Metrics,
};

/// The folder with the list of all problems; empty when there is none.
const PROBLEMS_FOLDER: &str = "problems";
const SAMPLE: &str = "sample.json";
/// How many rows the sample has, and how many columns: pages show no more at first.
const SAMPLE_ROWS: u64 = 100;
const SAMPLE_CELLS_MAX: usize = 100_000;

#[allow(clippy::print_stdout, reason = "what a recipe prints is its log")]
pub(crate) fn run(folder: &Folder) -> Result<(), RecipeError> {
    let options: ImportOptions = folder.arguments()?;
    let source = folder.input_beginning("source")?;
    let mut told = Told::default();
    let report = hven_data::import(&source, &folder.at("."), &options, &mut |progress| told.tell(progress))?;
    folder.make_folder(PROBLEMS_FOLDER)?;
    if report.problems.total > 0 {
        let target = folder.at(PROBLEMS_FOLDER).join(PROBLEMS_FILE);
        std::fs::rename(folder.at(PROBLEMS_FILE), &target)
            .map_err(|source| RecipeError::Write { path: PROBLEMS_FILE.to_owned(), source })?;
    }
    let table = Table::open(&folder.at(TABLE_FILE))?;
    let columns = table.schema().columns.len().max(1);
    let rows = SAMPLE_ROWS.min((SAMPLE_CELLS_MAX / columns).max(1) as u64);
    let sample = json!({
        "schema": "hven.sample/1",
        "columns": table.schema().columns.iter().map(|column| &column.name).collect::<Vec<_>>(),
        "rows": table.read_rows(0, rows)?,
        "rows_total": table.rows(),
    });
    folder.write_json(SAMPLE, &sample)?;
    let mut metrics = Metrics::of_process();
    let logged =
        metrics.log("rows", report.rows as f64).and_then(|()| metrics.log("problems", report.problems.total as f64));
    logged.map_err(|source| RecipeError::Write { path: "the metrics".to_owned(), source })?;
    println!("{} rows, {} columns, {} problems", report.rows, report.schema.columns.len(), report.problems.total);
    for check in &report.checks {
        println!("check {}: {} ({})", check.check, check.outcome, check.explanation);
    }
    Ok(())
}

/// Tells of progress in tenths.
#[derive(Default)]
struct Told {
    last: Option<(Stage, u32)>,
}

impl Told {
    #[allow(clippy::print_stdout, reason = "what a recipe prints is its log")]
    fn tell(&mut self, progress: Progress) {
        let now = (progress.stage, (progress.share * 10.0) as u32);
        if self.last == Some(now) {
            return;
        }
        self.last = Some(now);
        let doing = match progress.stage {
            Stage::Look => "looking through the source",
            Stage::Convert => "reading cells",
            Stage::Profile => "profiling columns",
            Stage::Check => "asking the checks",
        };
        println!("{doing}: {} %, {} rows", now.1 * 10, progress.rows);
    }
}
