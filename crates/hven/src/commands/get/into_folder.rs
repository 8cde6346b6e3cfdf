//! Writes files to a folder; writes nothing when an existing file prevents it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use hven_api::runs::RunName;
use hven_client::Client;
use hven_core::file_name;
use hven_terminal::{FetchedFile, FetchedFiles, FileAction, Output, exit};

use super::{
    entries::{Entry, EntryKind, KeptEntries},
    places,
    source::Source,
};
use crate::{being_written, partial_cleanup};

/// Writes all entries to a folder; writes nothing when an existing file prevents it.
pub(super) fn put(
    source: &Source<'_>,
    client: &Client,
    kept: &KeptEntries,
    into: &Path,
    force: bool,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let entries = places::ordered(&kept.entries)?;
    let planned = places::plan(entries, into, force)?;
    let replaced = planned.iter().filter(|(_, did)| *did == FileAction::Replaced);
    being_written::refuse(client, &replaced.map(|(entry, _)| into.join(&entry.place)).collect::<Vec<_>>())?;
    let folders: BTreeSet<PathBuf> =
        planned.iter().filter_map(|(entry, _)| into.join(&entry.place).parent().map(Path::to_owned)).collect();
    for folder in &folders {
        partial_cleanup::remove_left_behind(folder);
    }
    let mut files = Vec::with_capacity(planned.len());
    let mut failed = None;
    for (entry, did) in planned {
        if let EntryKind::LinkOutside { target } = &entry.what {
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
        files.push(got_file(entry, did));
    }
    // After an error in between, the written files are still reported.
    if !files.is_empty() || (kept.missing.is_empty() && failed.is_none()) {
        let run = RunName { id: source.run.summary.id.clone(), handle: source.handle().to_owned() };
        output.reply(&FetchedFiles { schema: "hven.got/1", run, folder: file_name::to_text(into), files })?;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    source.require_bytes(kept)?;
    Ok(exit::OK)
}

fn got_file(entry: &Entry, did: FileAction) -> FetchedFile {
    let (kind, bytes, target) = match &entry.what {
        EntryKind::File { size, .. } => ("file", Some(*size), None),
        EntryKind::Folder => ("folder", None, None),
        EntryKind::Link { target } => ("link", None, Some(file_name::to_text(target))),
        EntryKind::LinkOutside { target } => ("link", None, Some(target.clone())),
    };
    FetchedFile { path: entry.path.clone(), place: file_name::to_text(&entry.place), kind, bytes, target, did }
}
