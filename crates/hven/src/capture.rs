//! What a run is made of, taken down at its start: code, inputs, environment; and a little later, its software.

mod beneath;
pub mod environment;
pub mod files;
pub mod folder;
pub mod found;
pub mod git;
mod globs;
pub mod key_files;
pub mod python;

use std::path::{Path, PathBuf};

use hven_api::runs::{CaptureNote, Code};
use hven_core::key_file::is_key_file;

pub use files::Kept;
pub use globs::globbed;

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
    /// Declared inputs and outputs.
    pub declared: Vec<PathBuf>,
    /// Files of keys that somebody said are code: files, and not behind a link.
    pub included: Vec<PathBuf>,
}

impl Apart {
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

/// Whether a folder's entry is no code, by its name: hidden, installed by a tool, or made by an interpreter.
fn is_skipped(name: &str) -> bool {
    name.starts_with('.')
        || matches!(name, "node_modules" | "__pycache__" | "site-packages")
        || Path::new(name).extension().is_some_and(|end| end == "pyc")
}

/// What lies in a folder that is no code: a virtual environment, a cache that says so, a publication, a home, an export.
const MADE_BY_A_TOOL: [&str; 5] = ["pyvenv.cfg", "CACHEDIR.TAG", "ro-crate-metadata.json", "hven.lock", "BLAKE3SUMS"];

fn is_made_by_a_tool(folder: &Path) -> bool {
    MADE_BY_A_TOOL.iter().any(|name| folder.join(name).exists())
}
