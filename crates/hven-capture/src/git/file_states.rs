//! Records the state (size and times) of a repository's files. Tracked files are examined while git compares them, so that
//! the start of a run does not wait.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    ffi::OsString,
    fs::File,
    path::{Path, PathBuf},
};

use hven_api::runs::FileRef;
use hven_core::{
    Digest, file_name,
    seen::{RecordedFile, RecordedFileKind, RecordedFileList, micros},
};
use rustix::fs::{AtFlags, FileType, statat};

use super::{
    super::seen::{self, CODE_FILES_MAX},
    code_scope::CodeScope,
    tracked::{REPOSITORY_MODE, TrackedFiles, is_executable},
};

/// By paths from the repository's root. `PathBuf` keys would be compared part by part, which takes longer than the system
/// calls.
#[derive(Debug, Default)]
pub(super) struct FileStates(HashMap<OsString, RecordedFile>);

impl FileStates {
    /// Examines the tracked files that are part of the code without links.
    pub(super) fn of_tracked(scope: &CodeScope<'_>, tracked: &TrackedFiles) -> Self {
        let counts = |path: &Path, content: &str| {
            !content.starts_with(REPOSITORY_MODE) && scope.includes(path, is_executable(content))
        };
        let mut states = Self::default();
        states
            .examine(scope, tracked.files.iter().filter(|(path, content)| counts(path, content)).map(|(path, _)| path));
        states
    }

    /// Examines more files, before they are read.
    pub(super) fn examine<'a>(&mut self, scope: &CodeScope<'_>, paths: impl Iterator<Item = &'a PathBuf>) {
        let Ok(root) = File::open(scope.root) else { return };
        for path in paths {
            if self.0.len() >= CODE_FILES_MAX {
                return;
            }
            if let Entry::Vacant(entry) = self.0.entry(path.clone().into_os_string())
                && let Some(file) = file_state(scope, &root, path)
            {
                entry.insert(file);
            }
        }
    }

    /// The list of all files of the code. The digests of `named` files are tracked.
    pub(super) fn listed(
        mut self,
        scope: &CodeScope<'_>,
        tracked: &TrackedFiles,
        named: &[FileRef],
    ) -> RecordedFileList {
        let digests: BTreeMap<PathBuf, Digest> =
            named.iter().filter_map(|file| Some((file_name::to_path(&file.path), file.digest.parse().ok()?))).collect();
        let mut list = RecordedFileList::default();
        let Ok(root) = File::open(scope.root) else { return list };
        let files = tracked.files.iter().filter(|(_, content)| !content.starts_with(REPOSITORY_MODE));
        for (path, _) in files {
            if list.files.len() >= CODE_FILES_MAX {
                list.left_out += 1;
                continue;
            }
            // Targets of links were not examined before.
            let Some(file) = self.0.remove(path.as_os_str()).or_else(|| file_state(scope, &root, path)) else {
                continue;
            };
            let digest = file.digest.or_else(|| digests.get(path).copied());
            list.files.push(RecordedFile { digest, ..file });
        }
        list
    }
}

/// Calls `statat` relative to the opened root: resolving the root for every file would add half of the time.
fn file_state(scope: &CodeScope<'_>, root: &File, path: &Path) -> Option<RecordedFile> {
    let stat = statat(root, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let named = match path.strip_prefix(scope.prefix) {
        Ok(within) => file_name::to_text(within),
        Err(_) => file_name::to_text(&scope.root.join(path)),
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink => seen::link(named, &scope.root.join(path)),
        FileType::RegularFile => Some(RecordedFile {
            path: named,
            kind: RecordedFileKind::File,
            size: u64::try_from(stat.st_size).ok()?,
            modified_us: micros(stat.st_mtime, nanoseconds(stat.st_mtime_nsec)),
            changed_us: seen::reported_change_time(micros(stat.st_ctime, nanoseconds(stat.st_ctime_nsec))),
            digest: None,
        }),
        _ => None,
    }
}

/// The type of the field differs between systems; the value is always below one second.
fn nanoseconds(of_stat: impl TryInto<i64>) -> i64 {
    of_stat.try_into().unwrap_or(0)
}
