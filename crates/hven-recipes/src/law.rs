//! The recipe `law`: searches for a law by symbolic regression, with the units of the columns.

use std::{fmt::Write as _, path::Path, sync::atomic::AtomicBool, time::Duration};

use hven_core::{
    expression::{name_in_formula, part_in_name},
    recipe::{Argument, Choice, Draft, Input, InputKind, Kind, Output, OutputKind, ResultKind, Schema, TARGET, Text},
};
use hven_data::{TABLE_FILE, Table};
use hven_learn::law::{Column, Errors, Law, LawError, Operator, Options, Part, Problem, Progress, find, plots};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    folder::{Folder, RecipeError},
    metrics::Metrics,
    recipe::Recipe,
};

pub(crate) const RECIPE: Recipe = Recipe {
    schema: Schema {
        name: "law",
        // Version 2 writes formulas with backticks and units in brackets, and uses one of the rows that repeat one another.
        version: 2,
        summary: Text {
            en: "Look for a law in a table by symbolic regression, with the units of its columns",
            zh: "用符号回归在表格中寻找定律，并遵守各列的单位",
        },
        inputs: &[
            Input {
                key: "table",
                path: TABLE_FILE,
                kind: InputKind::Table,
                required: true,
                help: Text {
                    en: "`name`, `name@version` or `name@version.part`",
                    zh: "`名称`、`名称@版本` 或 `名称@版本.部分`",
                },
            },
            Input {
                key: "hold_out",
                path: HOLD_OUT_FILE,
                kind: InputKind::Table,
                required: false,
                help: Text {
                    en: "A part on which the found law is tested; each read of a held-out part is recorded",
                    zh: "用来检验所得定律的部分；对留出数据的读取会被记录",
                },
            },
        ],
        arguments: &[
            Argument::new(TARGET, Kind::Column, "The column that the law is to give", "定律要给出的列").required(),
            Argument::new(
                "inputs",
                Kind::COLUMNS,
                "Columns that the law may use; by default all numeric ones",
                "可以出现在定律中的列；不填则为所有数值列",
            )
            .called("columns"),
            Argument::new("seed", Kind::COUNT, "The same seed finds the same law", "相同的种子得到相同的定律").or("0"),
            Argument::new(
                "operators",
                Kind::List { of: &Kind::Choice(OPERATORS), distinct: false },
                "What evolution may build formulas from",
                "演化可以用来构造公式的运算",
            )
            .or(OPERATORS_USUAL),
            Argument::new("complexity_max", Kind::COUNT, "The most symbols of a formula", "公式的最大符号数").or("30"),
            Argument::new(
                "evaluations",
                Kind::COUNT,
                "How many formulas evolution may try",
                "演化最多可以尝试的公式数",
            )
            .or("1000000"),
            Argument::new(
                "time_limit_s",
                Kind::Duration,
                "Stop looking after this time, such as 2min",
                "超过此时间就停止寻找，例如 2min",
            )
            .in_unit("s"),
            Argument::new(
                "bootstrap",
                Kind::COUNT,
                "How many times rows are resampled for the intervals",
                "为求区间而重新抽取数据行的次数",
            )
            .or("1000"),
            Argument::new(
                "errors",
                Kind::Choice(ERRORS),
                "How large the errors of the target are; by default the likelihood of the residuals decides",
                "目标列误差的大小；不填则由残差的似然决定",
            ),
        ],
        outputs: &[
            Output {
                path: LAW_FILE,
                kind: OutputKind::File,
                help: Text { en: "The front of candidates and their numbers", zh: "候选公式及其数值" },
            },
            Output {
                path: PLOTS_FOLDER,
                kind: OutputKind::Folder,
                help: Text { en: "Pictures of the law", zh: "定律的图" },
            },
            Output {
                path: ROWS_FILE,
                kind: OutputKind::File,
                help: Text { en: "The rows that the search used", zh: "搜索所用的数据行" },
            },
        ],
        result: ResultKind::Law,
        again: Some("`hven law find` looks for a law"),
        draft: Some(Draft {
            comment: "A law for one column in terms of the other numbers.",
            test: "r2_crossvalidated > 0.9",
        }),
        ..Schema::NEW
    },
    run,
};

