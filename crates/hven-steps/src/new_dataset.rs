//! Adds a table to the catalogue, or divides one, and waits for the result.

use std::path::Path;

use hven_api::datasets::{AddDataset, DatasetRun, DatasetSummary};
use hven_capture::files;
use hven_client::{Client, Failure};
use hven_terminal::{Output, Watched};

use crate::host::Watch;

/// Sends the bytes of a table. Returns the reference to them for the record.
pub fn send(client: &Client, cwd: &Path, file: &Path) -> anyhow::Result<hven_api::runs::FileRef> {
    let input = files::input(cwd, file, false)?;
    if input.file.kind == "folder" {
        return Err(Failure::new("invalid", format!("{} is a folder", file.display()))
            .hint("name the file of the table")
            .into());
    }
    files::send(client, &[], &input.kept)?;
    Ok(input.file)
}

/// The result of adding a dataset to the catalogue.
#[derive(Debug)]
pub enum NewDatasetResult {
    Dataset {
        dataset: Box<DatasetSummary>,
        run: DatasetRun,
    },
    /// The run did not succeed.
    Failed(Watched),
}

/// Imports a table and waits for the dataset.
pub fn import(
    client: &Client,
    new: &AddDataset,
    watch: &impl Watch,
    output: &mut dyn Output,
) -> anyhow::Result<NewDatasetResult> {
    let created = client.add_dataset(new)?;
    finish(client, created, &format!("importing {}", new.name), watch, output)
}

/// Waits for the dataset of a run. `what` names the run in the progress line.
pub fn finish(
    client: &Client,
    created: DatasetRun,
    what: &str,
    watch: &impl Watch,
    output: &mut dyn Output,
) -> anyhow::Result<NewDatasetResult> {
    if let Some(dataset) = created.dataset.clone() {
        return Ok(NewDatasetResult::Dataset { dataset: Box::new(dataset), run: created });
    }
    let watched = watch.watch(&created.run.id, what, output)?;
    if !watched.is_done() {
        return Ok(NewDatasetResult::Failed(watched));
    }
    let dataset = client.dataset_of_run(&created.run.id)?.ok_or_else(|| {
        Failure::new("conflict", format!("run {} is done, but its result is not in the catalogue", created.run.handle))
    })?;
    Ok(NewDatasetResult::Dataset { dataset: Box::new(dataset), run: created })
}

/// The default name of a split.
pub const SPLIT: &str = "split";
