//! Finds the declared outputs of an attempt, files or folders, after its processes have ended.
//!
//! A declared path may lie anywhere, because the caller declared it. A link that is *found* in a folder is kept as a
//! link: target files in the same folder are kept anyway, and target files outside were not declared. Each entry that
//! cannot be kept is named with the reason.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use hven_core::{
    Digest, file_name,
    object::{FileKind, ListedLink},
    recorded::{Recorded, RecordedText},
    run::MissingOutput,
};

use crate::kernel;

/// A folder with more files should be kept as an archive.
const FILES_MAX: usize = 200_000;
/// How many skipped entries are named.
const SKIPPED_MAX: usize = 100;

/// A declared output that exists.
#[derive(Debug, PartialEq)]
pub(crate) struct Output {
    /// The path as it is recorded.
    pub(crate) path: String,
    pub(crate) kind: FileKind,
    /// Sorted by name; exactly one if the output is a file.
    pub(crate) files: Vec<Item>,
    /// Folders without kept entries, sorted by name.
    pub(crate) folders: Vec<String>,
    /// Links that were found in the folder, sorted by name.
    pub(crate) links: Vec<ListedLink>,
    /// Entries that cannot be kept, such as a socket, or links whose targets lie outside.
    pub(crate) skipped: Vec<MissingOutput>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Item {
    /// Relative to the output.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) executable: bool,
}

/// The folders that limit where outputs may be.
#[derive(Clone, Debug)]
pub(crate) struct OutputScope<'a> {
    pub(crate) cwd: &'a Path,
    /// Hven's own files are not outputs.
    pub(crate) home: &'a Path,
}

/// The recorded form of a path: `./out/` becomes `out`.
pub(crate) fn recorded(declared: &str) -> String {
    let mut path = declared;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/".to_owned(),
        "" => ".".to_owned(),
        path => path.to_owned(),
    }
}

