//! The standard input of a run: its source, and how much of it the process read.
//!
//! A file is captured as inputs are: its bytes are in the store, and every attempt gets them again. A pipe is forwarded while
//! the run is running, and its bytes are known only afterwards; so work that reads a pipe is never found in the cache, and
//! never retried, not even when Hven loses it.

use serde::{Deserialize, Serialize};

use crate::{
    Digest, Malformed, limits,
    object::{FileKind, FileRef},
};

/// The standard input of a run. Without it, standard input is `/dev/null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stdin {
    /// The bytes of a file from `from` to its end: the digest and size of `file` are those of these bytes. Its path is
    /// [`NO_PATH`] when it has none.
    File {
        file: FileRef,
        #[serde(default)]
        from: u64,
    },
    /// The bytes that the caller sends while the run is running.
    Pipe,
}

/// The path of standard input without one: a pipe, or a file that was removed while it was open.
pub const NO_PATH: &str = "-";

impl Stdin {
    pub const fn file(&self) -> Option<&FileRef> {
        match self {
            Self::File { file, .. } => Some(file),
            Self::Pipe => None,
        }
    }

    /// Checks that it can be recorded.
    pub fn check(&self) -> Result<(), Malformed> {
        let Self::File { file, from } = self else { return Ok(()) };
        file.check("the file on standard input")?;
        limits::whole("the place where standard input begins", *from, limits::WHOLE_MAX)
    }
}

/// The part of its standard input that the process of an attempt read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StdinRead {
    /// How many bytes, from its beginning. For a file it is the position at which the process left it: reads in other ways, as
    /// through `/dev/stdin` or memory maps, are not counted. Where the system does not report how much of a pipe was read, the
    /// forwarded bytes count.
    pub bytes: u64,
    pub end: StdinEnd,
    /// The digest of these bytes, when they came through a pipe. `None` when they contained a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// They came through a pipe, and are stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}

/// How standard input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StdinEnd {
    /// The process got all of it, with its end.
    Whole,
    /// The process ended, or closed it, before its end arrived.
    Unread,
    /// The sender disconnected: the process got an early end of file.
    CutOff,
}

impl StdinEnd {
    pub const ALL: [Self; 3] = [Self::Whole, Self::Unread, Self::CutOff];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Unread => "unread",
            Self::CutOff => "cut_off",
        }
    }
}

impl StdinRead {
    /// The bytes that came through a pipe, named as a file; `None` for a file, for no bytes, and if they contained a secret.
    pub fn came_through(&self) -> Option<FileRef> {
        let digest = self.digest.filter(|_| self.bytes > 0)?;
        Some(FileRef { path: NO_PATH.to_owned(), digest, size: self.bytes, kind: FileKind::File })
    }

    /// The same if its bytes are in the store.
    pub fn as_file(&self) -> Option<FileRef> {
        self.came_through().filter(|_| self.kept)
    }
}

crate::sample::sampled! {
    enum Stdin { File { file, from }, Pipe }
    StdinRead { bytes, end, digest, kept }
    enum StdinEnd { Whole, Unread, CutOff }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kept_bytes_can_be_used_again() {
        let digest = Some(Digest::of(b"abc"));
        let read = StdinRead { bytes: 3, end: StdinEnd::Whole, digest, kept: true };
        let file = read.as_file().expect("it was kept");
        assert_eq!((file.path.as_str(), file.size, file.digest), ("-", 3, Digest::of(b"abc")));
        assert_eq!(StdinRead { kept: false, ..read }.as_file(), None);
        assert_eq!(StdinRead { digest: None, ..read }.as_file(), None);
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let file = FileRef { path: "a.csv".to_owned(), digest: Digest::ZERO, size: 3, kind: FileKind::File };
        for stdin in [Stdin::File { file, from: 12 }, Stdin::Pipe] {
            let text = serde_json::to_string(&stdin).expect("JSON");
            assert_eq!(serde_json::from_str::<Stdin>(&text).expect("read"), stdin, "{text}");
        }
        assert_eq!(serde_json::to_string(&Stdin::Pipe).expect("JSON"), r#"{"kind":"pipe"}"#);
        let read = StdinRead { bytes: 0, end: StdinEnd::CutOff, digest: None, kept: false };
        assert_eq!(serde_json::to_string(&read).expect("JSON"), r#"{"bytes":0,"end":"cut_off"}"#);
    }
}
