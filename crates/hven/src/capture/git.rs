//! The code of a folder in a git repository: the commit, what differs from it, and the files that git does not know.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    fs,
    io::{self, Write},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::Context;
use hven_api::runs::{CaptureNote, Code, FileRef};
use hven_client::hash_open_file;
use hven_core::{Digest, key_file::is_key_file, limits::place_within, recorded::Recorded};

use super::{
    Apart, CapturedCode, Kept, Limits, READ_BYTES_MAX, beneath, files,
    found::{self, Leads},
    is_skipped, key_files,
};
use crate::failure::Failure;

/// More changed paths than this are not named one by one to `git diff`.
const NAMED_PATHS_MAX: usize = 200;
/// More links that git does not know are not noted, and without their notes the code could not be put together again.
const LINKS_MAX: usize = 400;

/// The repository in which a folder lies: the nearest folder above that has a `.git`.
pub fn find(cwd: &Path) -> Option<PathBuf> {
    cwd.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// Takes down the code; `None` when there is no commit yet.
pub fn capture(root: &Path, cwd: &Path, apart: &Apart, limits: Limits) -> anyhow::Result<Option<CapturedCode>> {
    let prefix = cwd.strip_prefix(root).unwrap_or(Path::new(""));
    let below = |paths: &[PathBuf]| paths.iter().map(|path| prefix.join(path)).collect();
    // From here on all paths are relative to the repository's root.
    let apart = &Apart { declared: below(&apart.declared), included: below(&apart.included) };
    let apart_of = |path: &Path| apart.is_declared(path);
    // Two processes at once: one compares the working tree, the other lists what is known of the folder.
    let (status, known) = thread::scope(|scope| {
        let known = scope.spawn(|| git(cwd, &["ls-files", "--stage", "-z"], &[]));
        let arguments = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames"];
        (git(root, &arguments, &[]), known.join())
    });
    let known = known.map_err(|_| Failure::new("internal", "a thread that asked git died"))??;
    let mut status = Status::parse(&status?);
    let Some(commit) = status.commit.take() else { return Ok(None) };
    let mut folder = Known::parse(&known);
    let left_out = take_out_key_files(root, prefix, apart, &mut status, &mut folder);
    status.changed.retain(|path, _| !apart_of(path));
    status.untracked.retain(|path| {
        let skipped = path.iter().any(|part| is_skipped(&part.to_string_lossy()));
        (!skipped || apart.included.contains(path)) && !apart_of(path)
    });
    name_included(root, apart, &mut status);
    // A file of keys that became a link, or a folder: a patch would show what it held.
    let unshown = status.changed.keys().filter(|path| is_key_file(&path.to_string_lossy()));
    let unshown: BTreeSet<PathBuf> = unshown.cloned().collect();

    let (diff, hashed) = thread::scope(|scope| {
        let is_any_shown = status.changed.len() > unshown.len();
        let diff = is_any_shown.then(|| scope.spawn(|| difference(root, &status, apart, &left_out, &unshown)));
        let hashed = hash_as_git(root, prefix, &status);
        (diff.map(thread::ScopedJoinHandle::join), hashed)
    });
    let diff = match diff {
        Some(diff) => diff.map_err(|_| Failure::new("internal", "a thread that asked git died"))??,
        None => Vec::new(),
    };
    folder.take_over(prefix, &status, hashed?);
    folder.0.retain(|path, _| !apart_of(&prefix.join(path)));
    let (untracked, kept) = read_untracked(root, &status.untracked, &apart.included, limits);
    let unshown = status.untracked.iter().chain(&unshown);
    let mut notes = notes_on_links(root, cwd, prefix, apart, unshown, &folder)?;
    if notes.iter().filter(|note| matches!(note, CaptureNote::Link { .. })).count() > LINKS_MAX {
        let message = Recorded::CodeTooManyLinks { links: LINKS_MAX }.to_string();
        return Err(Failure::new("code.too_large", message).into());
    }
    key_files::note(cwd, root, &left_out, &mut notes);
    let prefix = prefix.to_string_lossy().into_owned();
    place_within("the place of the folder in the repository", &prefix)?;
    let code = Code::Git {
        commit,
        branch: status.branch,
        prefix,
        diff: (!diff.is_empty()).then(|| Digest::of(&diff).to_string()),
        untracked,
        digest: folder.digest(),
    };
    let documents = if diff.is_empty() { Vec::new() } else { vec![diff] };
    Ok(Some(CapturedCode { code: Some(code), documents, files: files::worth_keeping(kept), notes }))
}

/// Takes files of keys out of all that is recorded of the folder; answers them. Git may ignore them: those that lie in
/// the folder itself, or at the root, are found all the same.
fn take_out_key_files(
    root: &Path,
    prefix: &Path,
    apart: &Apart,
    status: &mut Status,
    folder: &mut Known,
) -> Vec<PathBuf> {
    let is_key = |path: &Path| apart.is_key_file(path) && !apart.is_declared(path);
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    // What git has as it is, it would hand on anyway; of the rest the bytes tell, too.
    let is_key_by_bytes = |path: &Path| !apart.is_declared(path) && apart.is_private_key(root, path);
    let unknown = status.changed.keys().chain(&status.untracked);
    found.extend(unknown.filter(|path| is_key(path) || is_key_by_bytes(path)).cloned());
    found.extend(folder.0.keys().map(|path| prefix.join(path)).filter(|path| is_key(path)));
    for place in [Path::new(""), prefix] {
        let entries = fs::read_dir(root.join(place)).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| place.join(entry.file_name())).filter(|path| is_key(path)));
    }
    // What is no file of bytes of its own is treated as what it is, such as a link.
    found.retain(|path| fs::symlink_metadata(root.join(path)).map_or(true, |metadata| metadata.is_file()));
    status.changed.retain(|path, _| !found.contains(path));
    status.untracked.retain(|path| !found.contains(path));
    folder.0.retain(|path, _| !found.contains(&prefix.join(path)));
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

