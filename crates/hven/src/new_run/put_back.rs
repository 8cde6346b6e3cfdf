//! Puts the outputs of a run in place again, empty folders too: each is there whole or not at all, and links that lead out
//! are not made.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use hven_api::runs::{FileRef, RunCreated, RunDetail, SubmitRun};
use hven_client::Client;
use hven_core::{file_name, links::Tree, object::Listing, workflow::PutBack};
use hven_terminal::{Output, Told};

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

/// What came of a submission.
#[derive(Debug)]
pub enum Submission {
    Begun(RunCreated),
    /// The same work was done before, by this run, and its outputs are in place.
    DoneBefore {
        created: RunCreated,
        run: Box<RunDetail>,
        restored: PutBack,
    },
}

/// Submits work. Outputs of the same work, done before, are put in place; when one of them turns out to be damaged, the work is
/// done again, and that is said.
pub fn submit_or_put_back(
    client: &Client,
    submit: &SubmitRun,
    context: &Context,
    output: &mut dyn Output,
) -> anyhow::Result<Submission> {
    let created = client.submit(submit)?;
    if !created.up_to_date {
        return Ok(Submission::Begun(created));
    }
    let run = client.run(&created.run.id)?;
    match restore_outputs(client, &run, context, output) {
        Ok(restored) => Ok(Submission::DoneBefore { created, run: Box::new(run), restored }),
        // The store notices damage when it reads, and answers with such an output no more.
        Err(error) if client.look_up(submit).is_ok_and(|looked| !looked.up_to_date) => {
            output.note(&format!("run again, because {}", Told::of(&error).message));
            Ok(Submission::Begun(client.submit(submit)?))
        }
        Err(error) => Err(error),
    }
}

/// Puts the outputs of a run in place: none of them, when a run that writes now has a file among its outputs that would be put.
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
    let mut wanting = Vec::with_capacity(run.output_files.len());
    for file in &run.output_files {
        let lacks = lacks(client, &context.cwd, file).with_context(|| why(file))?;
        if lacks.is_anything() {
            wanting.push(file);
        }
        paths.extend(lacks.paths);
    }
    being_written::refuse(client, &paths)?;
    let mut restored = PutBack::default();
    for file in wanting {
        add(&mut restored, restore(client, &context.cwd, file, output).with_context(|| why(file))?);
    }
    Ok(restored)
}

/// What an output lacks where it belongs.
#[derive(Debug, Default)]
struct Lacks {
    /// Where files, links and empty folders are to be put.
    paths: Vec<PathBuf>,
    /// There is a link that is not put back, which is said.
    has_link_outside: bool,
}

impl Lacks {
    fn is_anything(&self) -> bool {
        self.has_link_outside || !self.paths.is_empty()
    }
}

/// Finds out what an output lacks; writes nothing.
fn lacks(client: &Client, cwd: &Path, file: &FileRef) -> anyhow::Result<Lacks> {
    let path = cwd.join(file_name::from_text(&file.path));
    let mut lacks = Lacks::default();
    if file.kind != "folder" {
        if !lies_there(&path, &file.digest) {
            lacks.paths.push(path);
        }
        return Ok(lacks);
    }
    let listing = kept_files::listing(client, &file.digest)?;
    lacks.paths.extend(folders_of(&path, &listing)?.into_iter().filter(|folder| !folder.is_dir()));
    for listed in &listing.files {
        let full = place_in(&path, &listed.path)?;
        if !lies_there(&full, &listed.digest.to_string()) {
            lacks.paths.push(full);
        }
    }
    let tree = Tree::of(&listing);
    for link in &listing.links {
        let full = place_in(&path, &link.path)?;
        if tree.lead(link).stays_within() {
            let is_there = leads_there(&full, &file_name::to_path(&link.target));
            lacks.paths.extend((!is_there).then_some(full));
        } else {
            lacks.has_link_outside = true;
        }
    }
    Ok(lacks)
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
    // Last of all, so that no file is written through one.
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

/// The empty folders of a listing below `path`, and that folder itself when there is nothing else in it.
fn folders_of(path: &Path, listing: &Listing) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = Vec::with_capacity(listing.folders.len() + 1);
    for folder in &listing.folders {
        folders.push(place_in(path, folder)?);
    }
    if listing.files.is_empty() && listing.links.is_empty() && folders.is_empty() {
        folders.push(path.to_owned());
    }
    Ok(folders)
}

/// Makes the empty folders of a listing.
fn restore_folders(path: &Path, listing: &Listing) -> anyhow::Result<PutBack> {
    let mut made = PutBack::default();
    for folder in folders_of(path, listing)? {
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            made.folders += 1;
        }
    }
    Ok(made)
}

/// Puts a link in place of a file or link there; a folder there stays.
fn restore_link(path: &Path, target: &Path) -> anyhow::Result<PutBack> {
    if leads_there(path, target) {
        return Ok(PutBack::default());
    }
    let restored = one(path);
    put_link(path, target, IfOccupied::Replace)?;
    Ok(restored)
}

fn restore_file(client: &Client, path: &Path, bytes: Bytes<'_>) -> anyhow::Result<PutBack> {
    if lies_there(path, bytes.digest) {
        return Ok(PutBack::default());
    }
    let restored = one(path);
    put_file(client, path, bytes, IfOccupied::Replace)?;
    Ok(restored)
}

/// One file or link that is put at a path: whether something lies there now.
fn one(path: &Path) -> PutBack {
    PutBack { files: 1, replaced: u64::from(path.symlink_metadata().is_ok()), folders: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_folders_are_made_within_their_folder() {
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
