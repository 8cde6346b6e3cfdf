//! Uploads the code of a commit and names its files as a run needs them.

use std::path::Path;

use anyhow::Context as _;
use hven_api::runs::{CaptureNote, FileRef};
use hven_client::{Client, Failure};
use hven_core::{
    key_file::is_key_file,
    object::{ListedFile, ListedLink},
};

use super::{
    code_above::{self, CodeAbove},
    programs::below,
    unpack::{TREE, check_commit_and_prefix, unpack},
};
use crate::{
    files::{self, Reading},
    folder_search::{self, FolderContents, FolderSearch},
    git,
};

/// At most so many files are uploaded for one run.
const FILES_MAX: usize = 100_000;

/// The code of a record: its commit, folder, patch and untracked files.
#[derive(Debug)]
pub struct RecordedCode<'a> {
    pub commit: &'a str,
    pub prefix: &'a str,
    pub diff: Option<&'a str>,
    pub untracked: &'a [FileRef],
    /// The notes of its capture.
    pub notes: &'a [CaptureNote],
}

/// Uploaded code.
#[derive(Debug, Default)]
pub struct UploadedCode {
    /// Relative to the run's folder.
    pub code: Vec<FileRef>,
    /// Outside of that folder, relative to the repository's root.
    pub above: Vec<FileRef>,
    /// The number of code files of the commit above the folder that were left out.
    pub above_left_out: u64,
}

/// Uploads the files and names them relative to the run's folder; `None` if there is no clone here that has the commit.
pub fn files_of(client: &Client, cwd: &Path, code: &RecordedCode<'_>) -> anyhow::Result<Option<Vec<FileRef>>> {
    Ok(upload(client, cwd, code, false)?.map(|taken| taken.code))
}

/// The same, with code above the folder.
pub fn files_with_code_above(
    client: &Client,
    cwd: &Path,
    code: &RecordedCode<'_>,
) -> anyhow::Result<Option<UploadedCode>> {
    upload(client, cwd, code, true)
}

pub(super) fn upload(
    client: &Client,
    cwd: &Path,
    code: &RecordedCode<'_>,
    with_above: bool,
) -> anyhow::Result<Option<UploadedCode>> {
    let RecordedCode { commit, prefix, diff, untracked, notes } = *code;
    let Some(root) = git::find(cwd) else { return Ok(None) };
    check_commit_and_prefix(commit, prefix)?;
    if git::git(&root, &["cat-file", "-e", &format!("{commit}^{{commit}}")], &[]).is_err() {
        return Ok(None);
    }
    let mut patch = Vec::new();
    if let Some(diff) = diff {
        client.object(diff, &mut patch)?;
    }
    let place = tempfile::tempdir().context("a folder for the code cannot be created")?;
    let has_above = with_above && !prefix.is_empty();
    let above = if has_above { code_above::of_commit(&root, commit, prefix)? } else { CodeAbove::default() };
    let folder = unpack(&root, commit, prefix, &above, &patch, place.path())?;
    // The folder that names are relative to, and the run's folder in it.
    let (base, within) = if with_above { (place.path().join(TREE), prefix) } else { (folder, "") };
    let mut found = FolderContents::default();
    if base.is_dir() {
        let is_key_file = |path: &Path| is_key_file(&path.to_string_lossy());
        found = folder_search::find(
            &base,
            &FolderSearch { is_key_file: &is_key_file, ..FolderSearch::of_all(FILES_MAX, false) },
        )?;
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
        // A named file replaces the file of the commit.
        listing.files.retain(|other| other.path != path);
        listing.files.push(ListedFile { path, digest, size: file.size, executable: false });
    }
    // Links that are neither in the commit nor in the patch. The others were found in the folder.
    for note in notes {
        if let CaptureNote::Link { path, target } = note
            && !Path::new(path).is_absolute()
        {
            let path = if within.is_empty() { path.clone() } else { format!("{within}/{path}") };
            listing.links.retain(|other| other.path != path);
            listing.links.push(ListedLink { path, target: target.clone() });
        }
    }
    let mut uploaded = UploadedCode { above_left_out: above.left_out.len() as u64, ..UploadedCode::default() };
    // The target of an inner link is added as a file. The target of a link that leads outside is not code.
    for ListedFile { path, digest, size, .. } in listing.through_links() {
        let named = |path: String| FileRef { path, digest: digest.to_string(), size, kind: "file".to_owned() };
        match below(within, &path) {
            Some(path) => uploaded.code.push(named(path.to_owned())),
            None => uploaded.above.push(named(path)),
        }
    }
    Ok(Some(uploaded))
}
