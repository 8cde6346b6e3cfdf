//! Decides which files of the tree are part of the code: all files of the run's folder, code above it, and the targets of
//! links; without key files and without files that tools made.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    code_scope::CodeScope,
    links::{self, Followed},
    status::Status,
    tracked::{self, LINK_MODE, REPOSITORY_MODE, TrackedFiles},
};
use crate::{Apart, is_tool_folder, is_tool_mark};

/// Removes folders that tools made, which their mark files show, and returns these folders. Folders that contain the run's
/// folder are not removed.
pub(super) fn remove_tool_folders(
    scope: &CodeScope<'_>,
    status: &mut Status,
    tracked: &mut TrackedFiles,
) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for path in tracked.files.keys().chain(&status.untracked) {
        for part in path.ancestors().filter(|part| part.file_name().is_some_and(is_tool_mark)) {
            folders.extend(part.parent().filter(|folder| !scope.prefix.starts_with(folder)).map(Path::to_owned));
        }
    }
    folders.retain(|folder| is_tool_folder(&scope.root.join(folder)));
    if !folders.is_empty() {
        let is_code = |path: &Path| !path.ancestors().any(|folder| folders.contains(folder));
        tracked.files.retain(|path, _| is_code(path));
        status.untracked.retain(|path| is_code(path));
        status.changed.retain(|path, _| is_code(path));
    }
    folders
}

/// Keeps the files that are part of the code: all of the run's folder, code files elsewhere, and the targets of links in
/// both. Returns these links.
pub(super) fn select_code(
    scope: &mut CodeScope<'_>,
    status: &mut Status,
    tracked: &mut TrackedFiles,
) -> anyhow::Result<Vec<Followed>> {
    let is_link = |path: &&PathBuf| scope.root.join(path).is_symlink();
    let stored = tracked.files.iter().filter(|(_, content)| content.starts_with(LINK_MODE)).map(|(path, _)| path);
    let others = status.untracked.iter().chain(status.changed.keys()).chain(&tracked.unwatched);
    let links: BTreeSet<PathBuf> = stored.chain(others).filter(is_link).cloned().collect();
    let followed = links::follow(scope, links.clone())?;
    let taken: BTreeSet<&PathBuf> = followed.iter().map(|one| &one.link.path).collect();
    tracked.files.retain(|path, content| {
        if links.contains(path) {
            return taken.contains(path);
        }
        content.starts_with(REPOSITORY_MODE) || scope.includes(path, tracked::is_executable(content))
    });
    status.untracked.retain(
        |path| {
            if links.contains(path) { taken.contains(path) } else { scope.includes_untracked(path) }
        },
    );
    Ok(followed)
}

/// Removes key files from the code and returns them. Ignored key files in the run's folder or at the root are found as well.
pub(super) fn remove_key_files(
    scope: &CodeScope<'_>,
    apart: &Apart,
    status: &mut Status,
    tracked: &mut TrackedFiles,
) -> Vec<PathBuf> {
    let root = scope.root;
    let is_key = |path: &Path| apart.is_key_file(path) && !apart.is_declared(path);
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    // A clone of the unchanged commit would contain its files in any case. Other files are also checked by their bytes.
    let is_key_by_bytes = |path: &Path| !apart.is_declared(path) && apart.is_private_key(root, path);
    let unknown = status.changed.keys().chain(&status.untracked);
    found.extend(unknown.filter(|path| is_key(path) || is_key_by_bytes(path)).cloned());
    let ignored = status.ignored.iter().filter(|path| scope.includes_all(path));
    found.extend(tracked.files.keys().chain(ignored).filter(|path| is_key(path)).cloned());
    for folder in [Path::new(""), scope.prefix] {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| folder.join(entry.file_name())).filter(|path| is_key(path)));
    }
    // An entry that is not a regular file, such as a link, is handled by its own kind.
    found.retain(|path| fs::symlink_metadata(root.join(path)).map_or(true, |metadata| metadata.is_file()));
    status.changed.retain(|path, _| !found.contains(path));
    status.untracked.retain(|path| !found.contains(path));
    tracked.files.retain(|path, _| !found.contains(path));
    found.into_iter().collect()
}

/// Turns included key files into named files, whether they are tracked, ignored or changed. A publication can leave out a
/// named file, but cannot remove it from a patch.
pub(super) fn name_included_key_files(root: &Path, apart: &Apart, status: &mut Status) {
    let is_file = |path: &Path| fs::symlink_metadata(root.join(path)).is_ok_and(|metadata| metadata.is_file());
    for path in apart.included.iter().filter(|path| !apart.is_declared(path) && is_file(path)) {
        status.changed.remove(path);
        status.untracked.retain(|other| other != path);
        // They come first, since the limits may leave no room at the end.
        status.untracked.insert(0, path.clone());
    }
}

/// The changed files, and the files that git was told not to watch, as far as they are part of the code.
pub(super) fn changed_or_unwatched<'a>(
    status: &'a Status,
    tracked: &'a TrackedFiles,
) -> impl Iterator<Item = &'a PathBuf> {
    let changed = status.changed.iter().filter(|(_, change)| change.differs).map(|(path, _)| path);
    changed.chain(&tracked.unwatched).filter(move |path| tracked.files.contains_key(*path))
}

/// Replaces stored contents by those of the working tree.
pub(super) fn replace_changed(status: &Status, stored: BTreeMap<PathBuf, String>, tracked: &mut TrackedFiles) {
    for (path, _) in status.changed.iter().filter(|(_, change)| change.differs) {
        tracked.files.remove(path);
    }
    for path in &tracked.unwatched {
        tracked.files.remove(path);
    }
    tracked.files.extend(stored);
}

/// Adds changed files that git was told not to watch to the named files: no patch shows their changes.
pub(super) fn name_unwatched_changes(stored: &BTreeMap<PathBuf, String>, status: &mut Status, tracked: &TrackedFiles) {
    let is_another = |path: &&PathBuf| stored.get(*path).is_some_and(|here| tracked.files.get(*path) != Some(here));
    let unseen = tracked.unwatched.iter().filter(|path| !status.changed.contains_key(*path)).filter(is_another);
    let unseen: Vec<PathBuf> = unseen.cloned().collect();
    status.untracked.extend(unseen);
}
