//! The recipe `split`: a table is divided into parts, each a table of its own.

use std::collections::BTreeMap;

use hven_core::dataset::split::{Share, SplitMethod, SplitPlan};
use hven_data::TABLE_FILE;
use serde::Deserialize;
use serde_json::json;

use crate::folder::{Folder, RecipeError};

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

#[allow(clippy::print_stdout, reason = "what a recipe prints is its log")]
pub(crate) fn run(folder: &Folder) -> Result<(), RecipeError> {
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
    let parts: Vec<_> =
        plan.parts.iter().zip(&split.rows).map(|(share, rows)| json!({ "name": share.part, "rows": rows })).collect();
    for (share, rows) in plan.parts.iter().zip(&split.rows) {
        println!("{}: {rows} rows", share.part);
    }
    folder.write_json("split.json", &json!({ "schema": "hven.split/1", "method": method, "parts": parts }))
}
