//! Folders in which programs search modules and libraries, as variables name them. Each is represented by the bytes of its
//! files, or by their sizes and times if they are too large to read.

use std::{
    collections::HashSet,
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use hven_api::tools::ToolFolderBy;
use hven_core::Digest;

use crate::{
    Limits, is_tool_folder, is_tool_mark,
    remembered::{Fingerprint, Remembered},
};

/// The kind of folder that a variable names, which decides what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FolderKind {
    /// Modules: all files in it.
    Modules,
    /// Packages of R: their descriptions.
    RLibrary,
    /// Shared libraries: the files directly in the folder, by their sizes and times of change.
    Libraries,
    /// A project of Julia: the files with its requirements.
    JuliaProject,
    /// Not a folder, but a file that programs read when they start.
    File,
}

/// Variables that name such folders, separated by colons.
pub(super) const VARIABLES: &[(&str, FolderKind)] = &[
    ("PYTHONPATH", FolderKind::Modules),
    ("R_LIBS", FolderKind::RLibrary),
    ("R_LIBS_USER", FolderKind::RLibrary),
    ("R_LIBS_SITE", FolderKind::RLibrary),
    ("JULIA_LOAD_PATH", FolderKind::Modules),
    ("JULIA_PROJECT", FolderKind::JuliaProject),
    ("PERL5LIB", FolderKind::Modules),
    ("RUBYLIB", FolderKind::Modules),
    ("NODE_PATH", FolderKind::Modules),
    ("MATLABPATH", FolderKind::Modules),
    ("OCTAVE_PATH", FolderKind::Modules),
    ("CLASSPATH", FolderKind::Modules),
    ("LD_LIBRARY_PATH", FolderKind::Libraries),
    ("DYLD_LIBRARY_PATH", FolderKind::Libraries),
    ("LD_PRELOAD", FolderKind::File),
    ("BASH_ENV", FolderKind::File),
    ("R_PROFILE", FolderKind::File),
    ("R_PROFILE_USER", FolderKind::File),
    ("R_ENVIRON", FolderKind::File),
    ("R_ENVIRON_USER", FolderKind::File),
    ("MATPLOTLIBRC", FolderKind::File),
];

/// The entries in the value of such a variable.
pub(super) fn entries<'a>(variable: &str, value: &'a str) -> impl Iterator<Item = &'a str> {
    let separators: &[char] = if variable == "LD_PRELOAD" { &[':', ' '] } else { &[':'] };
    // An empty entry means the working directory, which is code. Julia's entries with `@` are not files.
    value.split(separators).filter(|entry| !entry.is_empty() && !entry.starts_with('@'))
}

/// A file in such a folder.
#[derive(Debug)]
pub(super) struct ModuleFile {
    relative: PathBuf,
    metadata: Metadata,
}

/// At most so many entries are read for each allowed file.
const ENTRIES_PER_FILE: usize = 20;
/// The setting that limits the number of files.
const FILES_MAX: &str = "HVEN_CODE_FILES_MAX";

