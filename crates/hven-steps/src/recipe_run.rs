//! A run of a recipe: its submission, and what it is given to read.

use std::path::Path;

use hven_api::runs::{FileRef, SubmitRecipe, SubmitRun};
use hven_capture::files;
use hven_client::Client;
use hven_core::recipe::{Input, Schema};
use serde_json::{Map, Value};

/// A run of a recipe.
pub fn submission(
    project: Option<String>,
    name: &str,
    schema: &Schema,
    arguments: Map<String, Value>,
    inputs: Vec<FileRef>,
) -> SubmitRun {
    SubmitRun {
        project,
        name: Some(name.to_owned()),
        recipe: Some(SubmitRecipe { name: schema.name.to_owned(), arguments: Value::Object(arguments) }),
        inputs,
        outputs: schema.output_paths(),
        ..SubmitRun::default()
    }
}

/// The bytes of a dataset or a part of it, as a recipe is given them.
pub fn table(client: &Client, dataset: &str, project: Option<&str>, path: &str) -> hven_client::Result<FileRef> {
    Ok(FileRef { path: path.to_owned(), ..client.dataset_table(dataset, project)? })
}

/// A file or folder, sent to the home, as a recipe is given it.
pub fn file(client: &Client, cwd: &Path, file: &Path, input: &Input) -> anyhow::Result<FileRef> {
    let taken = files::input(cwd, file, false)?;
    files::send(client, &[], &taken.kept)?;
    Ok(FileRef { path: place(input.path, file), ..taken.file })
}

/// Where a file lies in the recipe's folder.
fn place(path: &str, file: &Path) -> String {
    let Some(stem) = path.strip_suffix(".*") else { return path.to_owned() };
    match file.extension().and_then(|ending| ending.to_str()) {
        Some(ending) => format!("{stem}.{ending}"),
        None => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_keeps_the_ending_where_the_recipe_says_so() {
        assert_eq!(place("source.*", Path::new("data/a.tsv")), "source.tsv");
        assert_eq!(place("source.*", Path::new("data/a")), "source");
        assert_eq!(place("picture.png", Path::new("a.jpg")), "picture.png");
    }
}