/// How git says that something is a link.
const LINK_MODE: &str = "120000 ";

/// Notes links that lead out of the repository, and those of `unshown` paths, which are neither in the commit nor in the
/// patch.
fn notes_on_links<'a>(
    root: &Path,
    cwd: &Path,
    prefix: &Path,
    apart: &Apart,
    unshown: impl Iterator<Item = &'a PathBuf>,
    folder: &Known,
) -> io::Result<Vec<CaptureNote>> {
    let real = fs::canonicalize(root)?;
    let known =
        folder.0.iter().filter(|(_, content)| content.starts_with(LINK_MODE)).map(|(path, _)| prefix.join(path));
    let unknown: BTreeSet<PathBuf> = unshown.filter(|path| root.join(path).is_symlink()).cloned().collect();
    let all: BTreeSet<PathBuf> = known.chain(unknown.iter().cloned()).collect();
    let mut notes = Vec::new();
    for path in all {
        let Some(link) = found::link(&real, &root.join(&path), path.clone())? else { continue };
        let shown = files::recorded_path(cwd, &root.join(&path));
        let target = link.target.to_string_lossy().into_owned();
        match link.leads {
            Leads::Outside if apart.leads_to_declared(&path) => {}
            Leads::Outside => notes.push(CaptureNote::LinkOutside { path: shown, target }),
            Leads::Within if unknown.contains(&path) => notes.push(CaptureNote::Link { path: shown, target }),
            Leads::Within => {}
        }
    }
    Ok(notes)
}

/// Runs git and answers what it printed. What did not come from here goes into `paths`, behind a `--`, or was checked.
pub fn git(folder: &Path, arguments: &[&str], paths: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
    let mut command = command(folder, arguments);
    answer(arguments, command.args(paths).stdin(Stdio::null()).spawn())
}