/// The files below a folder, with links followed, sorted by path; or the reason why they could not be listed. Skipped paths
/// are not read.
pub(super) fn find(
    root: &Path,
    files_max: usize,
    is_skipped: &dyn Fn(&Path) -> bool,
    is_wanted: &dyn Fn(&Path) -> bool,
) -> Result<Vec<ModuleFile>, String> {
    let unreadable = |path: &Path, error: &io::Error| format!("{} cannot be read: {error}", path.display());
    let mut found = Vec::new();
    let mut left = vec![PathBuf::new()];
    // Links may form a cycle.
    let inode = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let mut seen: HashSet<(u64, u64)> = fs::metadata(root).map(inode).into_iter().collect();
    let mut entries_left = files_max.saturating_mul(ENTRIES_PER_FILE);
    while let Some(folder) = left.pop() {
        let path = root.join(&folder);
        let listed: io::Result<Vec<fs::DirEntry>> = fs::read_dir(&path).and_then(Iterator::collect);
        let mut listed = match listed {
            // The command cannot read this folder either.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !folder.as_os_str().is_empty() => continue,
            other => other.map_err(|error| unreadable(&path, &error))?,
        };
        // An inner virtual environment or cache has no modules of the folder.
        if !folder.as_os_str().is_empty()
            && listed.iter().any(|entry| is_tool_mark(&entry.file_name()))
            && is_tool_folder(&path)
        {
            continue;
        }
        // Sorting makes the choice between two paths to a folder deterministic.
        listed.sort_unstable_by_key(fs::DirEntry::file_name);
        for entry in listed {
            let Some(rest) = entries_left.checked_sub(1) else {
                let most = files_max * ENTRIES_PER_FILE;
                return Err(format!("it has more than {most} entries ({ENTRIES_PER_FILE} times {FILES_MAX})"));
            };
            entries_left = rest;
            let relative = folder.join(entry.file_name());
            if is_skipped(&relative) {
                continue;
            }
            // A broken link is not a module.
            let Ok(metadata) = fs::metadata(entry.path()) else { continue };
            if metadata.is_dir() {
                if seen.insert(inode(metadata)) {
                    left.push(relative);
                }
            } else if metadata.is_file() && is_wanted(&relative) {
                found.push(ModuleFile { relative, metadata });
                if found.len() > files_max {
                    return Err(format!("it has more than {files_max} files ({FILES_MAX})"));
                }
            }
        }
    }
    found.sort_unstable_by(|one, other| one.relative.cmp(&other.relative));
    Ok(found)
}

/// The digest of these files, and what it is based on.
pub(super) fn digest(
    root: &Path,
    found: &[ModuleFile],
    limits: Limits,
    remembered: &Remembered,
) -> io::Result<(Digest, ToolFolderBy)> {
    if found.iter().map(|file| file.metadata.size()).sum::<u64>() > limits.bytes_max {
        return Ok((by_change(found), ToolFolderBy::Change));
    }
    let mut fingerprint = Fingerprint::of("modules");
    for file in found {
        fingerprint.add(&file.relative, &file.metadata);
    }
    let read = || -> io::Result<Digest> {
        let mut hasher = blake3::Hasher::new();
        for file in found {
            add_path(&file.relative, &mut hasher);
            let digest = match remembered.file(&root.join(&file.relative)) {
                // The command cannot read this file either.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => change(&file.metadata),
                read => read?,
            };
            hasher.update(digest.as_bytes());
        }
        Ok(hasher.finalize().into())
    };
    Ok((remembered.get_or_compute(&fingerprint, read)?, ToolFolderBy::Content))
}

/// The digest of the paths, sizes and times of change.
pub(super) fn by_change(found: &[ModuleFile]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for ModuleFile { relative, metadata } in found {
        add_path(relative, &mut hasher);
        hasher.update(change(metadata).as_bytes());
    }
    hasher.finalize().into()
}

/// A digest that represents a file that is not read.
pub(super) fn change(metadata: &Metadata) -> Digest {
    let (size, second, part) = (metadata.size(), metadata.mtime(), metadata.mtime_nsec());
    Digest::of(format!("{size} bytes, changed at {second}.{part:09}").as_bytes())
}

fn add_path(path: &Path, hasher: &mut blake3::Hasher) {
    let path = path.as_os_str().as_encoded_bytes();
    hasher.update(&(path.len() as u64).to_le_bytes()).update(path);
}

/// Whether a name is that of a shared library or of a Java archive.
pub(super) fn is_library(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains(".so.") || path.extension().is_some_and(|end| end == "so" || end == "dylib" || end == "jar")
}

