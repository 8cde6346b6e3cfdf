//! The recipe `import`: a CSV or Parquet file becomes a table, with a report and the first rows.

use hven_core::recipe::{
    Argument, Choice, Input, InputKind, Kind, Output, OutputKind, ResultKind, Schema, StartedBy, Text,
};
use hven_data::{ImportOptions, PROBLEMS_FILE, Progress, Stage, TABLE_FILE, Table};
use serde_json::json;

use crate::{
    folder::{Folder, RecipeError},
    metrics::Metrics,
    recipe::Recipe,
};

pub(crate) const RECIPE: Recipe = Recipe {
    schema: Schema {
        name: "import",
        // Raised together with `hven_data::READER`.
        version: 3,
        summary: Text {
            en: "Read a table from a CSV or Parquet file, with units, checks and a report of all problems",
            zh: "读取 CSV 或 Parquet 文件中的表格，带有单位、检查和所有问题的报告",
        },
        inputs: &[Input {
            key: "source",
            path: "source.*",
            kind: InputKind::File,
            required: true,
            help: Text { en: "The file of the table", zh: "表格文件" },
        }],
        arguments: &[
            Argument::new("name", Kind::Text, "The name of the dataset", "数据集的名称"),
            Argument::new("license", Kind::Text, "Its licence, an SPDX identifier", "许可证（SPDX 标识符）"),
            Argument::new(
                "types",
                Kind::Map(&Kind::Text),
                "Types of columns, instead of those that are found",
                "各列的类型，代替自动识别的类型",
            ),
            Argument::new("units", Kind::Map(&Kind::Text), "Units of columns", "各列的单位"),
            Argument::new("descriptions", Kind::Map(&Kind::Text), "Descriptions of columns", "各列的说明"),
            Argument::new("checks", Kind::TEXTS, "Conditions that the table must meet", "表格必须满足的条件"),
            Argument::new(
                "nulls",
                Kind::TEXTS,
                "Further texts that stand for a missing value; with the empty text among them, only these",
                "另外表示缺失值的文本；其中若有空文本，则只用这些",
            ),
            Argument::new("format", Kind::Choice(FORMATS), "The format of the file", "文件的格式"),
            Argument::new(
                "widths",
                Kind::List { of: &Kind::Whole { min: 1, max: u32::MAX as u64 }, distinct: false },
                "The widths of the columns in letters, for the format fixed",
                "各列的宽度（字符数），用于 fixed 格式",
            ),
            Argument::new("delimiter", Kind::Text, "The letter between cells", "单元格之间的分隔符"),
            Argument::new("quote", Kind::Text, "The letter around cells", "单元格两侧的引号"),
            Argument::new("header", Kind::Bool, "Whether the first line holds names", "第一行是否为列名"),
            Argument::new(
                "units_line",
                Kind::Bool,
                "Whether the line below the names holds units or long names",
                "列名下面一行是否为单位或完整名称",
            ),
            Argument::new(
                "encoding",
                Kind::Text,
                "The encoding of the file, such as utf-8, windows-1252 or gb18030",
                "文件的编码，例如 utf-8、windows-1252 或 gb18030",
            ),
            Argument::new("decimal", Kind::Text, "The letter between whole and fraction", "小数点使用的字符"),
            Argument::new("thousands", Kind::Text, "The letter between thousands, or none", "千位分隔符，或 none"),
            Argument::new("comment", Kind::Text, "Lines that begin with this are left out", "以此开头的行将被略去"),
            Argument::new(
                "skip_lines",
                Kind::TEXTS,
                "Lines that are left out: numbers and ranges such as 10-14",
                "略去的行：行号或范围，例如 10-14",
            ),
            Argument::new("limits", Kind::Record(LIMITS), "Limits of the import", "上限"),
        ],
        outputs: &[
            file(TABLE_FILE, "The table", "表格"),
            file(
                "report.json",
                "What was found: schema, profile, problems, checks",
                "发现的内容：结构、概况、问题、检查",
            ),
            file(SAMPLE, "The first rows", "前若干行"),
            Output {
                path: PROBLEMS_FOLDER,
                kind: OutputKind::Folder,
                help: Text { en: "The list of all problems", zh: "所有问题的列表" },
            },
        ],
        result: ResultKind::Dataset,
        started_by: StartedBy::Import,
        again: Some("`hven data add` brings a table in"),
        ..Schema::NEW
    },
    run,
};

const FORMATS: &[Choice] = &[
    Choice::word("csv", "Cells with a delimiter between them", "单元格之间有分隔符"),
    Choice::word("tsv", "Cells with tabs between them", "单元格之间为制表符"),
    Choice::word("blanks", "Cells with blanks between them", "单元格之间为空格"),
    Choice::word("fixed", "Cells of fixed widths", "固定宽度的单元格"),
    Choice::word("parquet", "Parquet", "Parquet"),
];

const LIMITS: &[Argument] = &[
    Argument::new("row_bytes_max", Kind::COUNT, "The most bytes of a row", "一行的最大字节数"),
    Argument::new("columns_max", Kind::COUNT, "The most columns", "最大列数"),
    Argument::new("problems_listed", Kind::COUNT, "How many problems the report lists", "报告列出的问题数"),
];

const fn file(path: &'static str, en: &'static str, zh: &'static str) -> Output {
    Output { path, kind: OutputKind::File, help: Text { en, zh } }
}

/// The folder with the list of all problems; empty when there are none.
const PROBLEMS_FOLDER: &str = "problems";
const SAMPLE: &str = "sample.json";
/// How many rows the sample has, and how many cells: pages show no more at first.
const SAMPLE_ROWS: u64 = 100;
const SAMPLE_CELLS_MAX: usize = 100_000;

#[allow(clippy::print_stdout, reason = "the output of a recipe is its log")]
fn run(folder: &Folder) -> Result<(), RecipeError> {
    let options: ImportOptions = folder.arguments()?;
    let source = folder.input_beginning("source")?;
    let mut printer = ProgressPrinter::default();
    let report = hven_data::import(&source, &folder.at("."), &options, &mut |progress| printer.print(progress))?;
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

/// Prints the progress in tenths.
#[derive(Default)]
struct ProgressPrinter {
    last: Option<(Stage, u32)>,
}

impl ProgressPrinter {
    #[allow(clippy::print_stdout, reason = "the output of a recipe is its log")]
    fn print(&mut self, progress: Progress) {
        let now = (progress.stage, (progress.share * 10.0) as u32);
        if self.last == Some(now) {
            return;
        }
        self.last = Some(now);
        let doing = match progress.stage {
            Stage::Look => "looking through the source",
            Stage::Convert => "reading cells",
            Stage::Profile => "profiling columns",
            Stage::Check => "evaluating checks",
        };
        println!("{doing}: {} %, {} rows", now.1 * 10, progress.rows);
    }
}
