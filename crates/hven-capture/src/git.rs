//! The code of a folder in a git repository: the commit, what differs from it, and the files that git does not know. All files
//! of the folder count, and of the repository above it what is code by its name; so do modules that git ignores,
//! repositories within, and what links lead to.

mod ask;
mod content;
mod ignored;
mod inner;
mod known;
mod links;
mod modes;
mod place;
mod repository;
mod stands;
mod status;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    thread,
};

use hven_api::runs::{CaptureNote, Code, FileRef};
use hven_client::{Failure, hash_open_file};
use hven_core::{Digest, file_name, key_file::is_key_file, limits::place_within, recorded::Recorded};

pub use self::{
    ask::{command, git, has_commit},
    modes::with_modes,
    repository::find,
};
use self::{
    ignored::Ignored,
    inner::Inner,
    known::{Known, LINK_MODE, REPOSITORY_MODE},
    links::Followed,
    place::Place,
    stands::Stands,
    status::Status,
};
use super::{
    Apart, CapturedCode, Kept, Limits, READ_BYTES_MAX, beneath, files, is_any_skipped, is_made_by_a_tool, is_mark,
    key_files, manifests,
};

/// More changed paths than this are not named one by one to `git diff`.
const NAMED_PATHS_MAX: usize = 200;
/// More links that git does not know are not noted, and without their notes the code could not be put together again.
const LINKS_MAX: usize = 400;

/// Takes down the code; `None` when there is no commit yet.
pub fn capture(root: &Path, cwd: &Path, apart: &Apart, limits: Limits) -> anyhow::Result<Option<CapturedCode>> {
    let prefix = cwd.strip_prefix(root).unwrap_or(Path::new(""));
    // From here on all paths are relative to the repository's root.
    let mut apart = apart.seen_from(root, prefix);
    let mut place = Place { root, prefix, linked: BTreeSet::new() };
    let Some(tree) = tree(&place, &apart, limits)? else { return Ok(None) };
    let Tree { commit, mut status, mut known, mut inner, mut passed_over, mut notes, mut stands } = tree;
    apart.declared.extend(manifests::no_code(root, known.files.keys().chain(&status.untracked)));
    let apart = &apart;
    passed_over.extend(leave_out_what_tools_made(&place, &mut status, &mut known));
    status.untracked.retain(|path| !apart.is_declared(path));
    let followed = take_what_counts(&mut place, &mut status, &mut known)?;
    let left_out = take_out_key_files(&place, apart, &mut status, &mut known);
    status.changed.retain(|path, _| !apart.is_declared(path));
    name_included(root, apart, &mut status);
    known.files.retain(|path, _| !apart.is_declared(path));
    stands.look(&place, status.untracked.iter());
    let unread = inner::leave_unread(root, &mut inner, &mut status.untracked, limits);
    let beyond = content::leave_unread(root, &mut status.untracked, &apart.included, limits);
    // A file of keys that became a link, or a folder: a patch would show what it held.
    let unshown = status.changed.keys().filter(|path| is_key_file(&path.to_string_lossy()));
    let unshown: BTreeSet<PathBuf> = unshown.cloned().collect();

    let (diff, stored, lying) = thread::scope(|scope| {
        let is_any_shown = status.changed.len() > unshown.len();
        let diff = is_any_shown.then(|| scope.spawn(|| difference(root, &status, apart, &left_out, &unshown)));
        let stored = scope.spawn(|| content::as_git_stores(root, looked_at(&status, &known)));
        let lying = content::as_it_lies(root, status.untracked.iter());
        (diff.map(thread::ScopedJoinHandle::join), stored.join(), lying)
    });
    let died = |_| Failure::new("internal", "a thread that asked git died");
    let diff = diff.map(|diff| diff.map_err(died)).transpose()?.transpose()?.unwrap_or_default();
    let (stored, mut lying) = (stored.map_err(died)??, lying?);
    lying.extend(beyond);
    name_what_changed_unseen(&stored, &mut status, &known);
    let (untracked, kept) = read_untracked(root, &status.untracked, &apart.included, limits);
    let inner = inner::recorded(inner, &lying, &untracked);
    put_in_place(&status, stored, &mut known);
    known.files.extend(lying);
    known.files.extend(unread);

    let unknown = status.untracked.iter().chain(&unshown).filter(|path| root.join(path).is_symlink());
    let unknown: BTreeSet<PathBuf> = unknown.cloned().collect();
    let is_ignored = is_ignored(&place, &status);
    let is_passed_over = |to: &Path| {
        // Git-annex names a file by its content: what such a link leads to is known by its text.
        let counts = to.starts_with(".git/annex/objects") || known.has(to) || (is_ignored && to.starts_with(prefix));
        !counts && (is_any_skipped(to) || to.ancestors().any(|path| passed_over.contains(path)))
    };
    notes.extend(links::notes(&place, cwd, apart, &followed, &unknown, &is_passed_over));
    if notes.iter().filter(|note| matches!(note, CaptureNote::Link { .. })).count() > LINKS_MAX {
        let message = Recorded::CodeTooManyLinks { links: LINKS_MAX }.to_string();
        return Err(Failure::new("code.too_large", message).into());
    }
    let keys = key_files::stands(cwd, root, &left_out);
    key_files::note(cwd, root, &left_out, &mut notes);
    let mut seen = stands.listed(&place, &known, &untracked);
    seen.files.extend(keys);
    let digest = known.digest(prefix);
    let prefix = file_name::to_text(prefix);
    place_within("the place of the folder in the repository", &prefix)?;
    let code = Code::Git {
        commit,
        branch: status.branch,
        prefix,
        diff: (!diff.is_empty()).then(|| Digest::of(&diff).to_string()),
        untracked,
        inner,
        digest,
    };
    let documents = if diff.is_empty() { Vec::new() } else { vec![diff] };
    Ok(Some(CapturedCode { code: Some(code), documents, files: files::worth_keeping(kept), notes, seen }))
}

