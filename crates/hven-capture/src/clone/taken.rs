//! The code of a commit, uploaded and named as a run needs it.

use std::path::Path;

use anyhow::Context as _;
use hven_api::runs::{CaptureNote, FileRef};
use hven_client::{Client, Failure};
use hven_core::{
    key_file::is_key_file,
    object::{ListedFile, ListedLink},
};

use super::{
    above::{self, Above},
    programs::below,
    unpack::{TREE, refuse_what_is_no_place, unpacked},
};
use crate::{
    files::{self, Reading},
    found::{self, Found, Search},
    git,
};

/// More files than this are not uploaded for one run.
const FILES_MAX: usize = 100_000;

/// Which code is wanted: what the record says of it.
#[derive(Debug)]
pub struct Of<'a> {
    pub commit: &'a str,
    pub prefix: &'a str,
    pub diff: Option<&'a str>,
    pub untracked: &'a [FileRef],
    /// What was noted when it was taken down.
    pub notes: &'a [CaptureNote],
}

/// Code that was uploaded.
#[derive(Debug, Default)]
pub struct Taken {
    /// Relative to the run's folder.
    pub code: Vec<FileRef>,
    /// Beside that folder, relative to the repository's root.
    pub above: Vec<FileRef>,
    /// How many files of the commit are code above the folder, and are not among these.
    pub above_left_out: u64,
}

/// Uploads the files and names them relative to the run's folder; `None` when there is no clone here that has the commit.
pub fn files_of(client: &Client, cwd: &Path, of: &Of<'_>) -> anyhow::Result<Option<Vec<FileRef>>> {
    Ok(taken(client, cwd, of, false)?.map(|taken| taken.code))
}

/// The same with code above the folder.
pub fn with_what_lies_above(client: &Client, cwd: &Path, of: &Of<'_>) -> anyhow::Result<Option<Taken>> {
    taken(client, cwd, of, true)
}

pub(super) fn taken(client: &Client, cwd: &Path, of: &Of<'_>, with_above: bool) -> anyhow::Result<Option<Taken>> {
    let Of { commit, prefix, diff, untracked, notes } = *of;
    let Some(root) = git::find(cwd) else { return Ok(None) };
    refuse_what_is_no_place(commit, prefix)?;
    if git::git(&root, &["cat-file", "-e", &format!("{commit}^{{commit}}")], &[]).is_err() {
        return Ok(None);
    }
    let mut patch = Vec::new();
    if let Some(diff) = diff {
        client.object(diff, &mut patch)?;
    }
    let place = tempfile::tempdir().context("no folder for the code can be made")?;
    let has_above = with_above && !prefix.is_empty();
    let above = if has_above { above::of_commit(&root, commit, prefix)? } else { Above::default() };
    let folder = unpacked(&root, commit, prefix, &above, &patch, place.path())?;
    // Where the files are named from, and what the run's folder is called there.
    let (base, within) = if with_above { (place.path().join(TREE), prefix) } else { (folder, "") };
    let mut found = Found::default();
    if base.is_dir() {
        let is_key_file = |path: &Path| is_key_file(&path.to_string_lossy());
        found = found::find(&base, &Search { is_key_file: &is_key_file, ..Search::of_all(FILES_MAX, false) })?;
    }
    if found.len() > FILES_MAX {
        return Err(Failure::new("code.too_large", format!("commit {commit} has more than {FILES_MAX} files")).into());
    }
    let (mut listing, kept) = files::list(&base, found, Reading::Beneath)?;
    files::send(client, &[], &kept)?;
    for file in untracked {
        let path = match below(prefix, &file.path) {
            _ if with_above => file.path.clone(),
            Some(path) => path.to_owned(),
            None => continue,
        };
        let digest = file.digest.parse()?;
        // What is named takes the place of what the commit has.
        listing.files.retain(|other| other.path != path);
        listing.files.push(ListedFile { path, digest, size: file.size, executable: false });
    }
    // Links that are neither in the commit nor in the patch; the others were found.
    for note in notes {
        if let CaptureNote::Link { path, target } = note
            && !Path::new(path).is_absolute()
        {
            let path = if within.is_empty() { path.clone() } else { format!("{within}/{path}") };
            listing.links.retain(|other| other.path != path);
            listing.links.push(ListedLink { path, target: target.clone() });
        }
    }
    let mut taken = Taken { above_left_out: above.left_out.len() as u64, ..Taken::default() };
    // What code reads through a link within, it finds there as a file; what a link out leads to is no code.
    for ListedFile { path, digest, size, .. } in listing.through_links() {
        let named = |path: String| FileRef { path, digest: digest.to_string(), size, kind: "file".to_owned() };
        match below(within, &path) {
            Some(path) => taken.code.push(named(path.to_owned())),
            None => taken.above.push(named(path)),
        }
    }
    Ok(Some(taken))
}
