//! How the files of a run stood when it was asked for: sizes and times of change. By these it is known later, without reading
//! them, that they are the same still. Whoever submits a run takes them down with the digests; the runner looks again when
//! the process starts, which may be much later, and once more when it has ended.

use serde::{Deserialize, Serialize};

use crate::{Digest, Malformed, limits};

/// A process that starts so soon after its run was asked for finds the code that was taken down: it is not looked at again.
pub const AT_ONCE_US: i64 = 1_000_000;
/// At most so many files are told one by one; a list of more is an object.
pub const TOLD_MAX: usize = 200;

/// What is looked at again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Declared inputs, with all that lies in those that are folders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<SeenFile>,
    /// The object that holds the list of the inputs, when they are many: a [`SeenList`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_listed: Option<Digest>,
    /// The object that holds the list of the code's files. It may come to the store after the run was submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Digest>,
    /// The code was taken down long before the run was submitted: it is looked at however soon the process starts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code_is_old: bool,
}

impl Seen {
    pub fn has_inputs(&self) -> bool {
        !self.inputs.is_empty() || self.inputs_listed.is_some()
    }

    /// Says why it cannot be handed on.
    pub fn check(&self) -> Result<(), Malformed> {
        limits::count("files whose times are told one by one", self.inputs.len(), TOLD_MAX)?;
        self.inputs.iter().try_for_each(|file| limits::path("the path of a file whose times are told", &file.path))
    }
}

/// A list of files, as an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenList {
    pub files: Vec<SeenFile>,
    /// Of the code, so many of the first are programs and modules. They are looked at when the process has ended, too: what else
    /// lies beside them, such as logs and results, the command may have written itself.
    #[serde(default, skip_serializing_if = "is_none_left")]
    pub programs: u64,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_none_left")]
    pub left_out: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_none_left(count: &u64) -> bool {
    *count == 0
}

/// How one of them stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFile {
    /// As inputs are named: relative to the run's folder, or absolute when it lies outside.
    pub path: String,
    #[serde(default, skip_serializing_if = "SeenKind::is_file")]
    pub kind: SeenKind,
    pub size: u64,
    /// When its bytes were changed last, and when anything of it was: in microseconds since 1970, by the clock of its disk. The
    /// second is 0 where what changes next might have the same time: then the bytes are compared.
    pub modified_us: i64,
    pub changed_us: i64,
    /// Of the bytes that it had; of a link of where it leads. `None`: it counts by its size and time of change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeenKind {
    /// Also one to which a link leads that was followed.
    #[default]
    File,
    /// Its times change when something comes to it or goes.
    Folder,
    Link,
}

impl SeenKind {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
    const fn is_file(&self) -> bool {
        matches!(self, Self::File)
    }
}

/// A time of a file, of which the system tells seconds and nanoseconds.
pub fn micros(seconds: i64, nanoseconds: i64) -> i64 {
    let exact = limits::WHOLE_MAX as i64;
    seconds.saturating_mul(1_000_000).saturating_add(nanoseconds / 1000).clamp(-exact, exact)
}

/// The path of something in a folder; both as inputs are named.
pub fn within(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{}/{name}", folder.trim_end_matches('/')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_not_written() {
        assert_eq!(serde_json::to_string(&Seen::default()).expect("JSON"), "{}");
        let file = SeenFile {
            path: "a.csv".to_owned(),
            kind: SeenKind::File,
            size: 3,
            modified_us: 1,
            changed_us: 2,
            digest: None,
        };
        let text = serde_json::to_string(&file).expect("JSON");
        assert_eq!(text, r#"{"path":"a.csv","size":3,"modified_us":1,"changed_us":2}"#);
        let list = SeenList { files: vec![SeenFile { kind: SeenKind::Link, ..file }], programs: 1, left_out: 4 };
        let text = serde_json::to_string(&list).expect("JSON");
        assert!(text.contains(r#""kind":"link""#), "{text}");
        assert_eq!(serde_json::from_str::<SeenList>(&text).expect("read"), list);
    }

    #[test]
    fn paths_and_times_are_as_they_are_told() {
        let check = |folder: &str, name: &str, path: &str| assert_eq!(within(folder, name), path);
        check("data", "a/b", "data/a/b");
        check(".", "a", "a");
        check("/data", "a", "/data/a");
        check("/", "a", "/a");
        assert_eq!(micros(1, 2_500), 1_000_002);
        assert_eq!(micros(i64::MAX, 0), limits::WHOLE_MAX as i64);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let file = |path: &str| SeenFile {
            path: path.to_owned(),
            kind: SeenKind::File,
            size: 0,
            modified_us: 0,
            changed_us: 0,
            digest: None,
        };
        let seen = |paths: &[&str]| Seen { inputs: paths.iter().map(|path| file(path)).collect(), ..Seen::default() };
        assert_eq!(seen(&["a.csv", "/data/b"]).check(), Ok(()));
        assert!(seen(&["a\0"]).check().is_err());
        assert_eq!(seen(&["a"; TOLD_MAX]).check(), Ok(()));
        assert!(seen(&["a"; TOLD_MAX + 1]).check().is_err());
    }
}
