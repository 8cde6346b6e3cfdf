//! Puts the outputs of a run back into the folder, also empty folders. Each file is complete or not there at all. Links that lead
//! out of the folder are not created.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use hven_api::runs::{FileRef, RunCreated, RunDetail, SubmitRun};
use hven_client::Client;
use hven_core::{file_name, links::Tree, object::Listing, workflow::PutBack};
use hven_terminal::{ErrorReport, Output};

use crate::{
    being_written,
    context::Context,
    kept_files::{self, Bytes, IfOccupied, leads_there, lies_there, place_in, put_file, put_link},
};

fn add(total: &mut PutBack, more: PutBack) {
    total.files += more.files;
    total.replaced += more.replaced;
    total.folders += more.folders;
}

/// The result of a submission.
#[derive(Debug)]
pub enum Submission {
    Started(RunCreated),
    /// This run did the same work before, and its outputs are in place.
    DoneBefore {
        created: RunCreated,
        run: Box<RunDetail>,
        restored: PutBack,
    },
}

/// Submits work. If the same work was done before, its outputs are put in place. If one of them is damaged, the work is done
/// again, with a note.
pub fn submit_or_put_back(
    client: &Client,
    submit: &SubmitRun,
    context: &Context,
    output: &mut dyn Output,
) -> anyhow::Result<Submission> {
    let created = client.submit(submit)?;
    if !created.up_to_date {
        return Ok(Submission::Started(created));
    }
    let run = client.run(&created.run.id)?;
    match restore_outputs(client, &run, context, output) {
        Ok(restored) => Ok(Submission::DoneBefore { created, run: Box::new(run), restored }),
        // The store detects damage when it reads. After that, the server does not accept the output for a look-up.
        Err(error) if client.look_up(submit).is_ok_and(|looked| !looked.up_to_date) => {
            output.note(&format!("run again, because {}", ErrorReport::of(&error).message));
            Ok(Submission::Started(client.submit(submit)?))
        }
        Err(error) => Err(error),
    }
}

/// Puts the outputs of a run in place. It writes none of them if a current run has one of these files as its output.
fn restore_outputs(
    client: &Client,
    run: &RunDetail,
    context: &Context,
    output: &mut dyn Output,
) -> anyhow::Result<PutBack> {
    let why = |file: &FileRef| {
        let path = file_name::shown(&file.path);
        format!("the output {path} of run {} cannot be put in place", run.summary.handle)
    };
    let mut paths = Vec::new();
    let mut incomplete = Vec::with_capacity(run.output_files.len());
    for file in &run.output_files {
        let missing = missing_parts(client, &context.cwd, file).with_context(|| why(file))?;
        if missing.is_any() {
            incomplete.push(file);
        }
        paths.extend(missing.paths);
    }
    being_written::refuse(client, &paths)?;
    let mut restored = PutBack::default();
    for file in incomplete {
        add(&mut restored, restore(client, &context.cwd, file, output).with_context(|| why(file))?);
    }
    Ok(restored)
}

/// The parts of an output that are missing in the folder.
#[derive(Debug, Default)]
struct MissingParts {
    /// The paths of missing files, links and empty folders.
    paths: Vec<PathBuf>,
    /// Whether there is a link that leads out of the folder. It is not put back; a note reports it.
    has_link_outside: bool,
}

impl MissingParts {
    fn is_any(&self) -> bool {
        self.has_link_outside || !self.paths.is_empty()
    }
}

/// Finds the parts of an output that are missing. Writes nothing.
fn missing_parts(client: &Client, cwd: &Path, file: &FileRef) -> anyhow::Result<MissingParts> {
    let path = cwd.join(file_name::from_text(&file.path));
    let mut missing = MissingParts::default();
    if file.kind != "folder" {
        if !lies_there(&path, &file.digest) {
            missing.paths.push(path);
        }
        return Ok(missing);
    }
    let listing = kept_files::listing(client, &file.digest)?;
    missing.paths.extend(empty_folders(&path, &listing)?.into_iter().filter(|folder| !folder.is_dir()));
    for listed in &listing.files {
        let full = place_in(&path, &listed.path)?;
        if !lies_there(&full, &listed.digest.to_string()) {
            missing.paths.push(full);
        }
    }
    let tree = Tree::of(&listing);
    for link in &listing.links {
        let full = place_in(&path, &link.path)?;
        if tree.lead(link).stays_within() {
            let is_there = leads_there(&full, &file_name::to_path(&link.target));
            missing.paths.extend((!is_there).then_some(full));
        } else {
            missing.has_link_outside = true;
        }
    }
    Ok(missing)
}

