//! How inputs and code stand at the moment in which they are taken down. By this a runner sees, when the process starts and
//! when it has ended, that they are the same still. What is told of few inputs goes with the submission; the list of the code
//! is an object, which is sent where the run has to wait.

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
    seen::{SeenFile, SeenKind, SeenList, TOLD_MAX, micros, within},
};

use super::{code_names::is_program, found::Found};

/// So many files of the code are looked at again.
pub const CODE_FILES_MAX: usize = 100_000;

/// How something stands. It is asked before its bytes are read.
pub fn stand(path: String, kind: SeenKind, metadata: &Metadata, digest: Option<Digest>) -> SeenFile {
    SeenFile {
        path,
        kind,
        size: if kind == SeenKind::Folder { 0 } else { metadata.len() },
        modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
        changed_us: settled_now(micros(metadata.ctime(), metadata.ctime_nsec())),
        digest,
    }
}

/// The clock of a disk goes in steps. They are shorter than this.
const STEP_US: i64 = 20_000;
/// The same of a disk that knows whole seconds alone.
const LONG_STEP_US: i64 = 2_000_000;

/// A time of change, as it is told of what is looked at in this moment.
pub fn settled_now(changed_us: i64) -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    settled(changed_us, now)
}

/// A time of change, when what changes from now on has another; else none, so that the runner compares bytes.
fn settled(changed_us: i64, now_us: i64) -> i64 {
    let step_us = if changed_us % 1_000_000 == 0 { LONG_STEP_US } else { STEP_US };
    if changed_us <= now_us - step_us { changed_us } else { NO_TIME_US }
}

/// Stands for no time: no file changed in 1970.
const NO_TIME_US: i64 = 0;

/// How a link stands; `None` when it is gone by now.
pub fn link(path: String, full: &Path) -> Option<SeenFile> {
    let (metadata, target) = (fs::symlink_metadata(full).ok()?, fs::read_link(full).ok()?);
    Some(stand(path, SeenKind::Link, &metadata, Some(Digest::of(target.as_os_str().as_encoded_bytes()))))
}

/// How the folders of an input stand, in which something was found: what comes to one of them later changes its times.
pub fn folders(root: &Path, found: &Found) -> Vec<SeenFile> {
    let entries = found.files.iter().chain(found.links.iter().map(|link| &link.path)).chain(&found.folders);
    let mut folders: BTreeSet<&Path> = entries.flat_map(|path| path.ancestors().skip(1)).collect();
    folders.extend(found.folders.iter().map(PathBuf::as_path));
    folders.insert(Path::new(""));
    let stands = |folder: &Path| {
        let metadata = fs::metadata(root.join(folder)).ok()?;
        Some(stand(file_name::to_text(folder), SeenKind::Folder, &metadata, None))
    };
    folders.into_iter().filter_map(stands).collect()
}

/// The same files, named from where the run works: `folder` is what the record calls the folder in which they lie.
pub fn placed(folder: &str, files: Vec<SeenFile>) -> impl Iterator<Item = SeenFile> {
    files.into_iter().map(move |file| {
        let path = if file.path.is_empty() { folder.to_owned() } else { within(folder, &file.path) };
        SeenFile { path, ..file }
    })
}

/// The list of a code's files.
pub fn list_of_code(mut files: Vec<SeenFile>) -> SeenList {
    let left_out = files.len().saturating_sub(CODE_FILES_MAX) as u64;
    files.truncate(CODE_FILES_MAX);
    SeenList { files, left_out, ..SeenList::default() }
}

/// The same list, programs and modules first.
fn programs_first(code: SeenList) -> SeenList {
    let is_first = |file: &SeenFile| is_program(Path::new(&file.path));
    let (mut files, others): (Vec<_>, Vec<_>) = code.files.into_iter().partition(is_first);
    let programs = files.len() as u64;
    files.extend(others);
    SeenList { files, programs, ..code }
}

/// What is told with a submission.
#[derive(Debug, Default)]
pub struct Told {
    pub seen: wire::Seen,
    /// The list of the inputs, when they are many: it is sent before.
    pub inputs: Option<Vec<u8>>,
    /// The list of the code: it is sent when the run waits.
    pub code: Option<Vec<u8>>,
}

