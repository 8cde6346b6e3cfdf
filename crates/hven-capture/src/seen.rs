//! The state of inputs and code at the capture. By this a runner checks, when the process starts and when it has ended, that
//! they are unchanged. The state of few inputs is part of the submission; the list of the code is an object, which is sent
//! only if the run has to wait.

use std::{
    collections::BTreeSet,
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use hven_api::runs as wire;
use hven_core::{
    Digest, file_name,
    seen::{LISTED_MAX, RecordedFile, RecordedFileKind, RecordedFileList, micros, within},
};

use super::{code_names::is_program, folder_search::FolderContents};

/// At most so many files of the code are checked again.
pub const CODE_FILES_MAX: usize = 100_000;

/// The state of a file. It is taken before its bytes are read.
pub fn file_state(path: String, kind: RecordedFileKind, metadata: &Metadata, digest: Option<Digest>) -> RecordedFile {
    RecordedFile {
        path,
        kind,
        size: if kind == RecordedFileKind::Folder { 0 } else { metadata.len() },
        modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
        changed_us: reported_change_time(micros(metadata.ctime(), metadata.ctime_nsec())),
        digest,
    }
}

/// An upper bound of the resolution of a file system's timestamps.
const STEP_US: i64 = 20_000;
/// The same for a file system with timestamps in whole seconds.
const LONG_STEP_US: i64 = 2_000_000;

/// A change time, as it is reported for a file that is examined now.
pub fn reported_change_time(changed_us: i64) -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    settled(changed_us, now)
}

/// The change time, if every later change would have another time; otherwise none, so that the runner compares bytes.
fn settled(changed_us: i64, now_us: i64) -> i64 {
    let step_us = if changed_us % 1_000_000 == 0 { LONG_STEP_US } else { STEP_US };
    if changed_us <= now_us - step_us { changed_us } else { NO_TIME_US }
}

/// Represents an unknown time: no file changed in 1970.
const NO_TIME_US: i64 = 0;

/// The state of a link; `None` if it no longer exists.
pub fn link(path: String, full: &Path) -> Option<RecordedFile> {
    let (metadata, target) = (fs::symlink_metadata(full).ok()?, fs::read_link(full).ok()?);
    Some(file_state(path, RecordedFileKind::Link, &metadata, Some(Digest::of(target.as_os_str().as_encoded_bytes()))))
}

/// The state of an input's folders: a file that is added to one of them later changes its times.
pub fn folders(root: &Path, found: &FolderContents) -> Vec<RecordedFile> {
    let entries = found.files.iter().chain(found.links.iter().map(|link| &link.path)).chain(&found.folders);
    let mut folders: BTreeSet<&Path> = entries.flat_map(|path| path.ancestors().skip(1)).collect();
    folders.extend(found.folders.iter().map(PathBuf::as_path));
    folders.insert(Path::new(""));
    let state = |folder: &Path| {
        let metadata = fs::metadata(root.join(folder)).ok()?;
        Some(file_state(file_name::to_text(folder), RecordedFileKind::Folder, &metadata, None))
    };
    folders.into_iter().filter_map(state).collect()
}

/// The same files with paths from the run's working folder: `folder` is the recorded path of their folder.
pub fn relative_to_run(folder: &str, files: Vec<RecordedFile>) -> impl Iterator<Item = RecordedFile> {
    files.into_iter().map(move |file| {
        let path = if file.path.is_empty() { folder.to_owned() } else { within(folder, &file.path) };
        RecordedFile { path, ..file }
    })
}

/// The list of a code's files.
pub fn list_of_code(mut files: Vec<RecordedFile>) -> RecordedFileList {
    let left_out = files.len().saturating_sub(CODE_FILES_MAX) as u64;
    files.truncate(CODE_FILES_MAX);
    RecordedFileList { files, left_out, ..RecordedFileList::default() }
}

/// The same list, programs and modules first.
fn programs_first(code: RecordedFileList) -> RecordedFileList {
    let is_first = |file: &RecordedFile| is_program(Path::new(&file.path));
    let (mut files, others): (Vec<_>, Vec<_>) = code.files.into_iter().partition(is_first);
    let programs = files.len() as u64;
    files.extend(others);
    RecordedFileList { files, programs, ..code }
}

/// The state that is sent with a submission.
#[derive(Debug, Default)]
pub struct SeenReport {
    pub seen: wire::RecordedFiles,
    /// The list of the inputs, if they are many. It is sent before the submission.
    pub inputs: Option<Vec<u8>>,
    /// The list of the code. It is sent if the run waits.
    pub code: Option<Vec<u8>>,
}

