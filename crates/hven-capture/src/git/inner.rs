//! Repositories inside a repository: submodules and clones. The outer repository knows only the commit of a submodule, and
//! nothing of a clone. A run reads their files, so these files are code. They are named one by one, like untracked files, so
//! that they can be restored without any repository.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    thread,
};

use anyhow::Context as _;
use hven_api::runs::{CaptureNote, FileRef, InnerRepository};
use hven_client::Failure;
use hven_core::{file_name, recorded::Recorded};

use super::{
    super::{Apart, Limits, is_any_skipped},
    git_process, ignored,
    object_names::{SIZE_AND_TIMES, size_and_times},
    status::Status,
    tracked::{LINK_MODE, REPOSITORY_MODE},
};

/// More repositories are an error.
const REPOSITORIES_MAX: usize = 100;
/// At most so many are examined at once.
const PARALLEL_MAX: usize = 8;
/// At most so many files of all inner repositories together are named one by one.
const FILES_MAX: usize = 2000;

/// An inner repository. Paths are relative to the root of the outermost one.
#[derive(Debug)]
pub(super) struct InnerTree {
    pub(super) path: PathBuf,
    commit: Option<String>,
    /// The files of its commit: mode and object name.
    committed: BTreeMap<PathBuf, String>,
    /// Whether a file of its commit is missing.
    lacks_some: bool,
    /// Its files that are not ignored.
    pub(super) files: BTreeSet<PathBuf>,
    /// Its ignored files that are code.
    pub(super) modules: Vec<PathBuf>,
    /// Whether it has too many files to read.
    is_unread: bool,
}

/// All inner repositories.
#[derive(Debug, Default)]
pub(super) struct InnerRepositories {
    pub(super) all: Vec<InnerTree>,
    /// Ignored paths that are not examined.
    pub(super) passed_over: Vec<PathBuf>,
    pub(super) notes: Vec<CaptureNote>,
}

