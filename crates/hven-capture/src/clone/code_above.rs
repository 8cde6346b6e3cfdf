//! Code above the run's folder: selects the code files of a commit, and the changes of a patch to them. As in the capture,
//! the name decides whether a file is code; large files are left out.

use std::{collections::BTreeSet, path::Path, process::Stdio};

use hven_core::{file_name, key_file::is_key_file};

use super::programs::{below, git_apply, output_of};
use crate::{git, is_code};

/// Larger files are left out.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// CodeAbove this number of files, or of bytes, all files are left out.
const FILES_MAX: usize = 2000;
const BYTES_MAX: u64 = 64 << 20;

/// Files of a commit outside of a folder. Paths are relative to the repository's root.
#[derive(Debug, Default)]
pub(super) struct CodeAbove {
    /// Whether the caller wants them.
    pub(super) is_wanted: bool,
    /// Code files that are taken from the commit.
    pub(super) wanted: BTreeSet<String>,
    /// Code files that are left out.
    pub(super) left_out: BTreeSet<String>,
    /// Files that are not code by their name, and key files.
    others: BTreeSet<String>,
}

/// The files of a commit outside of the folder `prefix`.
pub(super) fn of_commit(root: &Path, commit: &str, prefix: &str) -> anyhow::Result<CodeAbove> {
    let listed = git::git(root, &["ls-tree", "-r", "-l", "-z", "--full-tree", commit], &[])?;
    let mut above = CodeAbove { is_wanted: true, ..CodeAbove::default() };
    let mut bytes: u64 = 0;
    for entry in listed.split(|&byte| byte == 0) {
        // `MODE blob NAME SIZE`, a tab and the path. The type of an inner repository is `commit`.
        let Some(tab) = entry.iter().position(|&byte| byte == b'\t') else { continue };
        let head = String::from_utf8_lossy(&entry[..tab]).into_owned();
        let [mode, "blob", _, size] = head.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        let path = file_name::bytes_to_text(&entry[tab + 1..]);
        if below(prefix, &path).is_some() {
            continue;
        }
        // A link has few bytes. Its target is other code of the commit, or is not taken.
        let counts = mode == "120000" || is_code(&file_name::to_path(&path), mode == "100755");
        let small = size.parse::<u64>().ok().filter(|size| *size <= FILE_BYTES_MAX);
        match small {
            _ if !counts || is_key_file(&path) => above.others.insert(path),
            None => above.left_out.insert(path),
            Some(size) => {
                bytes += size;
                above.wanted.insert(path)
            }
        };
    }
    if above.wanted.len() > FILES_MAX || bytes > BYTES_MAX {
        above.left_out.append(&mut above.wanted);
    }
    Ok(above)
}

impl CodeAbove {
    /// The files outside of the folder that a patch may change: code that was taken from the commit, and new code.
    pub(super) fn changed_by(&self, patch: &[u8], prefix: &str, tree: &Path) -> anyhow::Result<BTreeSet<String>> {
        let output = output_of(git_apply(tree).args(["--numstat", "-z", "-"]).stdout(Stdio::piped()), Some(patch))?;
        // The numbers of added and removed lines, and the path, separated by tabs.
        let paths = output.split(|&byte| byte == 0).filter_map(|line| line.splitn(3, |&byte| byte == b'\t').nth(2));
        let is_included = |path: &String| {
            let is_new = !self.left_out.contains(path) && !self.others.contains(path);
            let is_new_code = is_new && is_code(&file_name::to_path(path), false) && !is_key_file(path);
            below(prefix, path).is_none() && (self.wanted.contains(path) || is_new_code)
        };
        Ok(paths.map(file_name::bytes_to_text).filter(is_included).collect())
    }
}
