//! A run of a recipe: its submission and its inputs.

use std::path::Path;

use hven_api::runs::{FileRef, SubmitRecipe, SubmitRun};
use hven_capture::files;
use hven_client::Client;
use hven_core::recipe::{Input, Schema};
use serde_json::{Map, Value};

/// The submission for a run of a recipe.
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

/// The table of a dataset, or of a part of it, as the input of a recipe at `path`.
pub fn table(client: &Client, dataset: &str, project: Option<&str>, path: &str) -> hven_client::Result<FileRef> {
    Ok(FileRef { path: path.to_owned(), ..client.dataset_table(dataset, project)? })
}

/// Sends a file or folder to the home. Returns it as the input of a recipe.
pub fn file(client: &Client, cwd: &Path, file: &Path, input: &Input) -> anyhow::Result<FileRef> {
    let captured = files::input(cwd, file, false)?;
    files::send(client, &[], &captured.kept)?;
    Ok(FileRef { path: input_path(input.path, file), ..captured.file })
}

/// The path of a file in the recipe's folder.
fn input_path(path: &str, file: &Path) -> String {
    let Some(stem) = path.strip_suffix(".*") else { return path.to_owned() };
    match file.extension().and_then(|extension| extension.to_str()) {
        Some(extension) => format!("{stem}.{extension}"),
        None => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_keeps_its_file_extension_if_the_recipe_allows_it() {
        assert_eq!(input_path("source.*", Path::new("data/a.tsv")), "source.tsv");
        assert_eq!(input_path("source.*", Path::new("data/a")), "source");
        assert_eq!(input_path("picture.png", Path::new("a.jpg")), "picture.png");
    }
}
