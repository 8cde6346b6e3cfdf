//! Writes tables of datasets as Parquet files for commands: for `-i dataset:planets`, and for the inputs of steps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use hven_api::runs::FileRef;
use hven_client::{Client, Failure};
use hven_core::catalogue::DatasetRef;
use hven_steps::table_path::{TABLES, path_of};
use hven_terminal::Output;

use crate::{
    context::Context,
    kept_files::{Bytes, IfOccupied, lies_there, put_file},
};

/// The prefix of an input that is a dataset and no file.
const DATASET: &str = "dataset:";

/// The name of the dataset whose table has this recorded path, and the same dataset as an input.
pub fn dataset_of_path(recorded: &str) -> Option<(&str, PathBuf)> {
    let called = recorded.strip_prefix(TABLES)?.strip_prefix('/')?.strip_suffix(".parquet")?;
    called.parse::<DatasetRef>().is_ok().then(|| (called, PathBuf::from(format!("{DATASET}{called}"))))
}

/// Writes a table to its path below `folder`, unless it is there already.
pub fn put(client: &Client, folder: &Path, called: &str, table: &FileRef) -> anyhow::Result<()> {
    let full = folder.join(path_of(called));
    if lies_there(&full, &table.digest) {
        return Ok(());
    }
    let folder = folder.join(TABLES);
    let unwritable = || format!("{} cannot be written", folder.display());
    fs::create_dir_all(&folder).with_context(unwritable)?;
    // Fetched tables are no code: git ignores them.
    fs::write(folder.join(".gitignore"), "*\n").with_context(unwritable)?;
    put_file(client, &full, Bytes { digest: &table.digest, executable: false }, IfOccupied::Replace)
}

/// The inputs of a command as paths. The table of a dataset is written to the folder first. An unknown path that is the
/// name of a dataset is refused, with the correct form as a hint.
pub fn inputs(
    named: &[PathBuf],
    project: Option<&str>,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::with_capacity(named.len());
    for input in named {
        let is_there = context.cwd.join(input).symlink_metadata().is_ok();
        let Some(text) = input.to_str().filter(|_| !is_there) else {
            paths.push(input.clone());
            continue;
        };
        if let Some(dataset) = text.strip_prefix(DATASET) {
            paths.push(fetch(dataset, project, context, client, output)?);
        } else {
            refuse_dataset(text, project, context, client)?;
            paths.push(input.clone());
        }
    }
    Ok(paths)
}

/// The inputs of a command that are paths. Requires that the datasets among the inputs exist; nothing is written.
pub fn require(
    named: &[PathBuf],
    project: Option<&str>,
    context: &Context,
    client: &Client,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::with_capacity(named.len());
    for input in named {
        let is_there = context.cwd.join(input).symlink_metadata().is_ok();
        match input.to_str().filter(|_| !is_there) {
            Some(text) => match text.strip_prefix(DATASET) {
                Some(dataset) => look_up(dataset, project, context, client).map(drop)?,
                None => {
                    refuse_dataset(text, project, context, client)?;
                    paths.push(input.clone());
                }
            },
            None => paths.push(input.clone()),
        }
    }
    Ok(paths)
}

/// Writes the table of a dataset to the folder of the run, reports its path, and returns it.
fn fetch(
    text: &str,
    project: Option<&str>,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<PathBuf> {
    let FoundDataset { called, exact, table } = look_up(text, project, context, client)?;
    put(client, &context.cwd, &called, &table)?;
    let path = path_of(&called);
    output.note(&format!("the command finds {exact} in {path}"));
    Ok(PathBuf::from(path))
}

/// A dataset that is an input.
struct FoundDataset {
    /// As it was named, and (below) with its version.
    called: String,
    exact: String,
    table: FileRef,
}

fn look_up(text: &str, project: Option<&str>, context: &Context, client: &Client) -> anyhow::Result<FoundDataset> {
    let dataset: DatasetRef = text.parse().map_err(|error: hven_core::Malformed| {
        Failure::new("invalid", format!("the input {DATASET}{text} cannot be read: {error}"))
            .hint("write dataset:planets, dataset:planets@2 or dataset:planets@2.train")
    })?;
    let called = dataset.to_string();
    // The version is looked up first, so that the reported and the read version are the same.
    let found = context.in_project(project, |project| client.dataset(&called, project))?.summary;
    let exact = match &dataset.part {
        Some(part) => format!("{}.{part}", found.reference),
        None => found.reference,
    };
    let table = client.dataset_table(&exact, Some(&found.project))?;
    Ok(FoundDataset { called, exact, table })
}

/// Refuses the name of a dataset that was given as a file. Other names are checked where the files are read.
fn refuse_dataset(text: &str, project: Option<&str>, context: &Context, client: &Client) -> anyhow::Result<()> {
    let Ok(dataset) = text.parse::<DatasetRef>() else { return Ok(()) };
    let is_dataset = match &dataset.part {
        None => context.in_project(project, |project| client.dataset(text, project)).is_ok(),
        // `planets.csv` names a part of a dataset only if that part exists.
        Some(_) => context.in_project(project, |project| client.dataset_table(text, project)).is_ok(),
    };
    if !is_dataset {
        return Ok(());
    }
    let failure =
        Failure::new("file.missing", format!("the input {text} is no file here: it is the name of a dataset"));
    let path = path_of(text);
    Err(failure
        .hint(format!(
            "-i {DATASET}{text} writes the table to {path}, where the command reads it; `hven data export {text} -o {text}.csv` \
             writes a file of your own"
        ))
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_table_identifies_its_dataset() {
        let check = |recorded: &str, wanted: Option<&str>| {
            let named = dataset_of_path(recorded);
            assert_eq!(named.as_ref().map(|(called, _)| *called), wanted, "{recorded}");
            if let Some((called, input)) = named {
                assert_eq!((path_of(called).as_str(), input), (recorded, PathBuf::from(format!("dataset:{called}"))));
            }
        };
        check(".hven-data/planets.parquet", Some("planets"));
        check(".hven-data/planets@2.train.parquet", Some("planets@2.train"));
        check(".hven-data/planets.csv", None);
        check(".hven-data/a/b.parquet", None);
        check("planets.parquet", None);
        check(".hven-data-planets.parquet", None);
    }
}
