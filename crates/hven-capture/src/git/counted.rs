//! Which files of the tree count as code: those of the run's folder, code around it, and what links lead to; no files
//! of keys, and nothing that tools made.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    known::{self, Known, LINK_MODE, REPOSITORY_MODE},
    links::{self, Followed},
    place::Place,
    status::Status,
};
use crate::{Apart, is_made_by_a_tool, is_mark};

/// Takes out what lies in folders that hold no code, as what lies in them shows; answers these folders. Those around the
/// run's own are none of them.
pub(super) fn leave_out_what_tools_made(
    place: &Place<'_>,
    status: &mut Status,
    known: &mut Known,
) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for path in known.files.keys().chain(&status.untracked) {
        for part in path.ancestors().filter(|part| part.file_name().is_some_and(is_mark)) {
            folders.extend(part.parent().filter(|folder| !place.prefix.starts_with(folder)).map(Path::to_owned));
        }
    }
    folders.retain(|folder| is_made_by_a_tool(&place.root.join(folder)));
    if !folders.is_empty() {
        let is_code = |path: &Path| !path.ancestors().any(|folder| folders.contains(folder));
        known.files.retain(|path, _| is_code(path));
        status.untracked.retain(|path| is_code(path));
        status.changed.retain(|path, _| is_code(path));
    }
    folders
}

/// Leaves what counts: all of the run's folder, of the rest what is code, and what links of both lead to. Answers these
/// links.
pub(super) fn take_what_counts(
    place: &mut Place<'_>,
    status: &mut Status,
    known: &mut Known,
) -> anyhow::Result<Vec<Followed>> {
    let is_link = |path: &&PathBuf| place.root.join(path).is_symlink();
    let stored = known.files.iter().filter(|(_, content)| content.starts_with(LINK_MODE)).map(|(path, _)| path);
    let others = status.untracked.iter().chain(status.changed.keys()).chain(&known.unwatched);
    let links: BTreeSet<PathBuf> = stored.chain(others).filter(is_link).cloned().collect();
    let followed = links::follow(place, links.clone())?;
    let taken: BTreeSet<&PathBuf> = followed.iter().map(|one| &one.link.path).collect();
    known.files.retain(|path, content| {
        if links.contains(path) {
            return taken.contains(path);
        }
        content.starts_with(REPOSITORY_MODE) || place.counts(path, known::is_executable(content))
    });
    status.untracked.retain(
        |path| {
            if links.contains(path) { taken.contains(path) } else { place.unknown_counts(path) }
        },
    );
    Ok(followed)
}

/// Takes files of keys out of all that is recorded of the code; answers them. Git may ignore them: those that lie in the
/// run's folder, or at the root, are found all the same.
pub(super) fn take_out_key_files(
    place: &Place<'_>,
    apart: &Apart,
    status: &mut Status,
    known: &mut Known,
) -> Vec<PathBuf> {
    let root = place.root;
    let is_key = |path: &Path| apart.is_key_file(path) && !apart.is_declared(path);
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    // What git has as it is, it would hand on anyway; of the rest the bytes tell, too.
    let is_key_by_bytes = |path: &Path| !apart.is_declared(path) && apart.is_private_key(root, path);
    let unknown = status.changed.keys().chain(&status.untracked);
    found.extend(unknown.filter(|path| is_key(path) || is_key_by_bytes(path)).cloned());
    let ignored = status.ignored.iter().filter(|path| place.is_whole(path));
    found.extend(known.files.keys().chain(ignored).filter(|path| is_key(path)).cloned());
    for folder in [Path::new(""), place.prefix] {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| folder.join(entry.file_name())).filter(|path| is_key(path)));
    }
    // What is no file of bytes of its own is treated as what it is, such as a link.
    found.retain(|path| fs::symlink_metadata(root.join(path)).map_or(true, |metadata| metadata.is_file()));
    status.changed.retain(|path, _| !found.contains(path));
    status.untracked.retain(|path| !found.contains(path));
    known.files.retain(|path, _| !found.contains(path));
    found.into_iter().collect()
}

/// Makes named files of those files of keys that are code by word, whether git knows, ignores or has them otherwise: what a
/// publication cannot take out of a patch, it can leave out by its name.
pub(super) fn name_included(root: &Path, apart: &Apart, status: &mut Status) {
    let is_file = |path: &Path| fs::symlink_metadata(root.join(path)).is_ok_and(|metadata| metadata.is_file());
    for path in apart.included.iter().filter(|path| !apart.is_declared(path) && is_file(path)) {
        status.changed.remove(path);
        status.untracked.retain(|other| other != path);
        // Before all others, which the limits may leave no room.
        status.untracked.insert(0, path.clone());
    }
}

/// What git looks at for a change and what it was told not to look at, as far as it counts.
pub(super) fn looked_at<'a>(status: &'a Status, known: &'a Known) -> impl Iterator<Item = &'a PathBuf> {
    let changed = status.changed.iter().filter(|(_, change)| change.differs).map(|(path, _)| path);
    changed.chain(&known.unwatched).filter(move |path| known.files.contains_key(*path))
}

/// Puts what lies in the working tree in the place of what git has stored.
pub(super) fn put_in_place(status: &Status, stored: BTreeMap<PathBuf, String>, known: &mut Known) {
    for (path, _) in status.changed.iter().filter(|(_, change)| change.differs) {
        known.files.remove(path);
    }
    for path in &known.unwatched {
        known.files.remove(path);
    }
    known.files.extend(stored);
}

/// Names files that are others than those of the commit where git was told not to look: no patch shows them.
pub(super) fn name_what_changed_unseen(stored: &BTreeMap<PathBuf, String>, status: &mut Status, known: &Known) {
    let is_another = |path: &&PathBuf| stored.get(*path).is_some_and(|here| known.files.get(*path) != Some(here));
    let unseen = known.unwatched.iter().filter(|path| !status.changed.contains_key(*path)).filter(is_another);
    let unseen: Vec<PathBuf> = unseen.cloned().collect();
    status.untracked.extend(unseen);
}
