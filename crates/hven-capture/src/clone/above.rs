//! Code above the run's folder: which of the commit's files it is, and which of them a patch changes. As when it was taken
//! down, code is known by its name; large files are left out.

use std::{collections::BTreeSet, path::Path, process::Stdio};

use hven_core::{file_name, key_file::is_key_file};

use super::programs::{answer, below, patching};
use crate::{git, is_code};

/// A larger file is left out.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// When there are more files, or more bytes, all are left out.
const FILES_MAX: usize = 2000;
const BYTES_MAX: u64 = 64 << 20;

/// Files of a commit beside a folder; paths from the repository's root.
#[derive(Debug, Default)]
pub(super) struct Above {
    /// Whether somebody wants them.
    pub(super) is_wanted: bool,
    /// The code that is taken out.
    pub(super) wanted: BTreeSet<String>,
    /// The code that is not.
    pub(super) left_out: BTreeSet<String>,
    /// What is no code by its name, or is a file of keys.
    others: BTreeSet<String>,
}

/// What a commit has beside the folder `prefix`.
pub(super) fn of_commit(root: &Path, commit: &str, prefix: &str) -> anyhow::Result<Above> {
    let listed = git::git(root, &["ls-tree", "-r", "-l", "-z", "--full-tree", commit], &[])?;
    let mut above = Above { is_wanted: true, ..Above::default() };
    let mut bytes: u64 = 0;
    for entry in listed.split(|&byte| byte == 0) {
        // `MODE blob NAME SIZE`, a tab and the path; of a repository within the type is `commit`.
        let Some(tab) = entry.iter().position(|&byte| byte == b'\t') else { continue };
        let head = String::from_utf8_lossy(&entry[..tab]).into_owned();
        let [mode, "blob", _, size] = head.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        let path = file_name::bytes_to_text(&entry[tab + 1..]);
        if below(prefix, &path).is_some() {
            continue;
        }
        // A link has no bytes that would be much, and leads to code or to nothing that is taken.
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

impl Above {
    /// The files beside the folder that a patch changes and that are to be changed: code that was taken out, and code that
    /// the commit does not have.
    pub(super) fn changed_by(&self, patch: &[u8], prefix: &str, tree: &Path) -> anyhow::Result<BTreeSet<String>> {
        let said = answer(patching(tree).args(["--numstat", "-z", "-"]).stdout(Stdio::piped()), Some(patch))?;
        // How many lines come and go, and the path, with tabs between them.
        let paths = said.split(|&byte| byte == 0).filter_map(|line| line.splitn(3, |&byte| byte == b'\t').nth(2));
        let is_meant = |path: &String| {
            let is_new = !self.left_out.contains(path) && !self.others.contains(path);
            let is_new_code = is_new && is_code(&file_name::to_path(path), false) && !is_key_file(path);
            below(prefix, path).is_none() && (self.wanted.contains(path) || is_new_code)
        };
        Ok(paths.map(file_name::bytes_to_text).filter(is_meant).collect())
    }
}
