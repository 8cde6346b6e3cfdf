//! The states of a run's files at the time of capture: sizes and times of change. With them Hven can later check that the files
//! are unchanged without reading them. The submitting client records them together with the digests; the runner compares them
//! when the process starts, which may be much later, and again when it has ended.

use serde::{Deserialize, Serialize};

use crate::{Digest, Malformed, limits};

/// If a process starts within this time after its run was submitted, its code is not compared again.
pub const AT_ONCE_US: i64 = 1_000_000;
/// How many files are listed directly; a longer list is an object.
pub const LISTED_MAX: usize = 200;

/// The recorded states of a run's files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFiles {
    /// Declared inputs, with all content of those that are folders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<RecordedFile>,
    /// The object with the list of the inputs, when they are many: a [`RecordedFileList`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_listed: Option<Digest>,
    /// The object with the list of the code's files. It may be uploaded after the submission of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Digest>,
    /// The code was captured long before the submission of the run: it is compared however soon the process starts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code_is_old: bool,
}

impl RecordedFiles {
    pub fn has_inputs(&self) -> bool {
        !self.inputs.is_empty() || self.inputs_listed.is_some()
    }

    /// Checks that it can be passed on.
    pub fn check(&self) -> Result<(), Malformed> {
        limits::count("files whose times are listed", self.inputs.len(), LISTED_MAX)?;
        self.inputs.iter().try_for_each(|file| limits::path("the path of a file whose times are listed", &file.path))
    }
}

/// A list of files, as an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFileList {
    pub files: Vec<RecordedFile>,
    /// For code, how many of the first files are programs and modules. They are compared also when the process has ended; the
    /// command may itself have written other files, such as logs and results.
    #[serde(default, skip_serializing_if = "is_none_left")]
    pub programs: u64,
    /// How many more files exist that are not listed.
    #[serde(default, skip_serializing_if = "is_none_left")]
    pub left_out: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none_left(count: &u64) -> bool {
    *count == 0
}

/// The recorded state of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFile {
    /// As inputs are named: relative to the run's folder, or absolute when it is outside.
    pub path: String,
    #[serde(default, skip_serializing_if = "RecordedFileKind::is_file")]
    pub kind: RecordedFileKind,
    pub size: u64,
    /// When its bytes were last changed, and when anything of it was last changed: in microseconds since 1970, by the clock of
    /// its disk. `changed_us` is 0 where a following change might have the same time: then the bytes are compared.
    pub modified_us: i64,
    pub changed_us: i64,
    /// The digest of its bytes; for a link the digest of its target. `None`: only its size and time of change count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordedFileKind {
    /// A file, possibly reached through a link that was followed.
    #[default]
    File,
    /// Its times change when an entry is added or removed.
    Folder,
    Link,
}

impl RecordedFileKind {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    const fn is_file(&self) -> bool {
        matches!(self, Self::File)
    }
}

/// A file time in microseconds, from the seconds and nanoseconds of the system.
pub fn micros(seconds: i64, nanoseconds: i64) -> i64 {
    let exact = limits::WHOLE_MAX as i64;
    seconds.saturating_mul(1_000_000).saturating_add(nanoseconds / 1000).clamp(-exact, exact)
}

/// The path of an entry of a folder; both paths are relative to the same folder, as inputs are named.
pub fn within(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{}/{name}", folder.trim_end_matches('/')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_values_are_not_written() {
        assert_eq!(serde_json::to_string(&RecordedFiles::default()).expect("JSON"), "{}");
        let file = RecordedFile {
            path: "a.csv".to_owned(),
            kind: RecordedFileKind::File,
            size: 3,
            modified_us: 1,
            changed_us: 2,
            digest: None,
        };
        let text = serde_json::to_string(&file).expect("JSON");
        assert_eq!(text, r#"{"path":"a.csv","size":3,"modified_us":1,"changed_us":2}"#);
        let list = RecordedFileList {
            files: vec![RecordedFile { kind: RecordedFileKind::Link, ..file }],
            programs: 1,
            left_out: 4,
        };
        let text = serde_json::to_string(&list).expect("JSON");
        assert!(text.contains(r#""kind":"link""#), "{text}");
        assert_eq!(serde_json::from_str::<RecordedFileList>(&text).expect("read"), list);
    }

    #[test]
    fn paths_and_times_are_converted() {
        let check = |folder: &str, name: &str, path: &str| assert_eq!(within(folder, name), path);
        check("data", "a/b", "data/a/b");
        check(".", "a", "a");
        check("/data", "a", "/data/a");
        check("/", "a", "/a");
        assert_eq!(micros(1, 2_500), 1_000_002);
        assert_eq!(micros(i64::MAX, 0), limits::WHOLE_MAX as i64);
    }

    #[test]
    fn invalid_paths_and_long_lists_are_refused() {
        let file = |path: &str| RecordedFile {
            path: path.to_owned(),
            kind: RecordedFileKind::File,
            size: 0,
            modified_us: 0,
            changed_us: 0,
            digest: None,
        };
        let seen = |paths: &[&str]| RecordedFiles {
            inputs: paths.iter().map(|path| file(path)).collect(),
            ..RecordedFiles::default()
        };
        assert_eq!(seen(&["a.csv", "/data/b"]).check(), Ok(()));
        assert!(seen(&["a\0"]).check().is_err());
        assert_eq!(seen(&["a"; LISTED_MAX]).check(), Ok(()));
        assert!(seen(&["a"; LISTED_MAX + 1]).check().is_err());
    }
}