const OPERATORS: &[Choice] = &[
    Choice::word("add", "Sums and differences", "加和减"),
    Choice::word("multiply", "Products and quotients", "乘和除"),
    Choice::word("square", "Squares", "平方"),
    Choice::word("root", "Square roots", "平方根"),
    function("exp", r#"{"call":"exp"}"#),
    function("log", r#"{"call":"log"}"#),
    function("sin", r#"{"call":"sin"}"#),
    function("cos", r#"{"call":"cos"}"#),
    function("tan", r#"{"call":"tan"}"#),
    function("tanh", r#"{"call":"tanh"}"#),
    function("asin", r#"{"call":"asin"}"#),
    function("acos", r#"{"call":"acos"}"#),
    function("atan", r#"{"call":"atan"}"#),
];

const ERRORS: &[Choice] = &[
    Choice::word("equal", "Equally large in all rows", "每一行的误差同样大"),
    Choice::word("relative", "In proportion to the law", "误差与定律的值成正比"),
    Choice::word("logarithmic", "Equally large for the logarithm of the target", "目标的对数的误差同样大"),
];

const OPERATORS_USUAL: &str =
    r#"["add","multiply","square","root",{"call":"exp"},{"call":"log"},{"call":"sin"},{"call":"cos"},{"call":"tanh"}]"#;

const fn function(word: &'static str, json: &'static str) -> Choice {
    Choice::json(word, json, "The function of this name", "同名函数")
}

const LAW_FILE: &str = "law.json";
/// The part on which the law is tested afterwards, if there is one.
const HOLD_OUT_FILE: &str = "hold_out.parquet";
const PLOTS_FOLDER: &str = "plots";
/// The rows that the search used, as text: with them any reader can check the law without Hven.
const ROWS_FILE: &str = "rows.csv";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    target: String,
    /// By default all number columns except the target.
    inputs: Option<Vec<String>>,
    seed: Option<u64>,
    operators: Option<Vec<Operator>>,
    complexity_max: Option<usize>,
    evaluations: Option<u64>,
    time_limit_s: Option<f64>,
    bootstrap: Option<usize>,
    /// By default the likelihood decides.
    errors: Option<Errors>,
}

impl Arguments {
    fn options(&self) -> Result<Options, RecipeError> {
        let usual = Options::default();
        let time_limit = self.time_limit_s.map(Duration::try_from_secs_f64).transpose();
        let time_limit = time_limit.map_err(|_| RecipeError::Arguments("time_limit_s is no time".to_owned()))?;
        Ok(Options {
            seed: self.seed.unwrap_or(usual.seed),
            operators: self.operators.clone().unwrap_or(usual.operators),
            complexity_max: self.complexity_max.unwrap_or(usual.complexity_max),
            evaluations: self.evaluations.unwrap_or(usual.evaluations),
            bootstrap: self.bootstrap.unwrap_or(usual.bootstrap),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            time_limit,
            errors: self.errors,
        })
    }
}

#[allow(clippy::print_stdout, reason = "the output of a recipe is its log")]
fn run(folder: &Folder) -> Result<(), RecipeError> {
    let arguments: Arguments = folder.arguments()?;
    let options = arguments.options()?;
    let table = Table::open(&folder.input(TABLE_FILE)?)?;
    let names = input_names(&table, &arguments)?;
    let hold_out = folder.at(HOLD_OUT_FILE);
    let problem = problem(&table, &names, &arguments.target, hold_out.is_file().then_some(&hold_out))?;
    let mut metrics = Metrics::of_process();
    let wrote = |done: std::io::Result<()>| {
        done.map_err(|source| RecipeError::Write { path: "the metrics".to_owned(), source })
    };
    let mut lost = Ok(());
    let mut printed = String::new();
    let target = name_in_formula(&arguments.target);
    let law = find(
        &problem,
        &options,
        &mut |progress: &Progress| {
            metrics.next_step();
            if lost.is_ok() {
                lost = metrics.log("best_r2", progress.r2).and_then(|()| metrics.log("progress", progress.done));
            }
            if printed != progress.best {
                printed.clone_from(&progress.best);
                println!("{:3.0} %  R² {:.9}  {} = {printed}", progress.done * 100.0, progress.r2, target);
            }
        },
        &AtomicBool::new(false),
    )?;
    wrote(lost)?;
    wrote(log_quantities(&law, &mut metrics))?;
    folder.make_folder(PLOTS_FOLDER)?;
    for plot in plots(&problem, &law) {
        folder.write_json(&format!("{PLOTS_FOLDER}/{}.vl.json", plot.name), &plot.spec)?;
    }
    let mut document = json!({ "schema": "hven.law/1" });
    if let (Value::Object(fields), Ok(Value::Object(found))) = (&mut document, serde_json::to_value(&law)) {
        fields.extend(found);
    }
    folder.write_json(LAW_FILE, &document)?;
    folder.write(ROWS_FILE, rows(&problem, options.seed, &law)?.as_bytes())?;
    if let Some(chosen) = law.chosen() {
        println!("{target} = {}", chosen.display);
        println!("{}", law.reason);
    }
    Ok(())
}

/// The columns that the law may use.
fn input_names(table: &Table, arguments: &Arguments) -> Result<Vec<String>, RecipeError> {
    if let Some(names) = &arguments.inputs {
        return Ok(names.clone());
    }
    let numbers = table.schema().columns.iter().filter(|column| column.column_type.is_number());
    let names: Vec<String> =
        numbers.map(|column| column.name.clone()).filter(|name| *name != arguments.target).collect();
    if names.is_empty() {
        return Err(RecipeError::Law(LawError::NoInputs(arguments.target.clone())));
    }
    Ok(names)
}

/// The columns of the table, with the held-out rows after its other rows.
fn problem(table: &Table, names: &[String], target: &str, hold_out: Option<&Path>) -> Result<Problem, RecipeError> {
    let wanted: Vec<&str> = names.iter().map(String::as_str).chain([target]).collect();
    let mut columns: Vec<Column> = table
        .numbers(&wanted)?
        .into_iter()
        .map(|found| Column { values: numbers(&found.values), name: found.column.name, unit: found.column.unit })
        .collect();
    let rows = table.rows() as usize;
    let mut held = Vec::new();
    if let Some(path) = hold_out {
        let other = Table::open(path)?;
        for (column, more) in columns.iter_mut().zip(other.numbers(&wanted)?) {
            column.values.extend(numbers(&more.values));
        }
        held = (rows..rows + other.rows() as usize).collect();
    }
    let target = columns.pop().ok_or_else(|| RecipeError::Arguments("there is no target".to_owned()))?;
    Ok(Problem { inputs: columns, target, hold_out: (!held.is_empty()).then_some(held) })
}

/// A line for each row: its part, the inputs in their order, the target.
fn rows(problem: &Problem, seed: u64, law: &Law) -> Result<String, LawError> {
    let names = problem.inputs.iter().chain([&problem.target]).map(|column| cell(&column.name));
    let mut text = format!("part,{}\n", names.collect::<Vec<_>>().join(","));
    let left_out: Vec<usize> = law.left_out.iter().map(|one| one.row - 1).collect();
    for row in problem.rows_used(seed, &left_out)? {
        text.push_str(match row.part {
            Part::Train => "train",
            Part::LeftOut => "left_out",
            Part::HoldOut => "hold_out",
        });
        for value in row.inputs.iter().chain([&row.target]) {
            // The shortest text that is read as the same number. Writing to a string cannot fail.
            let _ = write!(text, ",{value:?}");
        }
        text.push('\n');
    }
    Ok(text)
}

/// A name, quoted if necessary.
fn cell(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

/// A missing value becomes NaN.
fn numbers(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

/// Logs each quantity as a metric, with the bounds of its interval as `NAME.low` and `NAME.high`. With a single input, the
/// exponent and the slope are also logged without its name.
fn log_quantities(law: &Law, metrics: &mut Metrics) -> std::io::Result<()> {
    let mut units = Map::new();
    metrics.next_step();
    for quantity in &law.quantities {
        let alone = match (&law.inputs[..], quantity.name.split_once('.')) {
            ([only], Some((short, of))) if of == part_in_name(only) => Some(short.to_owned()),
            _ => None,
        };
        for name in [Some(quantity.name.clone()), alone].into_iter().flatten() {
            metrics.log(&name, quantity.value)?;
            for (bound, value) in [("low", quantity.low), ("high", quantity.high)] {
                if let Some(value) = value {
                    metrics.log(&format!("{name}.{bound}"), value)?;
                }
            }
            if let Some(unit) = &quantity.unit {
                units.insert(name, json!(unit.to_string()));
            }
        }
    }
    metrics.log("candidates", law.front.len() as f64)?;
    metrics
        .params(&Map::from_iter([("target".to_owned(), json!(law.target)), ("units".to_owned(), Value::Object(units))]))
}
