//! The standard input: nothing, a file, or a pipe.
//!
//! A file is captured from its current position, and the position does not move: how far the run has read is known only
//! after its end. Other holders of the open file share its position, so it is read without moving it.

use std::{
    fs::{self, File},
    io::{self, IsTerminal as _, Read, Seek, SeekFrom},
    os::{
        fd::AsFd as _,
        unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _},
    },
    path::{Path, PathBuf},
};

use hven_api::{
    runs::{CaptureNote, FileRef},
    stdin::Stdin,
};
use hven_client::{Client, Error, Failure};
use hven_core::stdin::NO_PATH;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::ioctl_fionread,
};

use super::{files, key_files};

/// The standard input of this process.
#[derive(Debug)]
pub enum Found {
    Nothing,
    File(File),
    /// A pipe, or another stream.
    Pipe(File),
}

/// Examines the standard input of this process. A terminal counts as nothing: tasks are not interactive.
pub fn look() -> io::Result<Found> {
    let own = io::stdin();
    if own.is_terminal() {
        return Ok(Found::Nothing);
    }
    let file = File::from(own.as_fd().try_clone_to_owned()?);
    let metadata = file.metadata()?;
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(Found::File(file));
    }
    let is_null = kind.is_char_device() && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev());
    Ok(if is_null || kind.is_dir() || has_ended(&file) { Found::Nothing } else { Found::Pipe(file) })
}

/// Whether a pipe or a socket is at its end: it is readable, but has no bytes.
fn has_ended(pipe: &File) -> bool {
    let mut polled = [PollFd::new(pipe, PollFlags::IN)];
    let has_something = poll(&mut polled, Some(&Timespec::default())).is_ok() && !polled[0].revents().is_empty();
    has_something && ioctl_fionread(pipe).is_ok_and(|bytes| bytes == 0)
}

/// Whether the file is a socket without data. Many programs pass a socket to their children and write nothing into it.
pub fn is_idle_socket(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.file_type().is_socket())
        && ioctl_fionread(file).is_ok_and(|bytes| bytes == 0)
}

/// A captured file on standard input.
#[derive(Debug)]
pub struct Taken {
    pub stdin: Stdin,
    pub notes: Vec<CaptureNote>,
    pub rest: Rest,
}

/// Captures the bytes of a file after its current position.
pub fn take_down(cwd: &Path, mut file: File) -> anyhow::Result<Taken> {
    let unreadable = |error: io::Error| {
        Failure::new("file.unreadable", format!("standard input cannot be read: {error}"))
            .hint("--stdin none runs the command without it")
    };
    let from = file.stream_position().map_err(unreadable)?;
    let path = path_of(&file).map(|path| files::recorded_path(cwd, &path));
    let mut rest = Rest { file, from, place: 0, bytes: u64::MAX };
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut rest, &mut hasher).map_err(unreadable)?;
    rest.bytes = bytes;
    let mut notes = Vec::new();
    key_files::note_inputs(path.as_deref().into_iter(), &mut notes);
    let digest = hasher.finalize().to_hex().to_string();
    let path = path.unwrap_or_else(|| NO_PATH.to_owned());
    let file = FileRef { path, digest, size: bytes, kind: "file".to_owned() };
    Ok(Taken { stdin: Stdin::File { file, from }, notes, rest })
}

/// Sends the captured bytes, unless the server has them.
pub fn send(client: &Client, file: &FileRef, rest: &mut Rest) -> anyhow::Result<()> {
    if client.missing(vec![file.digest.clone()])?.is_empty() {
        return Ok(());
    }
    match client.put(&file.digest, rest, file.size) {
        Err(Error::Api(error)) if error.code == "object.wrong_digest" => {
            Err(Failure::new("file.changed", "standard input changed while it was read").hint("try again").into())
        }
        sent => Ok(sent?),
    }
}

