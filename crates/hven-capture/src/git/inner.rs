//! Repositories within a repository: submodules, and clones that lie there. The outer one knows of a submodule its commit
//! alone, and nothing of a clone. A run reads their files, so their files are code, named one by one like those that git does
//! not know: then they can be put back without any repository.

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
    ask,
    content::{BY_SIZE, by_size},
    ignored,
    known::{LINK_MODE, REPOSITORY_MODE},
    status::Status,
};

/// More repositories are not looked into.
const REPOSITORIES_MAX: usize = 100;
/// So many are asked at once.
const AT_ONCE: usize = 8;
/// So many files of all of them together are named one by one.
const FILES_MAX: usize = 2000;

/// A repository within, by paths from the root of the outermost one.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) path: PathBuf,
    commit: Option<String>,
    /// What its commit has: mode and name of the content.
    committed: BTreeMap<PathBuf, String>,
    /// Whether it lacks a file of its commit.
    lacks_some: bool,
    /// What lies in it and is not ignored.
    pub(super) files: BTreeSet<PathBuf>,
    /// What it ignores and is code all the same.
    pub(super) modules: Vec<PathBuf>,
    /// Whether its files are too many to be read.
    is_unread: bool,
}

/// What was found in all of them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) all: Vec<Inner>,
    /// What they ignore and is not looked into.
    pub(super) passed_over: Vec<PathBuf>,
    pub(super) notes: Vec<CaptureNote>,
}

/// Looks into the repositories at these places, and into those within them.
pub(super) fn find(root: &Path, places: Vec<PathBuf>) -> anyhow::Result<Found> {
    let mut found = Found::default();
    if places.is_empty() {
        return Ok(found);
    }
    let folder = tempfile::tempdir().context("no folder can be made in which no index lies")?;
    let no_index = &folder.path().join("index");
    let mut waiting = places;
    while !waiting.is_empty() {
        let at_once: Vec<PathBuf> = waiting.drain(..waiting.len().min(AT_ONCE)).collect();
        if found.all.len() + at_once.len() > REPOSITORIES_MAX {
            let message = Recorded::CodeTooManyRepositories { repositories: REPOSITORIES_MAX }.to_string();
            return Err(Failure::new("code.too_large", message).into());
        }
        let looked: Vec<_> = thread::scope(|scope| {
            let asked = at_once.iter().map(|place| scope.spawn(move || look(root, place, no_index)));
            let asked: Vec<_> = asked.collect();
            asked.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        for one in looked {
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

/// One repository, and what follows from it.
struct Looked {
    inner: Inner,
    within: Vec<PathBuf>,
    passed_over: Vec<PathBuf>,
    notes: Vec<CaptureNote>,
}

fn look(root: &Path, place: &Path, no_index: &Path) -> anyhow::Result<Looked> {
    let folder = root.join(place);
    let is_asked = folder.join(".git").exists();
    match is_asked.then(|| ask::status_without_index(&folder, no_index)) {
        Some(Ok(told)) => of_status(root, place, Status::parse(&told).seen_from_outside(place)),
        // Git does not read it, since it belongs to somebody else or is no repository any more: it is a folder still.
        Some(Err(_)) | None => of_folder(root, place),
    }
}

fn of_status(root: &Path, place: &Path, mut status: Status) -> anyhow::Result<Looked> {
    let ignored = ignored::look(root, &status)?;
    let committed = status.changed.into_iter().filter_map(|(path, change)| Some((path, change.committed?)));
    let committed: BTreeMap<PathBuf, String> =
        committed.filter(|(_, content)| !content.starts_with(REPOSITORY_MODE)).collect();
    status.untracked.retain(|path| !is_any_skipped(path));
    let mut files: BTreeSet<PathBuf> = status.untracked.into_iter().collect();
    // Also those that it would ignore if it did not know them.
    let is_there = |path: &&PathBuf| fs::symlink_metadata(root.join(path)).is_ok_and(|metadata| !metadata.is_dir());
    let there: Vec<&PathBuf> = committed.keys().filter(is_there).collect();
    let lacks_some = there.len() < committed.len();
    files.extend(there.into_iter().cloned());
    let modules: Vec<PathBuf> = ignored.modules.into_iter().filter(|path| !files.contains(path)).collect();
    let is_taken = |path: &PathBuf| files.contains(path) || modules.contains(path) || ignored.packages.contains(path);
    let passed_over = status.ignored.into_iter().chain(status.ignored_folders).filter(|path| !is_taken(path)).collect();
    let within = status.repositories.into_iter().chain(ignored.repositories).filter(|path| !is_any_skipped(path));
    let within = within.collect();
    let inner = Inner {
        path: place.to_owned(),
        commit: status.commit,
        committed,
        lacks_some,
        files,
        modules,
        is_unread: false,
    };
    Ok(Looked { inner, within, passed_over, notes: ignored.notes })
}

fn of_folder(root: &Path, place: &Path) -> anyhow::Result<Looked> {
    let mut notes = Vec::new();
    let files = ignored::all_below(root, place, &Apart::default(), FILES_MAX)?.unwrap_or_else(|| {
        let why = format!("git cannot read the repository, and it has more than {FILES_MAX} files");
        notes.push(CaptureNote::NotCaptured { path: file_name::to_text(place), why });
        Vec::new()
    });
    let files = files.into_iter().collect();
    let inner = Inner {
        path: place.to_owned(),
        commit: None,
        committed: BTreeMap::new(),
        lacks_some: false,
        files,
        modules: Vec::new(),
        is_unread: false,
    };
    Ok(Looked { inner, within: Vec::new(), passed_over: Vec::new(), notes })
}

/// Of very many files none is read: each counts by its size and the times of its changes. Answers these, and takes them out
/// of `listed`, which has all files that count.
pub(super) fn leave_unread(
    root: &Path,
    all: &mut [Inner],
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
        // A link costs nothing and says where it leads.
        let files = found.into_iter().filter(|(_, metadata)| !metadata.is_symlink());
        unread.extend(files.map(|(path, metadata)| (path.clone(), by_size(&metadata))));
    }
    listed.retain(|path| !unread.contains_key(path));
    unread
}

/// What is recorded of them. `contents`: mode and name of the content of each file that was read; `named`: the files that are
/// named with the run.
pub(super) fn recorded(
    all: Vec<Inner>,
    contents: &BTreeMap<PathBuf, String>,
    named: &[FileRef],
) -> Vec<InnerRepository> {
    let named: BTreeSet<&str> = named.iter().map(|file| file.path.as_str()).collect();
    let begins = |path: &PathBuf, with: &str| contents.get(path).is_some_and(|content| content.starts_with(with));
    let one = |inner: Inner| {
        let is_read = !inner.is_unread && !inner.files.iter().any(|path| begins(path, BY_SIZE));
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