impl OutputScope<'_> {
    /// Finds a declared output, or returns the reason why it is missing.
    pub(crate) fn find(&self, declared: &str) -> Result<Output, MissingOutput> {
        let path = recorded(declared);
        self.look(&path).map_err(|why| MissingOutput { path, why })
    }

    fn look(&self, path: &str) -> Result<Output, String> {
        let mut full = self.cwd.join(file_name::from_text(path));
        let metadata = fs::symlink_metadata(&full).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Recorded::OutputAbsent.to_string(),
            _ => Recorded::OutputUnreadable { error: error.to_string() }.to_string(),
        })?;
        let output_scope = self.link_scope(&full);
        let metadata = if metadata.is_symlink() {
            let (target, metadata) = follow(&full, &output_scope)?;
            full = target;
            metadata
        } else {
            metadata
        };
        if metadata.is_file() {
            let item = Item { name: String::new(), path: full, executable: is_executable(&metadata) };
            return Ok(Output {
                path: path.to_owned(),
                kind: FileKind::File,
                files: vec![item],
                folders: Vec::new(),
                links: Vec::new(),
                skipped: Vec::new(),
            });
        }
        if !metadata.is_dir() {
            return Err(special(metadata.file_type()));
        }
        let (mut files, mut empty, mut links, mut skipped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        // Link targets outside this folder are kept only if they are declared.
        let root =
            fs::canonicalize(&full).map_err(|e| Recorded::OutputUnreadable { error: e.to_string() }.to_string())?;
        let mut passed_over = 0;
        let mut pass_over = |name: String, why: String| {
            passed_over += 1;
            if passed_over <= SKIPPED_MAX {
                skipped.push(MissingOutput { path: format!("{path}/{name}"), why });
            }
        };
        let mut folders = vec![(String::new(), full)];
        while let Some((prefix, folder)) = folders.pop() {
            let unreadable = |error: io::Error| {
                let (path, error) = (file_name::to_text(&folder), error.to_string());
                Recorded::OutputFolderUnreadable { path, error }.to_string()
            };
            let before = files.len() + links.len() + folders.len();
            for entry in fs::read_dir(&folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let name = format!("{prefix}{}", file_name::to_text(&entry.file_name()));
                let Ok(metadata) = entry.metadata() else { continue }; // It was removed just now.
                let path = entry.path();
                if metadata.is_symlink() {
                    match link(&path, &name, &root) {
                        Ok((link, why)) => {
                            links.push(link);
                            if let Some(why) = why {
                                pass_over(name, why);
                            }
                        }
                        Err(why) => pass_over(name, why),
                    }
                } else if metadata.is_dir() {
                    if path == self.home {
                        pass_over(name, Recorded::EntryHome.to_string());
                    } else {
                        folders.push((format!("{name}/"), path));
                    }
                } else if metadata.is_file() {
                    files.push(Item { name, path, executable: is_executable(&metadata) });
                } else {
                    pass_over(name, special(metadata.file_type()));
                }
                if files.len() + links.len() + empty.len() > FILES_MAX {
                    return Err(Recorded::OutputTooMany { files: FILES_MAX }.to_string());
                }
            }
            let is_empty = files.len() + links.len() + folders.len() == before;
            if let (true, Some(name)) = (is_empty, prefix.strip_suffix('/')) {
                empty.push(name.to_owned());
            }
        }
        if passed_over > SKIPPED_MAX {
            let why = Recorded::EntriesSkipped { entries: passed_over - SKIPPED_MAX }.to_string();
            skipped.push(MissingOutput { path: path.to_owned(), why });
        }
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        empty.sort_unstable();
        links.sort_unstable_by(|a: &ListedLink, b: &ListedLink| a.path.cmp(&b.path));
        Ok(Output { path: path.to_owned(), kind: FileKind::Folder, files, folders: empty, links, skipped })
    }

    /// The folder that link targets must lie in: the working folder, or for an output outside of it, the output's parent.
    fn link_scope(&self, full: &Path) -> PathBuf {
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (cwd, parent) = (real(self.cwd), full.parent().map_or_else(|| full.to_owned(), real));
        if parent.starts_with(&cwd) || full == self.cwd { cwd } else { parent }
    }

    /// The total size of the existing outputs.
    pub(crate) fn measure(&self, declared: &[String]) -> u64 {
        let mut bytes = 0;
        let place = |path: &String| self.cwd.join(file_name::from_text(&recorded(path)));
        let mut ahead: Vec<PathBuf> = declared.iter().map(place).collect();
        while let Some(path) = ahead.pop() {
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() && path != self.home => {
                    ahead.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
                }
                Ok(metadata) if metadata.is_file() => bytes += metadata.len(),
                _ => {}
            }
        }
        bytes
    }
}

/// The target of a link, if it lies within `output_scope`.
fn follow(link: &Path, output_scope: &Path) -> Result<(PathBuf, Metadata), String> {
    let target = fs::canonicalize(link).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Recorded::EntryLinkAbsent.to_string(),
        _ => Recorded::EntryLinkBroken { error: error.to_string() }.to_string(),
    })?;
    if !target.starts_with(output_scope) {
        let (target, folder) = (file_name::to_text(&target), file_name::to_text(output_scope));
        return Err(Recorded::EntryLinkOutside { target, folder }.to_string());
    }
    let metadata = fs::symlink_metadata(&target);
    let metadata = metadata.map_err(|error| Recorded::OutputUnreadable { error: error.to_string() }.to_string())?;
    Ok((target, metadata))
}