/// The path of an open file; `None` if it has none, or the path now belongs to another file.
pub fn path_of(file: &File) -> Option<PathBuf> {
    let (path, own) = (named(file)?, file.metadata().ok()?);
    let found = fs::metadata(&path).ok()?;
    ((found.dev(), found.ino()) == (own.dev(), own.ino())).then_some(path)
}

#[cfg(target_os = "linux")]
fn named(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd as _;

    fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}
#[cfg(target_os = "macos")]
fn named(file: &File) -> Option<PathBuf> {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};

    Some(OsString::from_vec(rustix::fs::getpath(file).ok()?.into_bytes()).into())
}
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn named(_: &File) -> Option<PathBuf> {
    None
}

/// The bytes of a file after a position. Reading does not move the file's own position.
#[derive(Debug)]
pub struct Rest {
    file: File,
    from: u64,
    /// The number of bytes that were read.
    place: u64,
    /// The number of all bytes.
    bytes: u64,
}

impl Rest {
    /// Moves the file to the position after the bytes that the run read, as if the run had read the file itself.
    pub fn leave_at(mut self, read: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.from + read)).map(drop)
    }
}

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.bytes - self.place).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read_at(&mut buffer[..left], self.from + self.place)?;
        self.place += count as u64;
        Ok(count)
    }
}

impl Seek for Rest {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
        };
        self.place = place.filter(|place| *place <= self.bytes).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, os::unix::net::UnixStream};

    use super::*;

    #[test]
    fn a_pipe_that_has_ended_is_nothing() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let reader = File::from(std::os::fd::OwnedFd::from(reader));
        assert!(!has_ended(&reader), "somebody may write into it");
        writer.write_all(b"one").expect("written");
        drop(writer);
        assert!(!has_ended(&reader), "there is something in it");
        (&reader).read_exact(&mut [0; 3]).expect("read");
        assert!(has_ended(&reader));
    }

    #[test]
    fn a_socket_without_data_is_idle() {
        let (socket, mut other) = UnixStream::pair().expect("two sockets");
        let socket = File::from(std::os::fd::OwnedFd::from(socket));
        assert!(is_idle_socket(&socket) && !has_ended(&socket));
        other.write_all(b"one").expect("written");
        assert!(!is_idle_socket(&socket) && !has_ended(&socket));
        (&socket).read_exact(&mut [0; 3]).expect("read");
        drop(other);
        assert!(has_ended(&socket));
        assert!(!is_idle_socket(&tempfile::tempfile().expect("a file")));
    }

    #[test]
    fn the_rest_is_captured_and_the_position_does_not_move() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = fs::canonicalize(folder.path()).expect("it is there");
        fs::write(cwd.join("list.txt"), "one\ntwo\nthree\n").expect("written");
        let mut file = File::open(cwd.join("list.txt")).expect("opened");
        file.seek(SeekFrom::Start(4)).expect("moved");
        let mut other = file.try_clone().expect("a second hold");
        let mut taken = take_down(&cwd, file).expect("taken down");
        let Stdin::File { file, from } = &taken.stdin else { panic!("it is a file") };
        assert_eq!((file.path.as_str(), file.size, *from), ("list.txt", 10, 4));
        assert_eq!(file.digest, blake3::hash(b"two\nthree\n").to_hex().to_string());
        assert_eq!(other.stream_position().expect("asked"), 4);
        taken.rest.seek(SeekFrom::Start(4)).expect("within");
        let mut text = String::new();
        taken.rest.read_to_string(&mut text).expect("read");
        assert_eq!(text, "three\n");
        assert!(taken.rest.seek(SeekFrom::Start(11)).is_err());
        taken.rest.leave_at(4).expect("moved");
        assert_eq!(other.stream_position().expect("asked"), 8, "the first line of the rest was read");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_unnamed_file_has_no_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"here").expect("written");
        file.rewind().expect("moved");
        let taken = take_down(folder.path(), file).expect("taken down");
        let Stdin::File { file, from } = &taken.stdin else { panic!("it is a file") };
        assert_eq!((file.path.as_str(), file.size, *from), ("-", 4, 0));
    }
}