/// Puts an output in place where it is missing or differs.
fn restore(client: &Client, cwd: &Path, file: &FileRef, output: &mut dyn Output) -> anyhow::Result<PutBack> {
    let path = cwd.join(file_name::from_text(&file.path));
    if file.kind != "folder" {
        return restore_file(client, &path, Bytes { digest: &file.digest, executable: false });
    }
    let listing = kept_files::listing(client, &file.digest)?;
    let mut restored = restore_folders(&path, &listing)?;
    for listed in &listing.files {
        let full = place_in(&path, &listed.path)?;
        let digest = listed.digest.to_string();
        let bytes = Bytes { digest: &digest, executable: listed.executable };
        add(&mut restored, restore_file(client, &full, bytes)?);
    }
    // Links come last, so that no file is written through one.
    let tree = Tree::of(&listing);
    for link in &listing.links {
        let full = place_in(&path, &link.path)?;
        if tree.lead(link).stays_within() {
            add(&mut restored, restore_link(&full, &file_name::to_path(&link.target))?);
        } else {
            output.note(&format!(
                "not put back: {} was a link to {}, outside of its folder",
                file_name::shown(&file_name::to_text(&full)),
                file_name::shown(&link.target)
            ));
        }
    }
    Ok(restored)
}

/// The empty folders of a listing below `path`. If the listing is empty, the folder `path` itself.
fn empty_folders(path: &Path, listing: &Listing) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = Vec::with_capacity(listing.folders.len() + 1);
    for folder in &listing.folders {
        folders.push(place_in(path, folder)?);
    }
    if listing.files.is_empty() && listing.links.is_empty() && folders.is_empty() {
        folders.push(path.to_owned());
    }
    Ok(folders)
}

/// Creates the empty folders of a listing.
fn restore_folders(path: &Path, listing: &Listing) -> anyhow::Result<PutBack> {
    let mut made = PutBack::default();
    for folder in empty_folders(path, listing)? {
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            made.folders += 1;
        }
    }
    Ok(made)
}

/// Creates a link. It replaces a file or link at the path, but not a folder.
fn restore_link(path: &Path, target: &Path) -> anyhow::Result<PutBack> {
    if leads_there(path, target) {
        return Ok(PutBack::default());
    }
    let restored = count_one(path);
    put_link(path, target, IfOccupied::Replace)?;
    Ok(restored)
}

fn restore_file(client: &Client, path: &Path, bytes: Bytes<'_>) -> anyhow::Result<PutBack> {
    if lies_there(path, bytes.digest) {
        return Ok(PutBack::default());
    }
    let restored = count_one(path);
    put_file(client, path, bytes, IfOccupied::Replace)?;
    Ok(restored)
}

/// The count for one file or link that will be put at a path. It counts as replaced if the path exists now.
fn count_one(path: &Path) -> PutBack {
    PutBack { files: 1, replaced: u64::from(path.symlink_metadata().is_ok()), folders: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_folders_are_created_only_inside_the_output_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let out = place.path().join("out");
        let listing = |folders: &[&str]| Listing {
            folders: folders.iter().map(|path| (*path).to_owned()).collect(),
            ..Listing::default()
        };
        let made = |listing: &Listing| restore_folders(&out, listing).map(|made| made.folders);
        assert_eq!(made(&listing(&[])).expect("made"), 1, "the folder itself");
        assert_eq!(made(&listing(&["a", "b/\u{eff6}"])).expect("made"), 2);
        assert_eq!(made(&listing(&["a", "b/\u{eff6}"])).expect("there"), 0);
        assert!(out.join("a").is_dir() && out.join("b").join(file_name::from_text("\u{eff6}")).is_dir());
        assert!(made(&listing(&["../elsewhere"])).is_err());
        assert!(!place.path().join("elsewhere").exists());
    }
}
