//! What lies in a folder: its files, its links as links, and what has no bytes. Links are not followed, or a folder would
//! hand on what nobody named: only `--follow-links` does that.

use std::{
    fs::{self, DirEntry, FileType, Metadata},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Component, Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_core::file_name;

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    Within,
    Outside,
}

/// A link, by its path within the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub path: PathBuf,
    /// Within the folder relative to the link's own; else as the link says it.
    pub target: PathBuf,
    pub leads: Leads,
}

/// What a folder holds; paths relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub files: Vec<PathBuf>,
    /// Folders in which nothing was found.
    pub folders: Vec<PathBuf>,
    pub links: Vec<Link>,
    /// Files of keys and passwords that are left out.
    pub key_files: Vec<PathBuf>,
    /// What is neither file, folder nor link, with what it is.
    pub special: Vec<(PathBuf, &'static str)>,
}

/// What is looked for.
pub struct Search<'a> {
    /// What is passed over, with all that lies below it.
    pub skip: &'a dyn Fn(&Path) -> bool,
    /// Which files are left out as files of keys.
    pub is_key_file: &'a dyn Fn(&Path) -> bool,
    /// It stops above so many entries.
    pub files_max: usize,
    /// Take what links lead to instead of the links.
    pub follow: bool,
}

impl Search<'_> {
    /// Everything, up to so many.
    pub const fn of_all(files_max: usize, follow: bool) -> Self {
        Self { skip: &|_| false, is_key_file: &|_| false, files_max, follow }
    }
}

impl Found {
    /// How many entries there are besides empty folders.
    pub fn len(&self) -> usize {
        self.files.len() + self.links.len() + self.key_files.len() + self.special.len()
    }

    /// Notes on links that lead out; `shown` makes of a path within what people are shown.
    pub fn notes_on_links(&self, shown: &dyn Fn(&Path) -> String) -> Vec<CaptureNote> {
        let outside = self.links.iter().filter(|link| link.leads == Leads::Outside);
        outside
            .map(|link| CaptureNote::LinkOutside { path: shown(&link.path), target: file_name::to_text(&link.target) })
            .collect()
    }
}

/// Collects what lies below `root`, in the order of the names.
pub fn find(root: &Path, search: &Search<'_>) -> io::Result<Found> {
    let real = fs::canonicalize(root)?;
    let mut found = Found::default();
    let here = fs::metadata(root)?;
    walk(&Walk { root, real: &real, search }, root, &mut vec![(here.dev(), here.ino())], &mut found)?;
    Ok(found)
}

struct Walk<'a> {
    root: &'a Path,
    real: &'a Path,
    search: &'a Search<'a>,
}

/// `above`: the folders on the way here, in which a link that is followed would go round.
fn walk(walk_: &Walk<'_>, folder: &Path, above: &mut Vec<(u64, u64)>, found: &mut Found) -> io::Result<()> {
    let Walk { root, real, search } = walk_;
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
            // One that is a link is noted like every link.
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
                walk(walk_, &path, above, found)?;
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
            found.special.push((relative, what_it_is(kind)));
        }
    }
    Ok(())
}

/// Reads a link. `real`: the folder that it should not leave, without links; `None` when it is gone by now.
pub fn link(real: &Path, path: &Path, relative: PathBuf) -> io::Result<Option<Link>> {
    let target = match fs::read_link(path) {
        Ok(target) => target,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => return Ok(None),
        Err(error) => return Err(error),
    };
    let folder = path.parent().map_or_else(|| Ok(real.to_owned()), fs::canonicalize)?;
    let leads_to = match fs::canonicalize(path) {
        Ok(leads_to) => leads_to,
        // To nothing, or in a circle: by its text alone.
        Err(_) => tidy(&folder.join(&target)),
    };
    if !leads_to.starts_with(real) {
        return Ok(Some(Link { path: relative, target, leads: Leads::Outside }));
    }
    // Where the folder lies is nobody's business, and elsewhere it lies elsewhere.
    let target = if target.is_absolute() { way(&folder, &leads_to) } else { target };
    Ok(Some(Link { path: relative, target, leads: Leads::Within }))
}

/// The relative path from a folder to something; both without links.
fn way(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

/// A path without `.` and `..`, by its text alone.
pub fn tidy(path: &Path) -> PathBuf {
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

/// What something is that has no bytes to record.
pub fn what_it_is(kind: FileType) -> &'static str {
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
        let found = find(&root, &Search::of_all(1000, false)).expect("found");
        assert_eq!(found.files, ["a", "d/b", "d/e/c"].map(PathBuf::from));
        let target = |name: &str, leads: Leads| {
            let link = found.links.iter().find(|link| link.path == Path::new(name)).expect("found");
            assert_eq!(link.leads, leads, "{name}");
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
            assert_eq!(target(name, Leads::Within), wanted);
        }
        for name in ["out", "outdir", "passwd", "gone-out", "chain", "sneaky"] {
            target(name, Leads::Outside);
        }
        assert_eq!(found.links.len(), links.len());

        let followed = find(&root, &Search::of_all(1000, true)).expect("found");
        for file in ["out", "outdir/secret", "folder/c", "chain", "passwd", "abs"] {
            assert!(followed.files.contains(&PathBuf::from(file)), "{file}: {:?}", followed.files);
        }
        assert!(!followed.files.iter().any(|path| path.starts_with("self")), "no folder within itself");
        assert_eq!(followed.links.len(), 3, "what leads nowhere stays a link: {:?}", followed.links);
    }

    #[test]
    fn key_files_and_pipes_are_told_apart() {
        let place = tempfile::tempdir().expect("a folder");
        for file in [".env", "a.py", ".hidden", "id_rsa"] {
            fs::write(place.path().join(file), file).expect("written");
        }
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, place.path().join("pipe"), rustix::fs::FileType::Fifo, mode, 0)
            .expect("made");
        let search = Search {
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
        let keys = Search { is_key_file: &|_| true, files_max: 1, ..search };
        assert_eq!(find(place.path(), &keys).expect("found").len(), 2, "files of keys are counted, too");
    }
}
