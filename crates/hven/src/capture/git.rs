//! The code of a folder in a git repository: the commit, what differs from it, and the files that git does not know.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
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
use hven_core::Digest;

use super::{
    Apart, CapturedCode, Kept, Limits, beneath, files,
    found::{self, Leads},
    is_skipped, note_key_files,
};
use crate::failure::Failure;

/// Files that git does not know and that are larger than this are not read: they are data, not code.
const UNTRACKED_BYTES_MAX: u64 = 8 << 20;
/// More changed paths than this are not named one by one to `git diff`.
const NAMED_PATHS_MAX: usize = 200;

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
    let key_files = take_out_key_files(root, prefix, apart, &mut status, &mut folder);
    status.changed.retain(|path, _| !apart_of(path));
    status.untracked.retain(|path| {
        let skipped = path.iter().any(|part| is_skipped(&part.to_string_lossy()));
        (!skipped || apart.included.contains(path)) && !apart_of(path)
    });

    let (diff, hashed) = thread::scope(|scope| {
        let diff = (!status.changed.is_empty()).then(|| scope.spawn(|| difference(root, &status, apart, &key_files)));
        let hashed = hash_as_git(root, prefix, &status);
        (diff.map(thread::ScopedJoinHandle::join), hashed)
    });
    let diff = match diff {
        Some(diff) => diff.map_err(|_| Failure::new("internal", "a thread that asked git died"))??,
        None => Vec::new(),
    };
    folder.take_over(prefix, &status, hashed?);
    folder.0.retain(|path, _| !apart_of(&prefix.join(path)));
    let (untracked, kept) = read_untracked(root, &status.untracked, limits);
    let mut notes = notes_on_links(root, cwd, prefix, apart, &status.untracked, &folder)?;
    note_key_files(cwd, root, &key_files, &mut notes);
    let code = Code::Git {
        commit,
        branch: status.branch,
        prefix: prefix.to_string_lossy().into_owned(),
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
    found.extend(status.changed.keys().chain(&status.untracked).filter(|path| is_key(path)).cloned());
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

/// How git says that something is a link.
const LINK_MODE: &str = "120000 ";

/// Notes links that lead out of the repository, and those that git does not know.
fn notes_on_links(
    root: &Path,
    cwd: &Path,
    prefix: &Path,
    apart: &Apart,
    untracked: &[PathBuf],
    folder: &Known,
) -> io::Result<Vec<CaptureNote>> {
    let real = fs::canonicalize(root)?;
    let known =
        folder.0.iter().filter(|(_, content)| content.starts_with(LINK_MODE)).map(|(path, _)| prefix.join(path));
    let unknown: BTreeSet<PathBuf> = untracked.iter().filter(|path| root.join(path).is_symlink()).cloned().collect();
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

/// Runs git and answers what it printed.
fn git(folder: &Path, arguments: &[&str], paths: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
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

/// What `git diff HEAD` says, without the declared inputs and outputs and without files of keys.
fn difference(root: &Path, status: &Status, apart: &Apart, key_files: &[PathBuf]) -> anyhow::Result<Vec<u8>> {
    let arguments = ["diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--"];
    let magic = |kind: &str, path: &Path| {
        let mut text = std::ffi::OsString::from(format!(":({kind},top,literal)"));
        text.push(path);
        text
    };
    let paths: Vec<_> = if status.changed.len() <= NAMED_PATHS_MAX {
        status
            .changed
            .keys()
            .map(|path| {
                let mut text = std::ffi::OsString::from(":(top,literal)");
                text.push(path);
                text
            })
            .collect()
    } else {
        apart.declared.iter().chain(key_files).map(|path| magic("exclude", path)).collect()
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
        // A line end in a name would end the list of names.
        if metadata.len() > UNTRACKED_BYTES_MAX || path.as_os_str().as_bytes().contains(&b'\n') {
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

/// Reads the files that git does not know, as far as the limits allow.
fn read_untracked(root: &Path, untracked: &[PathBuf], limits: Limits) -> (Vec<FileRef>, Vec<Kept>) {
    let (mut refs, mut kept, mut total) = (Vec::new(), Vec::new(), 0);
    for relative in untracked {
        let path = root.join(relative);
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let readable = metadata.is_file()
            && metadata.len() <= UNTRACKED_BYTES_MAX
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
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { files_max: 100, bytes_max: 1 << 20 };

    #[test]
    fn status_is_read() {
        let text = "# branch.oid abc\0# branch.head main\0\
            1 .M N... 100644 100644 100644 aa bb a file.py\0\
            1 A. N... 000000 100644 100644 aa bb new.py\0\
            u UU N... 1 2 3 4 aa bb cc torn file.py\0? notes.md\0! ignored\0";
        let status = Status::parse(text.as_bytes());
        assert_eq!(status.commit.as_deref(), Some("abc"));
        assert_eq!(status.branch.as_deref(), Some("main"));
        let changed: Vec<_> = status.changed.iter().map(|(path, differs)| (path.to_str(), *differs)).collect();
        assert_eq!(changed, [(Some("a file.py"), true), (Some("new.py"), false), (Some("torn file.py"), true)]);
        assert_eq!(status.untracked, [PathBuf::from("notes.md")]);
        let fresh = Status::parse(b"# branch.oid (initial)\0# branch.head (detached)\0");
        assert_eq!(fresh, Status::default());
    }

    fn run_git(folder: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        run_git(root, &["init", "-q", "-b", "main"]);
        fs::create_dir(root.join("study")).expect("made");
        fs::write(root.join("study/fit.py"), "print(1)\n").expect("written");
        fs::write(root.join("study/plot.svg"), "<svg/>").expect("written");
        fs::write(root.join("other.py"), "print(2)\n").expect("written");
        folder
    }

    fn parts(captured: Option<CapturedCode>) -> (Option<String>, Vec<String>, String) {
        match captured.and_then(|captured| captured.code) {
            Some(Code::Git { diff, untracked, digest, prefix, branch, .. }) => {
                assert_eq!((prefix.as_str(), branch.as_deref()), ("study", Some("main")));
                (diff, untracked.into_iter().map(|file| file.path).collect(), digest)
            }
            other => panic!("{other:?} is not git's"),
        }
    }

    #[test]
    fn the_digest_follows_the_folder_and_the_diff_the_repository() {
        let folder = repository();
        let (root, cwd) = (folder.path(), folder.path().join("study"));
        let apart = Apart { declared: vec![PathBuf::from("plot.svg")], ..Apart::default() };
        let take = || capture(root, &cwd, &apart, LIMITS).expect("git works");
        assert!(take().is_none(), "there is no commit yet");
        run_git(root, &["add", "."]);
        run_git(root, &["commit", "-q", "-m", "first"]);

        let (diff, untracked, clean) = parts(take());
        assert_eq!((diff, untracked.len()), (None, 0));

        fs::write(cwd.join("plot.svg"), "<svg>new</svg>").expect("written");
        assert_eq!(parts(take()), (None, vec![], clean.clone()), "a declared output is no code");

        fs::write(root.join("other.py"), "print(3)\n").expect("written");
        let (diff, _, digest) = parts(take());
        assert!(diff.is_some());
        assert_eq!(digest, clean, "what lies outside of the folder is not in its digest");

        fs::write(cwd.join("fit.py"), "print(4)\n").expect("written");
        let (_, _, changed) = parts(take());
        assert_ne!(changed, clean);

        fs::write(cwd.join("more.py"), "x").expect("written");
        fs::create_dir(cwd.join("__pycache__")).expect("made");
        fs::write(cwd.join("__pycache__/more.pyc"), "x").expect("written");
        fs::write(cwd.join(".env"), "SECRET=1").expect("written");
        fs::write(root.join(".gitignore"), ".env\n__pycache__/\n").expect("written");
        let (_, untracked, digest) = parts(take());
        assert_eq!(untracked, ["study/more.py"]);
        assert_ne!(digest, changed);

        run_git(root, &["add", "-A", "."]);
        assert_eq!(parts(take()).2, digest, "what is added is what lies there");
        run_git(root, &["commit", "-q", "-m", "second"]);
        assert_eq!(parts(take()).2, digest, "a commit alone changes nothing");
        run_git(root, &["rm", "-q", "study/more.py"]);
        fs::write(root.join("study/fit.py"), "print(4)\n").expect("written");
        fs::write(cwd.join("fit.py"), "print(1)\n").expect("written");
        assert_eq!(parts(take()).2, clean, "back where it was");
    }

    #[test]
    fn links_are_links_and_key_files_are_left_out() {
        let folder = repository();
        let (root, cwd) = (folder.path(), folder.path().join("study"));
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("secret"), "top secret").expect("written");
        fs::write(cwd.join("server.pem"), "tracked").expect("written");
        run_git(root, &["add", "."]);
        run_git(root, &["commit", "-q", "-m", "first"]);
        let take = |apart: &Apart| {
            let captured = capture(root, &cwd, apart, LIMITS).expect("git works").expect("there is a commit");
            let diff = captured.documents.first().map(|diff| String::from_utf8_lossy(diff).into_owned());
            let kept =
                captured.files.iter().map(|kept| fs::read_to_string(&kept.path).expect("text")).collect::<String>();
            (captured.notes.clone(), diff.unwrap_or_default() + &kept, parts(Some(captured)))
        };
        let (notes, _, (_, _, clean)) = take(&Apart::default());
        let is_key =
            |note: &CaptureNote, wanted: &str| matches!(note, CaptureNote::KeyFile { path, .. } if path == wanted);
        assert!(notes.len() == 1 && is_key(&notes[0], "server.pem"), "{notes:?}");

        fs::write(cwd.join("server.pem"), "changed key").expect("written");
        fs::write(cwd.join(".env"), "PASSWORD=hunter2").expect("written");
        fs::write(root.join(".gitignore"), ".env").expect("written");
        fs::write(cwd.join("id_rsa"), "private key").expect("written");
        let (notes, bytes, (_, untracked, digest)) = take(&Apart::default());
        assert_eq!(notes.iter().filter(|note| matches!(note, CaptureNote::KeyFile { .. })).count(), 3, "{notes:?}");
        for secret in ["changed key", "tracked", "hunter2", "private key"] {
            assert!(!bytes.contains(secret), "{secret}: {bytes}");
        }
        assert!(untracked.is_empty(), "{untracked:?}");
        assert_eq!(digest, clean, "they count by themselves, with a key");
        let included = Apart { included: vec!["id_rsa".into()], ..Apart::default() };
        assert_eq!(take(&included).2.1, ["study/id_rsa"], "said on purpose");

        std::os::unix::fs::symlink(outside.path().join("secret"), cwd.join("keys.py")).expect("linked");
        std::os::unix::fs::symlink("fit.py", cwd.join("alias.py")).expect("linked");
        let (notes, bytes, (_, untracked, with_links)) = take(&Apart::default());
        assert!(untracked.is_empty() && !bytes.contains("top secret"), "{untracked:?} {bytes}");
        assert_ne!(with_links, clean);
        let has = |wanted: &CaptureNote| assert!(notes.contains(wanted), "{notes:?}");
        has(&CaptureNote::Link { path: "alias.py".into(), target: "fit.py".into() });
        let target = outside.path().join("secret").display().to_string();
        has(&CaptureNote::LinkOutside { path: "keys.py".into(), target });
        fs::write(outside.path().join("secret"), "another secret").expect("written");
        assert_eq!(take(&Apart::default()).2.2, with_links, "what it leads to is not read");

        run_git(root, &["add", "study/keys.py", "study/alias.py"]);
        let (notes, _, (_, _, added)) = take(&Apart::default());
        assert_eq!(added, with_links, "what is added is what lies there");
        assert!(notes.iter().any(|note| matches!(note, CaptureNote::LinkOutside { path, .. } if path == "keys.py")));
    }
}