/// Examines the repositories at these paths, and those inside them.
pub(super) fn find(root: &Path, places: Vec<PathBuf>) -> anyhow::Result<InnerRepositories> {
    let mut found = InnerRepositories::default();
    if places.is_empty() {
        return Ok(found);
    }
    let folder = tempfile::tempdir().context("an empty folder for a missing index cannot be created")?;
    let no_index = &folder.path().join("index");
    let mut waiting = places;
    while !waiting.is_empty() {
        let at_once: Vec<PathBuf> = waiting.drain(..waiting.len().min(PARALLEL_MAX)).collect();
        if found.all.len() + at_once.len() > REPOSITORIES_MAX {
            let message = Recorded::CodeTooManyRepositories { repositories: REPOSITORIES_MAX }.to_string();
            return Err(Failure::new("code.too_large", message).into());
        }
        let examined: Vec<_> = thread::scope(|scope| {
            let asked = at_once.iter().map(|place| scope.spawn(move || examine(root, place, no_index)));
            let asked: Vec<_> = asked.collect();
            asked.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        for one in examined {
            let one = one.map_err(|_| Failure::new("internal", "a thread that looked into a repository died"))??;
            waiting.extend(one.within);
            found.passed_over.extend(one.passed_over);
            found.notes.extend(one.notes);
            found.all.push(one.inner);
        }
    }
    found.all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// One examined repository, and its inner repositories.
struct ExaminedRepository {
    inner: InnerTree,
    within: Vec<PathBuf>,
    passed_over: Vec<PathBuf>,
    notes: Vec<CaptureNote>,
}

fn examine(root: &Path, place: &Path, no_index: &Path) -> anyhow::Result<ExaminedRepository> {
    let folder = root.join(place);
    let is_asked = folder.join(".git").exists();
    match is_asked.then(|| git_process::status_without_index(&folder, no_index)) {
        Some(Ok(output)) => examine_by_status(root, place, Status::parse(&output).relative_to_outer(place)),
        // Git refuses the repository, since it belongs to another user or is damaged: it is read as a plain folder.
        Some(Err(_)) | None => examine_as_folder(root, place),
    }
}

fn examine_by_status(root: &Path, place: &Path, mut status: Status) -> anyhow::Result<ExaminedRepository> {
    let ignored = ignored::find(root, &status)?;
    let committed = status.changed.into_iter().filter_map(|(path, change)| Some((path, change.committed?)));
    let committed: BTreeMap<PathBuf, String> =
        committed.filter(|(_, content)| !content.starts_with(REPOSITORY_MODE)).collect();
    status.untracked.retain(|path| !is_any_skipped(path));
    let mut files: BTreeSet<PathBuf> = status.untracked.into_iter().collect();
    // This includes files that match an ignore rule but are in the commit.
    let is_there = |path: &&PathBuf| fs::symlink_metadata(root.join(path)).is_ok_and(|metadata| !metadata.is_dir());
    let there: Vec<&PathBuf> = committed.keys().filter(is_there).collect();
    let lacks_some = there.len() < committed.len();
    files.extend(there.into_iter().cloned());
    let modules: Vec<PathBuf> = ignored.modules.into_iter().filter(|path| !files.contains(path)).collect();
    let is_taken = |path: &PathBuf| files.contains(path) || modules.contains(path) || ignored.packages.contains(path);
    let passed_over = status.ignored.into_iter().chain(status.ignored_folders).filter(|path| !is_taken(path)).collect();
    let within = status.repositories.into_iter().chain(ignored.repositories).filter(|path| !is_any_skipped(path));
    let within = within.collect();
    let inner = InnerTree {
        path: place.to_owned(),
        commit: status.commit,
        committed,
        lacks_some,
        files,
        modules,
        is_unread: false,
    };
    Ok(ExaminedRepository { inner, within, passed_over, notes: ignored.notes })
}

fn examine_as_folder(root: &Path, place: &Path) -> anyhow::Result<ExaminedRepository> {
    let mut notes = Vec::new();
    let files = ignored::all_below(root, place, &Apart::default(), FILES_MAX)?.unwrap_or_else(|| {
        let why = format!("git cannot read the repository, and it has more than {FILES_MAX} files");
        notes.push(CaptureNote::NotCaptured { path: file_name::to_text(place), why });
        Vec::new()
    });
    let files = files.into_iter().collect();
    let inner = InnerTree {
        path: place.to_owned(),
        commit: None,
        committed: BTreeMap::new(),
        lacks_some: false,
        files,
        modules: Vec::new(),
        is_unread: false,
    };
    Ok(ExaminedRepository { inner, within: Vec::new(), passed_over: Vec::new(), notes })
}

/// If there are too many files, none of the repository is read: each is represented by its size and times of change. Removes
/// these from `listed`, which has all code files, and returns them.
pub(super) fn leave_unread(
    root: &Path,
    all: &mut [InnerTree],
    listed: &mut Vec<PathBuf>,
    limits: Limits,
) -> BTreeMap<PathBuf, String> {
    let counting: BTreeSet<&PathBuf> = listed.iter().collect();
    let mut unread = BTreeMap::new();
    let (mut files_left, mut bytes_left) = (limits.files_max.min(FILES_MAX), limits.bytes_max);
    for inner in all {
        inner.files.retain(|path| counting.contains(path));
        let found = inner.files.iter().filter_map(|path| Some((path, fs::symlink_metadata(root.join(path)).ok()?)));
        let found: Vec<_> = found.collect();
        let bytes: u64 = found.iter().map(|(_, metadata)| metadata.len()).sum();
        if found.len() <= files_left && bytes <= bytes_left {
            files_left -= found.len();
            bytes_left -= bytes;
            continue;
        }
        inner.is_unread = true;
        // A link costs nothing, and its text shows its target.
        let files = found.into_iter().filter(|(_, metadata)| !metadata.is_symlink());
        unread.extend(files.map(|(path, metadata)| (path.clone(), size_and_times(&metadata))));
    }
    listed.retain(|path| !unread.contains_key(path));
    unread
}

/// The recorded description of the inner repositories. `contents`: mode and object name of each file that was read; `named`:
/// the files that are named with the run.
pub(super) fn recorded(
    all: Vec<InnerTree>,
    contents: &BTreeMap<PathBuf, String>,
    named: &[FileRef],
) -> Vec<InnerRepository> {
    let named: BTreeSet<&str> = named.iter().map(|file| file.path.as_str()).collect();
    let begins = |path: &PathBuf, with: &str| contents.get(path).is_some_and(|content| content.starts_with(with));
    let one = |inner: InnerTree| {
        let is_read = !inner.is_unread && !inner.files.iter().any(|path| begins(path, SIZE_AND_TIMES));
        let is_changed = |path: &PathBuf| contents.get(path) != inner.committed.get(path);
        let is_named = |path: &PathBuf| begins(path, LINK_MODE) || named.contains(file_name::to_text(path).as_str());
        InnerRepository {
            changed: (inner.commit.is_some() && is_read)
                .then(|| inner.lacks_some || inner.files.iter().any(is_changed)),
            is_named: inner.files.iter().all(is_named),
            path: file_name::to_text(&inner.path),
            commit: inner.commit,
        }
    };
    all.into_iter().map(one).collect()
}
