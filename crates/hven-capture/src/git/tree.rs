//! The files that lie in the working tree of a repository and in the repositories within it.

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
    ask::{self, git},
    ignored::{self, Ignored},
    inner::{self, Inner},
    known::{Known, REPOSITORY_MODE},
    place::Place,
    stands::Stands,
    status::Status,
};
use crate::{Apart, Limits, is_any_skipped};

/// What lies in the working tree of a repository, and in those within it.
pub(super) struct Tree {
    pub(super) commit: String,
    /// With the files of repositories within, and ignored modules, among those that git does not know.
    pub(super) status: Status,
    pub(super) known: Known,
    pub(super) inner: Vec<Inner>,
    /// What is ignored and does not count.
    pub(super) passed_over: BTreeSet<PathBuf>,
    pub(super) notes: Vec<CaptureNote>,
    /// How files that count stood.
    pub(super) stands: Stands,
}

/// Looks into the repository; `None` when there is no commit yet.
pub(super) fn tree(place: &Place<'_>, apart: &Apart, limits: Limits) -> anyhow::Result<Option<Tree>> {
    let root = place.root;
    // Two processes at once: one compares the working tree, the other lists what is known of it.
    let (status, known) = thread::scope(|scope| {
        let known = scope.spawn(|| -> anyhow::Result<(Known, Stands)> {
            let known = Known::parse(&git(root, &["ls-files", "--stage", "-v", "-z"], &[])?);
            let stands = Stands::of_known(place, &known);
            Ok((known, stands))
        });
        (ask::status(root), known.join())
    });
    let (mut known, stands) = known.map_err(|_| Failure::new("internal", "a thread that asked git died"))??;
    let mut status = Status::parse(&status?);
    let Some(commit) = status.commit.take() else { return Ok(None) };
    // There may be very many.
    status.ignored.retain(|path| !apart.is_declared(path));
    let Ignored { modules, repositories, packages, mut notes } = ignored::look(root, &status)?;
    status.repositories.retain(|path| !is_any_skipped(path));
    let places = submodules(root, &mut status, &known).into_iter();
    let places = places.chain(status.repositories.iter().cloned()).chain(repositories);
    let found = inner::find(root, places.filter(|path| !apart.is_declared(path)).collect())?;
    notes.extend(found.notes);

    status.untracked.retain(|path| !place.is_skipped(path));
    if is_ignored(place, &status) {
        status.untracked.extend(files_of_ignored(place, apart, limits)?);
    }
    for inner in &found.all {
        // Its files take the place of its commit.
        known.files.remove(&inner.path);
        status.untracked.extend(inner.files.iter().chain(&inner.modules).cloned());
    }
    let ignored = status.ignored.iter().chain(&status.ignored_folders).cloned().chain(found.passed_over);
    let mut passed_over: BTreeSet<PathBuf> = ignored.collect();
    for taken in modules.iter().chain(&packages).chain(found.all.iter().map(|inner| &inner.path)) {
        passed_over.remove(taken);
    }
    status.untracked.extend(modules);
    Ok(Some(Tree { commit, status, known, inner: found.all, passed_over, notes, stands }))
}

/// Whether git ignores the run's folder as a whole.
pub(super) fn is_ignored(place: &Place<'_>, status: &Status) -> bool {
    status.ignored_folders.iter().any(|folder| place.prefix.starts_with(folder))
}

/// The files of a run's folder that git ignores as a whole. They are its code, as in a folder without git.
fn files_of_ignored(place: &Place<'_>, apart: &Apart, limits: Limits) -> anyhow::Result<Vec<PathBuf>> {
    let files = ignored::all_below(place.root, place.prefix, apart, limits.files_max)?;
    files.ok_or_else(|| {
        let message = Recorded::CodeTooMany { files: limits.files_max }.to_string();
        Failure::new("code.too_large", message).into()
    })
}

/// Where submodules lie. One that is not there counts by its commit. What lies in its place and is no folder, such as a link,
/// is a file that git does not tell of.
pub(super) fn submodules(root: &Path, status: &mut Status, known: &Known) -> Vec<PathBuf> {
    let mut places = Vec::new();
    for (path, _) in known.files.iter().filter(|(_, content)| content.starts_with(REPOSITORY_MODE)) {
        let full = root.join(path);
        match fs::symlink_metadata(&full) {
            Ok(found) if !found.is_dir() => status.untracked.push(path.clone()),
            Ok(_) if fs::read_dir(&full).is_ok_and(|mut entries| entries.next().is_some()) => places.push(path.clone()),
            _ => {}
        }
    }
    places
}
