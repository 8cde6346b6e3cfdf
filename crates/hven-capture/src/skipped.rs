//! Names of entries that are not code: caches, virtual environments, files of editors, homes of Hven.

use std::{ffi::OsStr, path::Path};

/// Entries that are not code by their name: files of version control, tools and editors, or made by an interpreter. Other
/// hidden files are code: `.Rprofile` changes the behaviour of R.
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
/// Prefixes of such names: removed files that are still open, locks, logs, and files that macOS adds.
const SKIPPED_BEGINNINGS: &[&str] = &[".nextflow.log", ".nfs", ".fuse_hidden", ".#", ".~lock.", "._", "~$"];
/// Suffixes of hidden files that an editor has not saved yet, or that Hven has not completed.
const SKIPPED_ENDINGS: &[&str] = &[".kate-swp", ".partial", ".swn", ".swo", ".swp", ".swx"];

/// Whether an entry of a folder is not code, by its name.
pub(crate) fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name)
        || SKIPPED_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || (name.starts_with('.') && SKIPPED_ENDINGS.iter().any(|ending| name.ends_with(ending)))
        // Unsaved files of Emacs.
        || (name.len() > 2 && name.starts_with('#') && name.ends_with('#'))
}

/// Whether a part of a path is not code by its name.
pub(crate) fn is_any_skipped(path: &Path) -> bool {
    path.iter().any(|part| is_skipped(&part.to_string_lossy()))
}

/// Sets of files that show that a folder has no code: a virtual environment, a marked cache, or a folder of Hven: a home,
/// also one that is being created, a publication, an export.
const MARKS: &[&[&str]] = &[
    &["pyvenv.cfg"],
    &["conda-meta", "bin"],
    &["CACHEDIR.TAG"],
    &["hven.lock"],
    &["start.lock", "logs"],
    &["ro-crate-metadata.json", "publication.json", "manifest.json"],
    &["BLAKE3SUMS", "facts.parquet"],
];

pub(crate) fn is_tool_folder(folder: &Path) -> bool {
    MARKS.iter().any(|names| names.iter().all(|name| folder.join(name).exists()))
}

/// Whether a file of this name may show that its folder has no code.
pub(crate) fn is_tool_mark(name: &OsStr) -> bool {
    MARKS.iter().any(|names| name == names[0])
}
