//! Which entries of a folder are no code by their names: caches, virtual environments, files of editors, homes of Hven.

use std::{ffi::OsStr, path::Path};

/// What lies in a folder and is no code, by its name: kept by a version control, a tool or an editor, or made by an
/// interpreter. Other hidden files are code: `.Rprofile` changes what R does.
const SKIPPED: &[&str] = &[
    ".bash_history",
    ".bzr",
    ".cache",
    ".claude",
    ".conda",
    ".coverage",
    ".cursor",
    ".direnv",
    ".directory",
    ".DS_Store",
    ".eggs",
    ".fleet",
    ".git",
    ".hg",
    ".history",
    ".hven",
    ".hven-data",
    ".hypothesis",
    ".idea",
    ".ipynb_checkpoints",
    ".jj",
    ".mypy_cache",
    ".nextflow",
    ".nox",
    ".pixi",
    ".pytest_cache",
    ".python_history",
    ".quarto",
    ".Rhistory",
    ".ropeproject",
    ".Rproj.user",
    ".ruff_cache",
    ".snakemake",
    ".spyproject",
    ".svn",
    ".tox",
    ".Trash",
    ".venv",
    ".viminfo",
    ".virtual_documents",
    ".vs",
    ".vscode",
    ".zed",
    ".zsh_history",
    "__pycache__",
    "__pypackages__",
    "desktop.ini",
    "node_modules",
    "site-packages",
    "Thumbs.db",
];
/// How such names begin: of removed files that are still open, of locks, of logs and of what macOS puts beside a file.
const SKIPPED_BEGINNINGS: &[&str] = &[".nextflow.log", ".nfs", ".fuse_hidden", ".#", ".~lock.", "._", "~$"];
/// How hidden names end of what an editor has not saved yet, or Hven not written to its end.
const SKIPPED_ENDINGS: &[&str] = &[".kate-swp", ".partial", ".swn", ".swo", ".swp", ".swx"];

/// Whether a folder's entry is no code, by its name.
pub(crate) fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name)
        || SKIPPED_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || (name.starts_with('.') && SKIPPED_ENDINGS.iter().any(|ending| name.ends_with(ending)))
        // What Emacs has not saved yet.
        || (name.len() > 2 && name.starts_with('#') && name.ends_with('#'))
}

/// Whether a part of a path is no code by its name.
pub(crate) fn is_any_skipped(path: &Path) -> bool {
    path.iter().any(|part| is_skipped(&part.to_string_lossy()))
}

/// What lies together in a folder that holds no code: a virtual environment, a cache that says so, or something of Hven's: a
/// home, also one that is just being made, a publication, an export.
const MARKS: &[&[&str]] = &[
    &["pyvenv.cfg"],
    &["conda-meta", "bin"],
    &["CACHEDIR.TAG"],
    &["hven.lock"],
    &["start.lock", "logs"],
    &["ro-crate-metadata.json", "publication.json", "manifest.json"],
    &["BLAKE3SUMS", "facts.parquet"],
];

pub(crate) fn is_made_by_a_tool(folder: &Path) -> bool {
    MARKS.iter().any(|names| names.iter().all(|name| folder.join(name).exists()))
}

/// Whether a file of this name may show that its folder holds no code.
pub(crate) fn is_mark(name: &OsStr) -> bool {
    MARKS.iter().any(|names| name == names[0])
}
