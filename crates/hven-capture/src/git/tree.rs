//! The files in the working tree of a repository, and in its inner repositories.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
};

use hven_api::runs::CaptureNote;
use hven_client::Failure;
use hven_core::recorded::Recorded;

use super::{
    code_scope::CodeScope,
    file_states::FileStates,
    git_process::{self, git},
    ignored::{self, Ignored},
    inner::{self, InnerTree},
    status::Status,
    tracked::{REPOSITORY_MODE, TrackedFiles},
};
use crate::{Apart, Limits, is_any_skipped};

/// The working tree of a repository, and of its inner repositories.
pub(super) struct WorkingTree {
    pub(super) commit: String,
    /// Its untracked files include the files of inner repositories, and ignored modules.
    pub(super) status: Status,
    pub(super) tracked: TrackedFiles,
    pub(super) inner: Vec<InnerTree>,
    /// Ignored paths that are not part of the code.
    pub(super) passed_over: BTreeSet<PathBuf>,
    pub(super) notes: Vec<CaptureNote>,
    /// The state of the files that are part of the code.
    pub(super) states: FileStates,
}

/// Examines the repository; `None` if there is no commit.
pub(super) fn tree(scope: &CodeScope<'_>, apart: &Apart, limits: Limits) -> anyhow::Result<Option<WorkingTree>> {
    let root = scope.root;
    // Two git processes at once: one compares the working tree, the other lists the tracked files.
    let (status, tracked) = thread::scope(|threads| {
        let tracked = threads.spawn(|| -> anyhow::Result<(TrackedFiles, FileStates)> {
            let tracked = TrackedFiles::parse(&git(root, &["ls-files", "--stage", "-v", "-z"], &[])?);
            let states = FileStates::of_tracked(scope, &tracked);
            Ok((tracked, states))
        });
        (git_process::status(root), tracked.join())
    });
    let (mut tracked, states) = tracked.map_err(|_| Failure::new("internal", "a thread that asked git died"))??;
    let mut status = Status::parse(&status?);
    let Some(commit) = status.commit.take() else { return Ok(None) };
    // There may be very many ignored files.
    status.ignored.retain(|path| !apart.is_declared(path));
    let Ignored { modules, repositories, packages, mut notes } = ignored::find(root, &status)?;
    status.repositories.retain(|path| !is_any_skipped(path));
    let places = submodules(root, &mut status, &tracked).into_iter();
    let places = places.chain(status.repositories.iter().cloned()).chain(repositories);
    let found = inner::find(root, places.filter(|path| !apart.is_declared(path)).collect())?;
    notes.extend(found.notes);

    status.untracked.retain(|path| !scope.is_skipped(path));
    if is_ignored(scope, &status) {
        status.untracked.extend(files_of_ignored(scope, apart, limits)?);
    }
    for inner in &found.all {
        // The files of an inner repository replace its commit.
        tracked.files.remove(&inner.path);
        status.untracked.extend(inner.files.iter().chain(&inner.modules).cloned());
    }
    let ignored = status.ignored.iter().chain(&status.ignored_folders).cloned().chain(found.passed_over);
    let mut passed_over: BTreeSet<PathBuf> = ignored.collect();
    for taken in modules.iter().chain(&packages).chain(found.all.iter().map(|inner| &inner.path)) {
        passed_over.remove(taken);
    }
    status.untracked.extend(modules);
    Ok(Some(WorkingTree { commit, status, tracked, inner: found.all, passed_over, notes, states }))
}

/// Whether git ignores the whole run's folder.
pub(super) fn is_ignored(scope: &CodeScope<'_>, status: &Status) -> bool {
    status.ignored_folders.iter().any(|folder| scope.prefix.starts_with(folder))
}

/// The files of a run's folder that git ignores. They are its code, as in a folder without git.
fn files_of_ignored(scope: &CodeScope<'_>, apart: &Apart, limits: Limits) -> anyhow::Result<Vec<PathBuf>> {
    let files = ignored::all_below(scope.root, scope.prefix, apart, limits.files_max)?;
    files.ok_or_else(|| {
        let message = Recorded::CodeTooMany { files: limits.files_max }.to_string();
        Failure::new("code.too_large", message).into()
    })
}

/// The paths of submodules. A submodule without files is represented by its commit. If another entry, such as a link, has
/// its path, this entry is treated as an untracked file.
pub(super) fn submodules(root: &Path, status: &mut Status, tracked: &TrackedFiles) -> Vec<PathBuf> {
    let mut places = Vec::new();
    for (path, _) in tracked.files.iter().filter(|(_, content)| content.starts_with(REPOSITORY_MODE)) {
        let full = root.join(path);
        match fs::symlink_metadata(&full) {
            Ok(found) if !found.is_dir() => status.untracked.push(path.clone()),
            Ok(_) if fs::read_dir(&full).is_ok_and(|mut entries| entries.next().is_some()) => places.push(path.clone()),
            _ => {}
        }
    }
    places
}