/// The files directly in the folder.
pub(super) fn flat(root: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> io::Result<Vec<ModuleFile>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let relative = PathBuf::from(entry.file_name());
        let is_file = |metadata: &Metadata| metadata.is_file() && is_wanted(&relative);
        if let Some(metadata) = fs::metadata(entry.path()).ok().filter(is_file) {
            found.push(ModuleFile { relative, metadata });
        }
    }
    found.sort_unstable_by(|one, other| one.relative.cmp(&other.relative));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const LIMITS: Limits = Limits { files_max: 10, bytes_max: 1000 };

    fn look(root: &Path) -> (Digest, ToolFolderBy) {
        let found = find(root, LIMITS.files_max, &|path| path.ends_with("made"), &|_| true).expect("it is read");
        digest(root, &found, LIMITS, &Remembered::in_home(Path::new("/nowhere"))).expect("it is read")
    }

    #[test]
    fn each_file_of_a_folder_counts_and_skipped_files_do_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("lib");
        fs::create_dir_all(root.join("sub/made")).expect("made");
        fs::create_dir_all(root.join("venv/lib")).expect("made");
        fs::write(root.join("a.py"), "1").expect("written");
        symlink("..", root.join("sub/up")).expect("linked");
        let before = look(&root);
        assert_eq!(before.1, ToolFolderBy::Content);
        for made in ["sub/made/a.py", "venv/pyvenv.cfg", "venv/lib/b.py"] {
            fs::write(root.join(made), "made").expect("written");
        }
        assert_eq!(look(&root), before);
        fs::write(root.join("sub/b.py"), "2").expect("written");
        let with_another = look(&root);
        assert_ne!(with_another, before);
        fs::write(root.join("sub/b.py"), "3").expect("written");
        assert_ne!(look(&root), with_another, "the same size");
        fs::rename(root.join("sub/b.py"), root.join("b.py")).expect("moved");
        assert_ne!(look(&root), with_another);
    }

    #[test]
    fn a_large_folder_is_represented_by_sizes_and_times() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large.py");
        fs::write(&path, vec![b'x'; 1001]).expect("written");
        let before = look(folder.path());
        assert_eq!(before.1, ToolFolderBy::Change);
        let file = fs::File::options().write(true).open(&path).expect("it is there");
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("set");
        assert_ne!(look(folder.path()), before);
    }

    #[test]
    fn too_many_files_are_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        for n in 0..11 {
            fs::write(folder.path().join(format!("{n}.py")), "").expect("written");
        }
        let look = |files_max: usize, is_wanted: &dyn Fn(&Path) -> bool| {
            find(folder.path(), files_max, &|_| false, is_wanted).map(|found| found.len())
        };
        let why = look(10, &|_| true).expect_err("too many");
        assert_eq!(why, "it has more than 10 files (HVEN_CODE_FILES_MAX)");
        assert_eq!(look(10, &|path| path.ends_with("1.py")), Ok(1));
        let why = look(0, &|_| false).expect_err("too many");
        assert_eq!(why, "it has more than 0 entries (20 times HVEN_CODE_FILES_MAX)");
        assert!(find(&folder.path().join("nothing"), 10, &|_| false, &|_| true).is_err());
    }

    #[test]
    fn libraries_are_recognised_by_name() {
        for name in ["libfit.so", "libfit.so.1.2", "libfit.dylib", "fit.jar"] {
            assert!(is_library(Path::new(name)), "{name}");
        }
        for name in ["fit.py", "out.csv", "so", "run.log"] {
            assert!(!is_library(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn values_of_variables_are_split() {
        let check = |variable: &str, value: &str, wanted: &[&str]| {
            assert_eq!(entries(variable, value).collect::<Vec<_>>(), wanted, "{variable}={value}");
        };
        check("PYTHONPATH", "/a::b:", &["/a", "b"]);
        check("JULIA_LOAD_PATH", "@:/a:@stdlib", &["/a"]);
        check("LD_PRELOAD", "/a.so /b.so:c.so", &["/a.so", "/b.so", "c.so"]);
    }
}
