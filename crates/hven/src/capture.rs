//! What a run is made of, taken down at its start: code, inputs, environment, programs and modules; and a little later, its
//! software.

mod beneath;
mod code_names;
pub mod empty;
pub mod environment;
pub mod files;
pub mod folder;
pub mod found;
pub mod git;
mod globs;
pub mod key_files;
pub mod manifests;
pub mod process;
mod programs;
pub mod python;
pub mod remembered;
pub mod seen;
pub mod stdin;
pub mod tools;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use hven_api::runs::{CaptureNote, Code};
use hven_core::{key_file::is_key_file, seen::SeenList};

pub use code_names::{is_code, is_program};
pub use files::Kept;
pub use globs::globbed;
pub use programs::Launch;

/// A larger file of which nobody said that it is code is not read: it is data, and counts by its size and time of change.
const READ_BYTES_MAX: u64 = 8 << 20;

/// What limits the reading of code.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub files_max: usize,
    pub bytes_max: u64,
}

/// What of a folder is no code, or is code although it looks like something else; paths relative to the folder in which
/// the run works.
#[derive(Clone, Debug, Default)]
pub struct Apart {
    /// Declared inputs and outputs, and what belongs to Hven itself.
    pub declared: Vec<PathBuf>,
    /// Files of keys that somebody said are code: files, and not behind a link.
    pub included: Vec<PathBuf>,
}

impl Apart {
    /// The same for the folder `root`, in which the run's folder lies at `prefix`.
    fn seen_from(&self, root: &Path, prefix: &Path) -> Self {
        let seen = |path: &PathBuf| path.strip_prefix(root).map_or_else(|_| prefix.join(path), Path::to_owned);
        Self { declared: self.declared.iter().map(seen).collect(), included: self.included.iter().map(seen).collect() }
    }

    fn is_key_file(&self, relative: &Path) -> bool {
        is_key_file(&relative.to_string_lossy()) && !self.is_included(relative)
    }

    /// The same for a file that begins as a private key does, whatever its name.
    fn is_private_key(&self, root: &Path, relative: &Path) -> bool {
        !self.is_included(relative) && key_files::is_private_key(root, relative)
    }

    fn is_included(&self, relative: &Path) -> bool {
        self.included.iter().any(|path| path == relative)
    }

    /// Whether a path is declared, or lies in what is.
    fn is_declared(&self, relative: &Path) -> bool {
        self.declared.iter().any(|path| relative.starts_with(path))
    }

    /// Whether what is declared lies behind this path: whoever named it meant what the link leads to.
    fn leads_to_declared(&self, relative: &Path) -> bool {
        self.declared.iter().any(|path| path.starts_with(relative))
    }
}

/// Code as it was found, and the bytes that should be kept with it.
#[derive(Debug, Default)]
pub struct CapturedCode {
    pub code: Option<Code>,
    /// Needed before the run is submitted: the difference to the commit, the listing of the folder.
    pub documents: Vec<Vec<u8>>,
    /// Small files that are kept so that the code can be read later; sent while the run goes on.
    pub files: Vec<Kept>,
    /// What was found and is not recorded.
    pub notes: Vec<CaptureNote>,
    /// How its files stood.
    pub seen: SeenList,
}

/// Takes down the code of a working directory.
pub fn code(cwd: &Path, apart: &Apart, limits: Limits) -> CapturedCode {
    let captured = match git::find(cwd) {
        Some(root) => match git::capture(&root, cwd, apart, limits) {
            // A repository without any commit is a folder still.
            Ok(None) => folder::capture(cwd, apart, limits),
            Ok(Some(captured)) => Ok(captured),
            Err(why) => Err(why),
        },
        None => folder::capture(cwd, apart, limits),
    };
    captured.unwrap_or_else(|why| CapturedCode {
        code: Some(Code::NotCaptured { why: why.to_string() }),
        ..CapturedCode::default()
    })
}

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
fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name)
        || SKIPPED_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || (name.starts_with('.') && SKIPPED_ENDINGS.iter().any(|ending| name.ends_with(ending)))
        // What Emacs has not saved yet.
        || (name.len() > 2 && name.starts_with('#') && name.ends_with('#'))
}

/// Whether a part of a path is no code by its name.
fn is_any_skipped(path: &Path) -> bool {
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

fn is_made_by_a_tool(folder: &Path) -> bool {
    MARKS.iter().any(|names| names.iter().all(|name| folder.join(name).exists()))
}

/// Whether a file of this name may show that its folder holds no code.
fn is_mark(name: &OsStr) -> bool {
    MARKS.iter().any(|names| name == names[0])
}