/// A link that was found in a folder, and the reason why its target is not kept, if it is not. `root` is the folder's
/// path with resolved links.
fn link(path: &Path, name: &str, root: &Path) -> Result<(ListedLink, Option<String>), String> {
    let broken = |error: io::Error| Recorded::EntryLinkBroken { error: error.to_string() }.to_string();
    let target = fs::read_link(path).map_err(broken)?;
    let as_it_is = ListedLink { path: name.to_owned(), target: file_name::to_text(&target) };
    let leads_to = match fs::canonicalize(path) {
        Ok(leads_to) => leads_to,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((as_it_is, Some(Recorded::EntryLinkAbsent.to_string())));
        }
        Err(error) => return Ok((as_it_is, Some(broken(error)))),
    };
    let Ok(within) = leads_to.strip_prefix(root) else {
        let (target, folder) = (file_name::to_text(&leads_to), file_name::to_text(root));
        return Ok((as_it_is, Some(Recorded::EntryLinkOutside { target, folder }.to_string())));
    };
    if !target.is_absolute() {
        return Ok((as_it_is, None));
    }
    // Make the target relative, because the folder's absolute path means nothing elsewhere. The folders above a link are
    // not links, so `..` names their parents.
    let up = "../".repeat(name.matches('/').count());
    let within = file_name::to_text(within);
    let target = if within.is_empty() && up.is_empty() { ".".to_owned() } else { format!("{up}{within}") };
    Ok((ListedLink { target, ..as_it_is }, None))
}

fn is_executable(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o111 != 0
}

fn special(kind: FileType) -> String {
    let what = match kind {
        _ if kind.is_fifo() => Recorded::Pipe,
        _ if kind.is_socket() => Recorded::Socket,
        _ if kind.is_block_device() || kind.is_char_device() => Recorded::Device,
        _ => Recorded::Special,
    };
    Recorded::OutputSpecial { what: RecordedText(what.to_string()) }.to_string()
}

/// Opens a file that was found. Fails if a link replaced any part of its path below the output, or if something else than a
/// file replaced it; never blocks.
pub(crate) fn open(item: &Item) -> io::Result<File> {
    // An output that is a single file lies directly in its folder.
    let depth = Path::new(&item.name).components().count().max(1);
    let root = item.path.ancestors().nth(depth).unwrap_or(Path::new("/"));
    let file = kernel::open_beneath(root, item.path.strip_prefix(root).unwrap_or(&item.path))?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"))
    }
}