/// What lies in the working tree of a repository, and in those within it.
struct Tree {
    commit: String,
    /// With the files of repositories within, and ignored modules, among those that git does not know.
    status: Status,
    known: Known,
    inner: Vec<Inner>,
    /// What is ignored and does not count.
    passed_over: BTreeSet<PathBuf>,
    notes: Vec<CaptureNote>,
    /// How files that count stood.
    stands: Stands,
}

/// Looks into the repository; `None` when there is no commit yet.
fn tree(place: &Place<'_>, apart: &Apart, limits: Limits) -> anyhow::Result<Option<Tree>> {
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
fn is_ignored(place: &Place<'_>, status: &Status) -> bool {
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
fn submodules(root: &Path, status: &mut Status, known: &Known) -> Vec<PathBuf> {
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

/// Takes out what lies in folders that hold no code, as what lies in them shows; answers these folders. Those around the
/// run's own are none of them.
fn leave_out_what_tools_made(place: &Place<'_>, status: &mut Status, known: &mut Known) -> BTreeSet<PathBuf> {
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
fn take_what_counts(place: &mut Place<'_>, status: &mut Status, known: &mut Known) -> anyhow::Result<Vec<Followed>> {
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
fn take_out_key_files(place: &Place<'_>, apart: &Apart, status: &mut Status, known: &mut Known) -> Vec<PathBuf> {
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
fn name_included(root: &Path, apart: &Apart, status: &mut Status) {
    let is_file = |path: &Path| fs::symlink_metadata(root.join(path)).is_ok_and(|metadata| metadata.is_file());
    for path in apart.included.iter().filter(|path| !apart.is_declared(path) && is_file(path)) {
        status.changed.remove(path);
        status.untracked.retain(|other| other != path);
        // Before all others, which the limits may leave no room.
        status.untracked.insert(0, path.clone());
    }
}

/// What git looks at for a change and what it was told not to look at, as far as it counts.
fn looked_at<'a>(status: &'a Status, known: &'a Known) -> impl Iterator<Item = &'a PathBuf> {
    let changed = status.changed.iter().filter(|(_, change)| change.differs).map(|(path, _)| path);
    changed.chain(&known.unwatched).filter(move |path| known.files.contains_key(*path))
}

/// Puts what lies in the working tree in the place of what git has stored.
fn put_in_place(status: &Status, stored: BTreeMap<PathBuf, String>, known: &mut Known) {
    for (path, _) in status.changed.iter().filter(|(_, change)| change.differs) {
        known.files.remove(path);
    }
    for path in &known.unwatched {
        known.files.remove(path);
    }
    known.files.extend(stored);
}

/// Names files that are others than those of the commit where git was told not to look: no patch shows them.
fn name_what_changed_unseen(stored: &BTreeMap<PathBuf, String>, status: &mut Status, known: &Known) {
    let is_another = |path: &&PathBuf| stored.get(*path).is_some_and(|here| known.files.get(*path) != Some(here));
    let unseen = known.unwatched.iter().filter(|path| !status.changed.contains_key(*path)).filter(is_another);
    let unseen: Vec<PathBuf> = unseen.cloned().collect();
    status.untracked.extend(unseen);
}

/// What `git diff HEAD` says, without the declared inputs and outputs and without any path that has the name of a file of
/// keys.
fn difference(
    root: &Path,
    status: &Status,
    apart: &Apart,
    left_out: &[PathBuf],
    unshown: &BTreeSet<PathBuf>,
) -> anyhow::Result<Vec<u8>> {
    let arguments = [
        "diff",
        "HEAD",
        "--binary",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--ignore-submodules=all",
        "--",
    ];
    let pathspec = |magic: &str, path: &Path| {
        let mut text = OsString::from(format!(":({magic}top,literal)"));
        text.push(path);
        text
    };
    let paths: Vec<OsString> = if status.changed.len() - unshown.len() <= NAMED_PATHS_MAX {
        let shown = status.changed.keys().filter(|path| !unshown.contains(*path));
        shown.map(|path| pathspec("", path)).collect()
    } else {
        let others = apart.declared.iter().chain(&apart.included).chain(left_out).chain(unshown);
        // Git refuses to speak of what lies outside of the repository.
        others.filter(|path| path.is_relative()).map(|path| pathspec("exclude,", path)).collect()
    };
    let paths: Vec<&OsStr> = paths.iter().map(AsRef::as_ref).collect();
    git(root, &arguments, &paths)
}

/// Reads the files that git does not know, as far as the limits allow; large ones only when they are `included`.
fn read_untracked(
    root: &Path,
    untracked: &[PathBuf],
    included: &[PathBuf],
    limits: Limits,
) -> (Vec<FileRef>, Vec<Kept>) {
    let (mut refs, mut kept, mut total) = (Vec::new(), Vec::new(), 0);
    for relative in untracked {
        let path = root.join(relative);
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let readable = metadata.is_file()
            && (metadata.len() <= READ_BYTES_MAX || included.contains(relative))
            && refs.len() < limits.files_max
            && total + metadata.len() <= limits.bytes_max;
        if !readable {
            continue;
        }
        if let Ok((digest, size)) = beneath::open(root, relative).and_then(|mut file| hash_open_file(&mut file)) {
            total += size;
            let named = file_name::to_text(relative);
            refs.push(FileRef { path: named, digest: digest.clone(), size, kind: "file".to_owned() });
            kept.push(Kept { path, digest, size });
        }
    }
    (refs, kept)
}

#[cfg(test)]
mod tests;
