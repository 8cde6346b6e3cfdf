//! The standard input of a run: what was on it when the run was asked for, and how much of it the process read.
//!
//! A file is taken down as inputs are: its bytes are in the store, and every attempt is given them anew. A pipe is handed
//! on while the run goes on, and what came through it is known only afterwards; so work that reads one is never known
//! again, and never tried again, also when Hven loses it.

use serde::{Deserialize, Serialize};

use crate::{
    Digest, Malformed, limits,
    object::{FileKind, FileRef},
};

/// What a run has on its standard input. Nothing is `/dev/null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stdin {
    /// The bytes of a file from `from` on, to its end: these are what `file` names by digest and size. Its path is
    /// [`NO_PATH`] when it has none.
    File {
        file: FileRef,
        #[serde(default)]
        from: u64,
    },
    /// Whatever the caller sends while the run goes on.
    Pipe,
}

/// The path of what has none: a pipe, or a file that was removed while it was open.
pub const NO_PATH: &str = "-";

impl Stdin {
    pub const fn file(&self) -> Option<&FileRef> {
        match self {
            Self::File { file, .. } => Some(file),
            Self::Pipe => None,
        }
    }

    /// Says why it is none that can be recorded.
    pub fn check(&self) -> Result<(), Malformed> {
        let Self::File { file, from } = self else { return Ok(()) };
        file.check("the file on standard input")?;
        limits::whole("the place where standard input begins", *from, limits::WHOLE_MAX)
    }
}

/// What the process of an attempt read of its standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StdinRead {
    /// How many bytes, from its beginning on. Of a file it is the place at which the process left it: what it read in other
    /// ways, as by `/dev/stdin` or in its memory, is not seen. Where the system does not say how much was read of a pipe,
    /// what was handed on counts.
    pub bytes: u64,
    pub end: StdinEnd,
    /// Of these bytes, when they came through a pipe. None when a secret was among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// They came through a pipe, and are in the store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}

/// How standard input came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StdinEnd {
    /// The process was given all of it, and its end.
    Whole,
    /// The process ended, or closed it, before the end of it had come.
    Unread,
    /// Whoever sent it went away: the process was told of an end that was none.
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
    /// What came through a pipe, named as a file; `None` when it was a file, or nothing came, or it held a secret.
    pub fn came_through(&self) -> Option<FileRef> {
        let digest = self.digest.filter(|_| self.bytes > 0)?;
        Some(FileRef { path: NO_PATH.to_owned(), digest, size: self.bytes, kind: FileKind::File })
    }

    /// The same when its bytes are in the store.
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
    fn only_what_was_kept_can_be_handed_on_again() {
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
