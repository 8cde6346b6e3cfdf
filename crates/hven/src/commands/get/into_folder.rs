//! Puts files below a folder; nothing, when something else is in the way.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use hven_api::runs::RunName;
use hven_client::Client;
use hven_core::file_name;
use hven_terminal::{Did, Got, GotFile, Output, exit};

use super::{
    entries::{Entry, Kept, What},
    places,
    source::Source,
};
use crate::{being_written, unfinished};

/// Puts everything below a folder; nothing, when something else is in the way.
pub(super) fn put(
    source: &Source<'_>,
    client: &Client,
    kept: &Kept,
    into: &Path,
    force: bool,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let entries = places::each_its_own(&kept.entries)?;
    let planned = places::plan(entries, into, force)?;
    let replaced = planned.iter().filter(|(_, did)| *did == Did::Replaced);
    being_written::refuse(client, &replaced.map(|(entry, _)| into.join(&entry.place)).collect::<Vec<_>>())?;
    let folders: BTreeSet<PathBuf> =
        planned.iter().filter_map(|(entry, _)| into.join(&entry.place).parent().map(Path::to_owned)).collect();
    for folder in &folders {
        unfinished::remove_left_behind(folder);
    }
    let mut files = Vec::with_capacity(planned.len());
    let mut failed = None;
    for (entry, did) in planned {
        if let What::LinkOutside { target } = &entry.what {
            output.note(&format!(
                "not made: {} was a link to {}, outside of its folder",
                file_name::shown(&entry.path),
                file_name::shown(target)
            ));
        } else if let Err(error) = places::put(client, into, entry, did, force) {
            let (noun, path) = (source.side.noun(), file_name::shown(&entry.path));
            failed = Some(error.context(format!("the {noun} {path} of run {} cannot be fetched", source.handle())));
            break;
        }
        files.push(told(entry, did));
    }
    // Also when something went wrong in the middle: this is there.
    if !files.is_empty() || (kept.missing.is_empty() && failed.is_none()) {
        let run = RunName { id: source.run.summary.id.clone(), handle: source.handle().to_owned() };
        output.reply(&Got { schema: "hven.got/1", run, folder: file_name::to_text(into), files })?;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    source.require_bytes(kept)?;
    Ok(exit::OK)
}

fn told(entry: &Entry, did: Did) -> GotFile {
    let (kind, bytes, target) = match &entry.what {
        What::File { size, .. } => ("file", Some(*size), None),
        What::Folder => ("folder", None, None),
        What::Link { target } => ("link", None, Some(file_name::to_text(target))),
        What::LinkOutside { target } => ("link", None, Some(target.clone())),
    };
    GotFile { path: entry.path.clone(), place: file_name::to_text(&entry.place), kind, bytes, target, did }
}