impl Told {
    pub fn of(inputs: Vec<SeenFile>, code: SeenList) -> anyhow::Result<Self> {
        let mut told = Self::default();
        if inputs.len() <= TOLD_MAX {
            told.seen.inputs = inputs.into_iter().map(told_one).collect();
        } else {
            let list = serde_json::to_vec(&SeenList { files: inputs, ..SeenList::default() })?;
            told.seen.inputs_listed = Some(Digest::of(&list).to_string());
            told.inputs = Some(list);
        }
        if !code.files.is_empty() {
            let list = serde_json::to_vec(&programs_first(code))?;
            told.seen.code = Some(Digest::of(&list).to_string());
            told.code = Some(list);
        }
        Ok(told)
    }
}

fn told_one(file: SeenFile) -> wire::SeenFile {
    let SeenFile { path, kind, size, modified_us, changed_us, digest } = file;
    let kind = match kind {
        SeenKind::File => "file",
        SeenKind::Folder => "folder",
        SeenKind::Link => "link",
    };
    let digest = digest.map(|digest| digest.to_string());
    wire::SeenFile { path, kind: kind.to_owned(), size, modified_us, changed_us, digest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::{self, Search};

    #[test]
    fn the_folders_of_an_input_are_told_once_and_from_where_the_run_works() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        fs::create_dir_all(root.join("a/b")).expect("made");
        fs::create_dir(root.join("empty")).expect("made");
        for file in ["a/b/1", "a/b/2"] {
            fs::write(root.join(file), file).expect("written");
        }
        let found = found::find(root, &Search::of_all(100, false)).expect("found");
        let paths: Vec<String> = placed("data", folders(root, &found)).map(|folder| folder.path).collect();
        assert_eq!(paths, ["data", "data/a", "data/a/b", "data/empty"]);
        let paths: Vec<String> = placed(".", folders(root, &found)).map(|folder| folder.path).collect();
        assert_eq!(paths, [".", "a", "a/b", "empty"]);
    }

    #[test]
    fn what_changed_a_moment_ago_is_told_without_its_time() {
        let now = 1_700_000_003_000_000;
        let check = |before_us: i64, is_told| assert_eq!(settled(now - before_us, now) != NO_TIME_US, is_told);
        check(STEP_US + 1, true);
        check(STEP_US - 1, false);
        check(LONG_STEP_US, true);
        check(1_000_000, false);
        check(-5, false);
    }

    #[test]
    fn of_the_code_programs_come_first() {
        let metadata = fs::metadata(".").expect("a folder");
        let files = ["run.log", "fit.py", "best.json", "lib/model.jl", "out1.txt"];
        let files = files.map(|path| stand(path.to_owned(), SeenKind::File, &metadata, None)).to_vec();
        let list = programs_first(SeenList { files, left_out: 1, ..SeenList::default() });
        let paths: Vec<&str> = list.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["fit.py", "lib/model.jl", "run.log", "best.json", "out1.txt"]);
        assert_eq!((list.programs, list.left_out), (2, 1));
    }

    #[test]
    fn few_are_told_one_by_one_and_many_as_a_list() {
        let files = |count: usize| -> Vec<SeenFile> {
            let metadata = fs::metadata(".").expect("a folder");
            (0..count).map(|n| stand(n.to_string(), SeenKind::File, &metadata, None)).collect()
        };
        let few = Told::of(files(TOLD_MAX), SeenList::default()).expect("JSON");
        assert_eq!((few.seen.inputs.len(), few.seen.inputs_listed, few.seen.code), (TOLD_MAX, None, None));
        let many = Told::of(files(TOLD_MAX + 1), list_of_code(files(CODE_FILES_MAX + 3))).expect("JSON");
        assert!(many.seen.inputs.is_empty());
        let list = many.inputs.expect("a list");
        assert_eq!(many.seen.inputs_listed, Some(Digest::of(&list).to_string()));
        let code: SeenList = serde_json::from_slice(&many.code.expect("a list")).expect("read");
        assert_eq!((code.files.len(), code.left_out), (CODE_FILES_MAX, 3));
    }
}