/// The same, with something to read.
fn git_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut child = command(folder, arguments).stdin(Stdio::piped()).spawn();
    let stdin = child.as_mut().ok().and_then(|child| child.stdin.take());
    thread::scope(|scope| {
        // Written beside the reading: neither waits for the other's pipe to be emptied.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        answer(arguments, child)
    })
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["--no-optional-locks", "--no-pager", "-c", "core.quotePath=false"]).args(arguments);
    command.current_dir(folder).env("LC_ALL", "C").env_remove("GIT_EXTERNAL_DIFF");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn answer(arguments: &[&str], child: io::Result<Child>) -> anyhow::Result<Vec<u8>> {
    let output = child.and_then(Child::wait_with_output);
    let output = output.context("the folder is in a git repository, but git cannot be started")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("it did not say why").to_owned();
    Err(Failure::new("code.git", format!("git {} failed: {first}", arguments[0])).into())
}

/// What `git status` told, paths relative to the repository's root.
#[derive(Debug, Default, PartialEq, Eq)]
struct Status {
    /// `None` in a repository without a commit.
    commit: Option<String>,
    branch: Option<String>,
    /// Paths that differ from the commit, each with whether the working tree differs from what git has stored.
    changed: BTreeMap<PathBuf, bool>,
    untracked: Vec<PathBuf>,
}

impl Status {
    /// Reads the output of `--porcelain=v2 --branch -z --no-renames`.
    fn parse(bytes: &[u8]) -> Self {
        let mut status = Self::default();
        let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
        for entry in bytes.split(|&b| b == 0) {
            // A changed path stands behind eight fields, one in conflict behind ten.
            let (fields, place) = match entry.first() {
                Some(b'#') => {
                    let text = String::from_utf8_lossy(entry);
                    if let Some(commit) = text.strip_prefix("# branch.oid ") {
                        status.commit = Some(commit.to_owned()).filter(|commit| commit != "(initial)");
                    } else if let Some(branch) = text.strip_prefix("# branch.head ") {
                        status.branch = Some(branch.to_owned()).filter(|branch| branch != "(detached)");
                    }
                    continue;
                }
                Some(b'?') => {
                    status.untracked.push(path(entry.get(2..).unwrap_or_default()));
                    continue;
                }
                Some(b'1') => (9, 8),
                Some(b'u') => (11, 10),
                _ => continue,
            };
            let parts: Vec<&[u8]> = entry.splitn(fields, |&b| b == b' ').collect();
            if let (Some(states), Some(name)) = (parts.get(1), parts.get(place)) {
                status.changed.insert(path(name), states.get(1) != Some(&b'.'));
            }
        }
        status
    }
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
    let arguments = ["diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--"];
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
        others.map(|path| pathspec("exclude,", path)).collect()
    };
    let paths: Vec<&OsStr> = paths.iter().map(AsRef::as_ref).collect();
    git(root, &arguments, &paths)
}

/// The files of the working directory, relative to it: mode and git's name for the content. A commit of what lies there
/// already changes nothing in it.
struct Known(BTreeMap<PathBuf, String>);

impl Known {
    /// Reads the output of `ls-files --stage -z`.
    fn parse(bytes: &[u8]) -> Self {
        let entry = |entry: &[u8]| {
            let tab = entry.iter().position(|&b| b == b'\t')?;
            let fields = String::from_utf8_lossy(&entry[..tab]);
            let (mode, rest) = fields.split_once(' ')?;
            let name = rest.split(' ').next()?;
            Some((PathBuf::from(OsStr::from_bytes(&entry[tab + 1..])), format!("{mode} {name}")))
        };
        Self(bytes.split(|&b| b == 0).filter_map(entry).collect())
    }

    /// Puts what lies in the folder in the place of what git has stored.
    fn take_over(&mut self, prefix: &Path, status: &Status, hashed: BTreeMap<PathBuf, String>) {
        for path in status.changed.iter().filter(|(_, differs)| **differs).map(|(path, _)| path) {
            if let Ok(relative) = path.strip_prefix(prefix) {
                self.0.remove(relative);
            }
        }
        self.0.extend(hashed);
    }

    fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, content) in &self.0 {
            hasher.update(path.as_os_str().as_bytes()).update(&[0]).update(content.as_bytes()).update(&[0]);
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// What lies in the working directory and is not what git has stored: mode and the name that git would give it. Files that are
/// too large to be code count with size and time of change.
fn hash_as_git(root: &Path, prefix: &Path, status: &Status) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let changed = status.changed.iter().filter(|(_, differs)| **differs).map(|(path, _)| path);
    let (mut modes, mut links) = (Vec::new(), Vec::new());
    let mut hashed = BTreeMap::new();
    for path in changed.chain(&status.untracked) {
        let Ok(relative) = path.strip_prefix(prefix) else { continue };
        // Deleted: its absence is what counts.
        let Ok(metadata) = fs::symlink_metadata(root.join(path)) else { continue };
        if metadata.is_symlink() {
            links.push((relative.to_owned(), fs::read_link(root.join(path))?));
            continue;
        }
        // A submodule, or something that has no bytes.
        if !metadata.is_file() {
            continue;
        }
        if metadata.len() > READ_BYTES_MAX || !can_be_listed(path) {
            let content = format!("large {} {}.{}", metadata.len(), metadata.mtime(), metadata.mtime_nsec());
            hashed.insert(relative.to_owned(), content);
            continue;
        }
        let mode = if metadata.mode() & 0o100 == 0 { "100644" } else { "100755" };
        modes.push((path, relative.to_owned(), mode));
    }
    hash_links(root, links, &mut hashed)?;
    if modes.is_empty() {
        return Ok(hashed);
    }
    let mut names = Vec::new();
    for (path, ..) in &modes {
        names.extend_from_slice(path.as_os_str().as_bytes());
        names.push(b'\n');
    }
    let objects = git_with_input(root, &["hash-object", "--stdin-paths"], &names)?;
    let objects = String::from_utf8_lossy(&objects);
    for ((_, relative, mode), object) in modes.into_iter().zip(objects.lines()) {
        hashed.insert(relative, format!("{mode} {object}"));
    }
    Ok(hashed)
}

/// Whether git reads the name out of a list of names as it is: a line end would end it, and a quote at its beginning would
/// make it another.
fn can_be_listed(path: &Path) -> bool {
    let name = path.as_os_str().as_bytes();
    !name.contains(&b'\n') && name.first() != Some(&b'"')
}

/// Names links as git does: what counts is where they lead, and not what is there.
fn hash_links(
    root: &Path,
    links: Vec<(PathBuf, PathBuf)>,
    hashed: &mut BTreeMap<PathBuf, String>,
) -> anyhow::Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    // Git hashes a link's text as a file's bytes, so for a moment there are such files.
    let place = tempfile::tempdir().context("no folder for the texts of links can be made")?;
    let mut names = Vec::new();
    for (number, (_, target)) in links.iter().enumerate() {
        let path = place.path().join(number.to_string());
        fs::write(&path, target.as_os_str().as_bytes()).context("the text of a link cannot be written")?;
        names.extend_from_slice(path.as_os_str().as_bytes());
        names.push(b'\n');
    }
    let objects = git_with_input(root, &["hash-object", "--no-filters", "--stdin-paths"], &names)?;
    let objects = String::from_utf8_lossy(&objects);
    for ((relative, _), object) in links.into_iter().zip(objects.lines()) {
        hashed.insert(relative, format!("{LINK_MODE}{object}"));
    }
    Ok(())
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
            let shown = relative.to_string_lossy().into_owned();
            refs.push(FileRef { path: shown, digest: digest.clone(), size, kind: "file".to_owned() });
            kept.push(Kept { path, digest, size });
        }
    }
    (refs, kept)
}

#[cfg(test)]
mod tests;
