//! What a run is made of, taken down at its start: code, inputs, environment; and a little later, its software.

pub mod environment;
pub mod files;
pub mod folder;
pub mod git;
pub mod python;

use std::path::{Path, PathBuf};

use hven_api::runs::Code;

use crate::failure::Failure;

pub use files::Kept;

/// What limits the reading of code.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub files_max: usize,
    pub bytes_max: u64,
}

/// Code as it was found, and the bytes that should be kept with it.
#[derive(Debug, Default)]
pub struct CapturedCode {
    pub code: Option<Code>,
    /// Needed before the run is submitted: the difference to the commit, the listing of the folder.
    pub documents: Vec<Vec<u8>>,
    /// Small files that are kept so that the code can be read later; sent while the run goes on.
    pub files: Vec<Kept>,
}

/// Takes down the code of a working directory. `apart` are declared inputs and outputs, which are no code, relative to
/// `cwd`.
pub fn code(cwd: &Path, apart: &[PathBuf], limits: Limits) -> CapturedCode {
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

/// Takes down the files that these globs name, relative to `cwd`, as code.
pub fn globbed(cwd: &Path, globs: &[String], limits: Limits) -> anyhow::Result<CapturedCode> {
    let mut found = std::collections::BTreeSet::new();
    for text in globs {
        let wrong = |why: String| Failure::new("invalid", format!("the code {text:?} cannot be looked for: {why}"));
        let pattern = cwd.join(text);
        let pattern = pattern.to_str().ok_or_else(|| wrong("the folder's name is not UTF-8".to_owned()))?;
        let before = found.len();
        for path in glob::glob(pattern).map_err(|e| wrong(e.to_string()))? {
            let path = path.map_err(|e| wrong(e.to_string()))?;
            if path.is_file() {
                found.insert(path.strip_prefix(cwd).unwrap_or(&path).to_owned());
            }
        }
        if found.len() == before {
            return Err(wrong("no file fits it".to_owned()).into());
        }
    }
    folder::of_files(cwd, found.into_iter().collect(), limits)
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
