//! The recipe `split`: divides a table into parts, each a separate table.

use std::collections::BTreeMap;

use hven_core::{
    dataset::split::{Share, SplitMethod, SplitPlan},
    recipe::{Argument, Choice, Input, InputKind, Kind, Output, OutputKind, ResultKind, Schema, StartedBy, Text},
};
use hven_data::TABLE_FILE;
use serde::Deserialize;
use serde_json::json;

use crate::{
    folder::{Folder, RecipeError},
    recipe::Recipe,
};

pub(crate) const RECIPE: Recipe = Recipe {
    schema: Schema {
        name: "split",
        // Version 2 keeps rows that are equal in one part.
        version: 2,
        summary: Text {
            en: "Divide a table into parts, one of which may be held out",
            zh: "将表格划分为若干部分，其中一部分可以留出",
        },
        inputs: &[Input {
            key: "table",
            path: TABLE_FILE,
            kind: InputKind::Table,
            required: true,
            help: Text { en: "The table", zh: "表格" },
        }],
        arguments: &[
            Argument::new("name", Kind::Text, "The name of the split", "划分的名称").required(),
            Argument::new("method", Kind::Choice(METHODS), "How rows are dealt out", "各行的分配方式").required(),
            Argument::new(
                "by",
                Kind::Column,
                "The column of `stratified` and `by_key`",
                "`stratified` 和 `by_key` 依据的列",
            ),
            Argument::new("seed", Kind::COUNT, "The same seed makes the same parts", "相同的种子得到相同的部分")
                .or("0"),
            Argument::new(
                "parts",
                Kind::Map(&Kind::Number { min: 0.0, max: 1.0 }),
                "The share of each part",
                "各部分所占的比例",
            )
            .required(),
            Argument::new("hold_out", Kind::Text, "The part that is held out", "留出的部分"),
        ],
        outputs: &[
            Output {
                path: PARTS_FOLDER,
                kind: OutputKind::Folder,
                help: Text { en: "A table for each part", zh: "每个部分一个表格" },
            },
            Output {
                path: "split.json",
                kind: OutputKind::File,
                help: Text { en: "The parts and how many rows each has", zh: "各部分及其行数" },
            },
        ],
        result: ResultKind::Parts,
        started_by: StartedBy::Division,
        again: Some("`hven data split` divides a dataset"),
        ..Schema::NEW
    },
    run,
};

const METHODS: &[Choice] = &[
    Choice::word("random", "Row by row; equal rows stay together", "逐行随机；相同的行在同一部分"),
    Choice::word(
        "stratified",
        "Row by row, with the same shares for each value of a column; equal rows stay together",
        "逐行随机，某列的每个取值所占比例相同；相同的行在同一部分",
    ),
    Choice::word("by_key", "Rows with the same value of a column stay together", "某列取值相同的行在同一部分"),
];

const PARTS_FOLDER: &str = "parts";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    name: String,
    /// `random`, `stratified` or `by_key`.
    method: String,
    by: Option<String>,
    #[serde(default)]
    seed: u64,
    parts: BTreeMap<String, f64>,
    hold_out: Option<String>,
}

impl Arguments {
    fn plan(self) -> Result<SplitPlan, RecipeError> {
        let by = |column: Option<String>| {
            column.ok_or_else(|| RecipeError::Arguments(format!("the method {} needs a column: by", self.method)))
        };
        let method = match self.method.as_str() {
            "random" => SplitMethod::Random,
            "stratified" => SplitMethod::Stratified { column: by(self.by)? },
            "by_key" => SplitMethod::ByKey { columns: vec![by(self.by)?] },
            other => {
                let why = format!("the method {other:?} is not one of random, stratified, by_key");
                return Err(RecipeError::Arguments(why));
            }
        };
        let parts = self.parts.into_iter().map(|(part, share)| Share { part, share }).collect();
        Ok(SplitPlan { name: self.name, method, seed: self.seed, parts, hold_out: self.hold_out })
    }
}

#[allow(clippy::print_stdout, reason = "the output of a recipe is its log")]
fn run(folder: &Folder) -> Result<(), RecipeError> {
    let plan = folder.arguments::<Arguments>()?.plan()?;
    let table = folder.input(TABLE_FILE)?;
    let assignment = folder.at("assignment.parquet");
    let split = hven_data::make_split(&table, &plan, &assignment)?;
    folder.make_folder(PARTS_FOLDER)?;
    let path_of = |part: &str| folder.at(PARTS_FOLDER).join(format!("{part}.parquet"));
    hven_data::write_parts(&table, &assignment, &split, &path_of)?;
    let method = match &plan.method {
        SplitMethod::Random => format!("random, seed {}", plan.seed),
        SplitMethod::Stratified { column } => format!("stratified by {column}, seed {}", plan.seed),
        SplitMethod::ByKey { columns } => format!("by key {}, seed {}", columns.join(", "), plan.seed),
    };
    let method = match &split.repeats {
        Some(counted) => format!("{method}; {counted}, and equal rows are in one part"),
        None => method,
    };
    let parts: Vec<_> =
        plan.parts.iter().zip(&split.rows).map(|(share, rows)| json!({ "name": share.part, "rows": rows })).collect();
    let all = split.rows.iter().sum::<u64>().max(1);
    for (share, rows) in plan.parts.iter().zip(&split.rows) {
        println!("{}: {rows} rows, {:.1} %", share.part, 100.0 * *rows as f64 / all as f64);
    }
    if let Some(counted) = &split.repeats {
        println!("{counted}: equal rows are in one part, so the shares are approximate");
    }
    folder.write_json("split.json", &json!({ "schema": "hven.split/1", "method": method, "parts": parts }))
}