impl SeenReport {
    pub fn of(inputs: Vec<RecordedFile>, code: RecordedFileList) -> anyhow::Result<Self> {
        let mut report = Self::default();
        if inputs.len() <= LISTED_MAX {
            report.seen.inputs = inputs.into_iter().map(to_wire).collect();
        } else {
            let list = serde_json::to_vec(&RecordedFileList { files: inputs, ..RecordedFileList::default() })?;
            report.seen.inputs_listed = Some(Digest::of(&list).to_string());
            report.inputs = Some(list);
        }
        if !code.files.is_empty() {
            let list = serde_json::to_vec(&programs_first(code))?;
            report.seen.code = Some(Digest::of(&list).to_string());
            report.code = Some(list);
        }
        Ok(report)
    }
}

fn to_wire(file: RecordedFile) -> wire::RecordedFile {
    let RecordedFile { path, kind, size, modified_us, changed_us, digest } = file;
    let kind = match kind {
        RecordedFileKind::File => "file",
        RecordedFileKind::Folder => "folder",
        RecordedFileKind::Link => "link",
    };
    let digest = digest.map(|digest| digest.to_string());
    wire::RecordedFile { path, kind: kind.to_owned(), size, modified_us, changed_us, digest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder_search::{self, FolderSearch};

    #[test]
    fn folders_of_an_input_are_listed_once_relative_to_the_run() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        fs::create_dir_all(root.join("a/b")).expect("made");
        fs::create_dir(root.join("empty")).expect("made");
        for file in ["a/b/1", "a/b/2"] {
            fs::write(root.join(file), file).expect("written");
        }
        let found = folder_search::find(root, &FolderSearch::of_all(100, false)).expect("found");
        let paths: Vec<String> = relative_to_run("data", folders(root, &found)).map(|folder| folder.path).collect();
        assert_eq!(paths, ["data", "data/a", "data/a/b", "data/empty"]);
        let paths: Vec<String> = relative_to_run(".", folders(root, &found)).map(|folder| folder.path).collect();
        assert_eq!(paths, [".", "a", "a/b", "empty"]);
    }

    #[test]
    fn a_recent_change_is_reported_without_its_time() {
        let now = 1_700_000_003_000_000;
        let check = |before_us: i64, has_time| assert_eq!(settled(now - before_us, now) != NO_TIME_US, has_time);
        check(STEP_US + 1, true);
        check(STEP_US - 1, false);
        check(LONG_STEP_US, true);
        check(1_000_000, false);
        check(-5, false);
    }

    #[test]
    fn programs_come_first_in_the_list_of_code() {
        let metadata = fs::metadata(".").expect("a folder");
        let files = ["run.log", "fit.py", "best.json", "lib/model.jl", "out1.txt"];
        let files = files.map(|path| file_state(path.to_owned(), RecordedFileKind::File, &metadata, None)).to_vec();
        let list = programs_first(RecordedFileList { files, left_out: 1, ..RecordedFileList::default() });
        let paths: Vec<&str> = list.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["fit.py", "lib/model.jl", "run.log", "best.json", "out1.txt"]);
        assert_eq!((list.programs, list.left_out), (2, 1));
    }

    #[test]
    fn few_inputs_are_sent_one_by_one_and_many_as_a_list() {
        let files = |count: usize| -> Vec<RecordedFile> {
            let metadata = fs::metadata(".").expect("a folder");
            (0..count).map(|n| file_state(n.to_string(), RecordedFileKind::File, &metadata, None)).collect()
        };
        let few = SeenReport::of(files(LISTED_MAX), RecordedFileList::default()).expect("JSON");
        assert_eq!((few.seen.inputs.len(), few.seen.inputs_listed, few.seen.code), (LISTED_MAX, None, None));
        let many = SeenReport::of(files(LISTED_MAX + 1), list_of_code(files(CODE_FILES_MAX + 3))).expect("JSON");
        assert!(many.seen.inputs.is_empty());
        let list = many.inputs.expect("a list");
        assert_eq!(many.seen.inputs_listed, Some(Digest::of(&list).to_string()));
        let code: RecordedFileList = serde_json::from_slice(&many.code.expect("a list")).expect("read");
        assert_eq!((code.files.len(), code.left_out), (CODE_FILES_MAX, 3));
    }
}