/// Reads a file to its end and returns its digest and size.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when `stop` is set.
pub(crate) fn digest(mut file: File, stop: &AtomicBool) -> io::Result<(Digest, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "cancelled"));
        }
        match file.read(&mut buffer)? {
            0 => return Ok((hasher.finalize().into(), hasher.count())),
            read => hasher.update(&buffer[..read]),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn check(cwd: &Path, declared: &str, want: &str) {
        let output_scope = OutputScope { cwd, home: &cwd.join("home") };
        let cwd = fs::canonicalize(cwd).expect("a path").to_string_lossy().into_owned();
        let shown = match output_scope.find(declared) {
            Ok(output) => {
                let files: Vec<&str> = output.files.iter().map(|item| item.name.as_str()).collect();
                let skipped: Vec<String> = output.skipped.iter().map(|s| format!("{}: {}", s.path, s.why)).collect();
                format!("{} {:?} {files:?} {skipped:?}", output.path, output.kind)
            }
            Err(missing) => format!("{}: {}", missing.path, missing.why),
        };
        assert_eq!(shown.replace(&cwd, "CWD"), want, "{declared}");
    }

    #[test]
    fn outputs_are_found_or_reported_with_a_reason() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let cwd = dir.path();
        for folder in ["out/b", "home", "linked", "../x"].iter().take(3) {
            fs::create_dir_all(cwd.join(folder)).expect("a folder");
        }
        for file in ["a.csv", "out/z", "out/b/1", "home/key", "linked/1"] {
            fs::write(cwd.join(file), file).expect("a file");
        }
        symlink("../a.csv", cwd.join("out/beside")).expect("a link");
        symlink("../z", cwd.join("out/b/inside")).expect("a link");
        symlink(cwd.join("out/z"), cwd.join("out/b/absolute")).expect("a link");
        symlink("b", cwd.join("out/sub")).expect("a link");
        symlink("/etc/passwd", cwd.join("out/outside")).expect("a link");
        symlink("../linked", cwd.join("out/folder")).expect("a link");
        symlink("nothing", cwd.join("out/dangling")).expect("a link");
        symlink("/etc/passwd", cwd.join("stolen")).expect("a link");
        symlink("linked", cwd.join("alias")).expect("a link");
        let _socket = std::os::unix::net::UnixListener::bind(cwd.join("out/b/socket")).expect("a socket");

        check(cwd, "a.csv", r#"a.csv File [""] []"#);
        check(cwd, "./a.csv", r#"a.csv File [""] []"#);
        check(cwd, "none", "none: the command ended, but this was not there");
        check(cwd, "stolen", "stolen: it is a link to /etc/passwd, outside of CWD");
        check(cwd, "alias", r#"alias Folder ["1"] []"#);
        check(cwd, "out/b/socket", "out/b/socket: it is a socket, not a file or folder");
        let output_scope = OutputScope { cwd, home: &cwd.join("home") };
        let out = output_scope.find("out/").expect("a folder");
        let names: Vec<&str> = out.files.iter().map(|item| item.name.as_str()).collect();
        assert_eq!((out.path.as_str(), names), ("out", vec!["b/1", "z"]), "no bytes through a link");
        let links: Vec<String> = out.links.iter().map(|link| format!("{} -> {}", link.path, link.target)).collect();
        let within = ["b/absolute -> ../z", "b/inside -> ../z", "sub -> b"];
        let outside = ["beside -> ../a.csv", "dangling -> nothing", "folder -> ../linked", "outside -> /etc/passwd"];
        let mut all = [&within[..], &outside[..]].concat();
        all.sort_unstable();
        assert_eq!(links, all);
        let mut skipped: Vec<&str> = out.skipped.iter().map(|missing| missing.path.as_str()).collect();
        skipped.sort_unstable();
        assert_eq!(skipped, ["out/b/socket", "out/beside", "out/dangling", "out/folder", "out/outside"]);
        let everything = output_scope.find(".").expect("a folder");
        assert!(everything.files.iter().all(|item| !item.name.starts_with("home/")), "the home is not an output");
        assert_eq!(output_scope.measure(&["out".to_owned(), "a.csv".to_owned(), "none".to_owned()]), 5 + 7 + 5);
    }

    #[test]
    fn empty_folders_are_outputs_too() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let cwd = dir.path();
        for folder in ["none", "out/a/b", "out/full", "out/socket"] {
            fs::create_dir_all(cwd.join(folder)).expect("a folder");
        }
        fs::write(cwd.join("out/full/file"), "1").expect("a file");
        let _socket = std::os::unix::net::UnixListener::bind(cwd.join("out/socket/it")).expect("a socket");
        let output_scope = OutputScope { cwd, home: &cwd.join("home") };
        let none = output_scope.find("none").expect("a folder");
        assert_eq!((none.kind, none.files.len(), none.folders.len()), (FileKind::Folder, 0, 0));
        let out = output_scope.find("out").expect("a folder");
        assert_eq!(out.folders, ["a/b", "socket"], "a folder with only a socket counts as empty");
        assert_eq!(out.files.len(), 1);
    }

    #[test]
    fn a_link_that_replaces_a_file_is_not_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(dir.path().join("out/sub")).expect("a folder");
        fs::create_dir(dir.path().join("elsewhere")).expect("a folder");
        for file in ["out/sub/a", "elsewhere/a"] {
            fs::write(dir.path().join(file), file).expect("a file");
        }
        let output_scope = OutputScope { cwd: dir.path(), home: &dir.path().join("home") };
        let output = output_scope.find("out").expect("a folder");
        assert!(open(&output.files[0]).is_ok());
        fs::rename(dir.path().join("out/sub"), dir.path().join("out/old")).expect("renamed");
        symlink("../elsewhere", dir.path().join("out/sub")).expect("a link");
        assert!(open(&output.files[0]).is_err(), "a link in its path");
        fs::remove_file(dir.path().join("out/sub")).expect("removed");
        fs::create_dir(dir.path().join("out/sub")).expect("a folder");
        symlink("../old/a", dir.path().join("out/sub/a")).expect("a link");
        assert!(open(&output.files[0]).is_err(), "a link in its place");
    }
}
