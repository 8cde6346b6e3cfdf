//! The recipe `extremes`: the least and the largest number of a column.

use hven_core::recipe::{Argument, Input, InputKind, Kind, Output, OutputKind, Schema, Text};
use hven_data::{TABLE_FILE, Table};
use serde::Deserialize;
use serde_json::json;

use crate::{
    folder::{Folder, RecipeError},
    metrics::Metrics,
    recipe::Recipe,
};

const EXTREMES_FILE: &str = "extremes.json";

pub(crate) const RECIPE: Recipe = Recipe {
    schema: Schema {
        name: "extremes",
        summary: Text {
            en: "Find the least and the largest number of a column", zh: "求某列的最小值和最大值"
        },
        inputs: &[Input {
            key: "table",
            path: TABLE_FILE,
            kind: InputKind::Table,
            required: true,
            help: Text { en: "The dataset", zh: "数据集" },
        }],
        arguments: &[
            Argument::new("column", Kind::Column, "The column to look at", "要查看的列").required(),
            Argument::new("digits", Kind::Whole { min: 0, max: 15 }, "How many digits are kept", "保留的小数位数")
                .or("6"),
        ],
        outputs: &[Output {
            path: EXTREMES_FILE,
            kind: OutputKind::File,
            help: Text { en: "Both numbers", zh: "两个数值" },
        }],
        ..Schema::NEW
    },
    run,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    column: String,
    digits: Option<i32>,
}

#[allow(clippy::print_stdout, reason = "what a recipe prints is its log")]
fn run(folder: &Folder) -> Result<(), RecipeError> {
    let Arguments { column, digits } = folder.arguments()?;
    let table = Table::open(&folder.input(TABLE_FILE)?)?;
    let scale = 10_f64.powi(digits.unwrap_or(6));
    let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
    for found in table.numbers(&[column.as_str()])? {
        for value in found.values.into_iter().flatten() {
            (least, largest) = (least.min(value), largest.max(value));
        }
    }
    let (least, largest) = ((least * scale).round() / scale, (largest * scale).round() / scale);
    let mut metrics = Metrics::of_process();
    let logged = metrics.log("least", least).and_then(|()| metrics.log("largest", largest));
    logged.map_err(|source| RecipeError::Write { path: "the metrics".to_owned(), source })?;
    println!("{column}: {least} to {largest}");
    folder.write_json(EXTREMES_FILE, &json!({ "column": column, "least": least, "largest": largest }))
}
