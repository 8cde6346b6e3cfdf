//! Brings a table into the catalogue, or divides one, and waits for it.

use std::path::Path;

use hven_api::datasets::{AddDataset, DatasetRun, DatasetSummary};
use hven_capture::files;
use hven_client::{Client, Failure};
use hven_terminal::{Output, Watched};

use crate::host::Watch;

/// Sends the bytes of a table and answers how the record names them.
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

/// How making something for the catalogue ended.
#[derive(Debug)]
pub enum Made {
    Dataset {
        dataset: Box<DatasetSummary>,
        run: DatasetRun,
    },
    /// The run did not end well.
    Failed(Watched),
}

/// Imports and waits for the version.
pub fn import(client: &Client, new: &AddDataset, watch: &impl Watch, output: &mut dyn Output) -> anyhow::Result<Made> {
    let created = client.add_dataset(new)?;
    finish(client, created, &format!("importing {}", new.name), watch, output)
}

pub fn finish(
    client: &Client,
    created: DatasetRun,
    what: &str,
    watch: &impl Watch,
    output: &mut dyn Output,
) -> anyhow::Result<Made> {
    if let Some(dataset) = created.dataset.clone() {
        return Ok(Made::Dataset { dataset: Box::new(dataset), run: created });
    }
    let watched = watch.watch(&created.run.id, what, output)?;
    if !watched.is_done() {
        return Ok(Made::Failed(watched));
    }
    let dataset = client.dataset_of_run(&created.run.id)?.ok_or_else(|| {
        Failure::new("conflict", format!("run {} is done, but its result is not in the catalogue", created.run.handle))
    })?;
    Ok(Made::Dataset { dataset: Box::new(dataset), run: created })
}

/// The name of a split when nothing is said.
pub const SPLIT: &str = "split";
