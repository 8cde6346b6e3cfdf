//! Searches a folder: its files, its links as links, and special files. Links are not followed, since they could add files
//! that the user did not name; only `--follow-links` follows them.

use std::{
    fs::{self, DirEntry, FileType, Metadata},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Component, Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_core::file_name;

/// Whether the target of a link is in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkScope {
    Inside,
    Outside,
}

/// A link, by its path in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub path: PathBuf,
    /// Inside the folder: relative to the link's own folder. Outside: as the link states it.
    pub target: PathBuf,
    pub scope: LinkScope,
}

/// The contents of a folder. Paths are relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderContents {
    pub files: Vec<PathBuf>,
    /// Empty folders.
    pub folders: Vec<PathBuf>,
    pub links: Vec<Link>,
    /// Files of keys and passwords, which are left out.
    pub key_files: Vec<PathBuf>,
    /// Entries that are neither file, folder nor link, with their kind.
    pub special: Vec<(PathBuf, &'static str)>,
}

/// The options of a search.
pub struct FolderSearch<'a> {
    /// Paths that are skipped, with all entries below them.
    pub skip: &'a dyn Fn(&Path) -> bool,
    /// Files that are left out as key files.
    pub is_key_file: &'a dyn Fn(&Path) -> bool,
    /// The search stops above so many entries.
    pub files_max: usize,
    /// Follow links instead of listing them.
    pub follow: bool,
}

impl FolderSearch<'_> {
    /// A search for all entries, up to a limit.
    pub const fn of_all(files_max: usize, follow: bool) -> Self {
        Self { skip: &|_| false, is_key_file: &|_| false, files_max, follow }
    }
}

impl FolderContents {
    /// The number of entries, without empty folders.
    pub fn len(&self) -> usize {
        self.files.len() + self.links.len() + self.key_files.len() + self.special.len()
    }

    /// Notes on links that lead outside; `shown` makes the path for people from a path in the folder.
    pub fn notes_on_links(&self, shown: &dyn Fn(&Path) -> String) -> Vec<CaptureNote> {
        let outside = self.links.iter().filter(|link| link.scope == LinkScope::Outside);
        outside
            .map(|link| CaptureNote::LinkOutside { path: shown(&link.path), target: file_name::to_text(&link.target) })
            .collect()
    }
}

/// Collects all entries below `root`, sorted by name.
pub fn find(root: &Path, search: &FolderSearch<'_>) -> io::Result<FolderContents> {
    let real = fs::canonicalize(root)?;
    let mut found = FolderContents::default();
    let here = fs::metadata(root)?;
    walk(&FolderWalk { root, real: &real, search }, root, &mut vec![(here.dev(), here.ino())], &mut found)?;
    Ok(found)
}

struct FolderWalk<'a> {
    root: &'a Path,
    real: &'a Path,
    search: &'a FolderSearch<'a>,
}

/// `above`: the folders on the current path; a followed link to one of them would be a cycle.
fn walk(
    context: &FolderWalk<'_>,
    folder: &Path,
    above: &mut Vec<(u64, u64)>,
    found: &mut FolderContents,
) -> io::Result<()> {
    let FolderWalk { root, real, search } = context;
    let mut entries: Vec<DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(DirEntry::file_name);
    for entry in entries {
        if found.len() > search.files_max {
            return Ok(());
        }
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
        let kind = entry.file_type()?;
        if !kind.is_dir() && (search.is_key_file)(&relative) {
            // A key file that is a link is noted like every other link.
            if kind.is_file() {
                found.key_files.push(relative);
                continue;
            }
        } else if (search.skip)(&relative) {
            continue;
        }
        let followed = if kind.is_symlink() && search.follow { fs::metadata(&path).ok() } else { None };
        let kind = followed.as_ref().map_or(kind, Metadata::file_type);
        if kind.is_dir() {
            let here = followed.map_or_else(|| fs::metadata(&path), Ok)?;
            let place = (here.dev(), here.ino());
            if !above.contains(&place) {
                let before = found.len() + found.folders.len();
                above.push(place);
                walk(context, &path, above, found)?;
                above.pop();
                if found.len() + found.folders.len() == before {
                    found.folders.push(relative);
                }
            }
        } else if kind.is_file() {
            found.files.push(relative);
        } else if kind.is_symlink() {
            found.links.extend(link(real, &path, relative)?);
        } else {
            found.special.push((relative, special_kind(kind)));
        }
    }
    Ok(())
}

