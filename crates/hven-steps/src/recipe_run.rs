//! A run of a recipe: its submission, and the tables that it is given.

use hven_api::runs::{FileRef, SubmitRecipe, SubmitRun};
use hven_client::Client;
use serde_json::Value;

/// Under which names the recipe `law` finds its tables.
pub const DATA: &str = "table.parquet";
pub const HOLD_OUT: &str = "hold_out.parquet";

/// A run of a recipe.
pub fn submission(
    project: Option<String>,
    name: &str,
    recipe: &str,
    arguments: Value,
    inputs: Vec<FileRef>,
) -> SubmitRun {
    SubmitRun {
        project,
        name: Some(name.to_owned()),
        recipe: Some(SubmitRecipe { name: recipe.to_owned(), arguments }),
        inputs,
        outputs: ["law.json", "plots", "rows.csv"].map(str::to_owned).to_vec(),
        ..SubmitRun::default()
    }
}

/// The bytes of a dataset or a part of it, as a recipe is given them.
pub fn table(client: &Client, dataset: &str, project: Option<&str>, path: &str) -> anyhow::Result<FileRef> {
    Ok(FileRef { path: path.to_owned(), ..client.dataset_table(dataset, project)? })
}