/// Reads a link. `real`: the canonical path of the containing folder. `None` if the link no longer exists.
pub fn link(real: &Path, path: &Path, relative: PathBuf) -> io::Result<Option<Link>> {
    let target = match fs::read_link(path) {
        Ok(target) => target,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => return Ok(None),
        Err(error) => return Err(error),
    };
    let folder = path.parent().map_or_else(|| Ok(real.to_owned()), fs::canonicalize)?;
    let leads_to = match fs::canonicalize(path) {
        Ok(leads_to) => leads_to,
        // A broken or circular link is resolved by its text alone.
        Err(_) => normalised(&folder.join(&target)),
    };
    if !leads_to.starts_with(real) {
        return Ok(Some(Link { path: relative, target, scope: LinkScope::Outside }));
    }
    // An absolute target would reveal the path of the folder, and would be wrong in a copy.
    let target = if target.is_absolute() { relative_path(&folder, &leads_to) } else { target };
    Ok(Some(Link { path: relative, target, scope: LinkScope::Inside }))
}

/// The relative path from a folder to another path; both without links.
fn relative_path(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(shared)).collect();
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

/// A path without `.` and `..`, by its text alone.
pub fn normalised(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

/// The kind of a special file, which has no bytes to record.
pub fn special_kind(kind: FileType) -> &'static str {
    match kind {
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_block_device() || kind.is_char_device() => "a device",
        _ => "something special",
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_found_as_links() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().join("root");
        fs::create_dir_all(root.join("d/e")).expect("made");
        fs::create_dir(place.path().join("beside")).expect("made");
        for file in ["a", "d/b", "d/e/c", "../beside/secret"] {
            fs::write(root.join(file), file).expect("written");
        }
        let absolute = fs::canonicalize(&root).expect("a path").join("d/e/c");
        let links: &[(&str, &Path)] = &[
            ("d/up", Path::new("../a")),
            ("abs", &absolute),
            ("d/abs", &absolute),
            ("folder", Path::new("d/e")),
            ("self", Path::new(".")),
            ("gone", Path::new("d/none")),
            ("circle", Path::new("circle")),
            ("out", Path::new("../beside/secret")),
            ("outdir", Path::new("../beside")),
            ("passwd", Path::new("/etc/passwd")),
            ("gone-out", Path::new("../none")),
            ("chain", Path::new("out")),
            ("sneaky", Path::new("d/../../beside/secret")),
        ];
        for (path, target) in links {
            symlink(target, root.join(path)).expect("linked");
        }
        let found = find(&root, &FolderSearch::of_all(1000, false)).expect("found");
        assert_eq!(found.files, ["a", "d/b", "d/e/c"].map(PathBuf::from));
        let target = |name: &str, scope: LinkScope| {
            let link = found.links.iter().find(|link| link.path == Path::new(name)).expect("found");
            assert_eq!(link.scope, scope, "{name}");
            link.target.to_string_lossy().into_owned()
        };
        for (name, wanted) in [
            ("d/up", "../a"),
            ("abs", "d/e/c"),
            ("d/abs", "e/c"),
            ("folder", "d/e"),
            ("self", "."),
            ("gone", "d/none"),
            ("circle", "circle"),
        ] {
            assert_eq!(target(name, LinkScope::Inside), wanted);
        }
        for name in ["out", "outdir", "passwd", "gone-out", "chain", "sneaky"] {
            target(name, LinkScope::Outside);
        }
        assert_eq!(found.links.len(), links.len());

        let followed = find(&root, &FolderSearch::of_all(1000, true)).expect("found");
        for file in ["out", "outdir/secret", "folder/c", "chain", "passwd", "abs"] {
            assert!(followed.files.contains(&PathBuf::from(file)), "{file}: {:?}", followed.files);
        }
        assert!(!followed.files.iter().any(|path| path.starts_with("self")), "no folder within itself");
        assert_eq!(followed.links.len(), 3, "what leads nowhere stays a link: {:?}", followed.links);
    }

    #[test]
    fn key_files_and_pipes_are_listed_separately() {
        let place = tempfile::tempdir().expect("a folder");
        for file in [".env", "a.py", ".hidden", "id_rsa"] {
            fs::write(place.path().join(file), file).expect("written");
        }
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, place.path().join("pipe"), rustix::fs::FileType::Fifo, mode, 0)
            .expect("made");
        let search = FolderSearch {
            skip: &|path| path.to_string_lossy().starts_with('.'),
            is_key_file: &|path| hven_core::key_file::is_key_file(&path.to_string_lossy()),
            files_max: 10,
            follow: false,
        };
        let found = find(place.path(), &search).expect("found");
        assert_eq!(found.files, [PathBuf::from("a.py")]);
        assert_eq!(found.key_files, [".env", "id_rsa"].map(PathBuf::from));
        assert_eq!(found.special, [(PathBuf::from("pipe"), "a pipe")]);
        assert_eq!(found.len(), 4);
        let keys = FolderSearch { is_key_file: &|_| true, files_max: 1, ..search };
        assert_eq!(find(place.path(), &keys).expect("found").len(), 2, "files of keys are counted, too");
    }
}
