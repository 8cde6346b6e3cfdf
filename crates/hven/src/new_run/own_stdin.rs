//! The standard input of a run. A file is captured and sent before the run is submitted; a pipe is forwarded while the process is
//! running. In both cases this command's own standard input is left as if the process had read it itself: the next command, such
//! as the next line of a loop, can read the bytes that the process did not read.
//!
//! On Linux a program can read the content of a pipe without removing it, so only the bytes that the process has read are removed.
//! On other systems some bytes are read ahead and are lost for the next command.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use hven_api::{
    runs::{CaptureNote, RunDetail},
    stdin::{PIECE_BYTES_MAX, Stdin},
};
use hven_capture::{
    Kept, files,
    stdin::{self, Found, Rest, Taken},
};
use hven_client::{Client, Failure};
use hven_terminal::{ErrorReport, Output};
use rustix::io::ioctl_fionread;

use crate::context::Context;

/// The value of `--stdin` for an empty standard input.
const NOTHING: &str = "none";
/// The value of `--stdin` for this command's own standard input.
const OWN: &str = "-";

/// The requested standard input of a run.
#[derive(Debug, Default)]
pub enum StdinChoice {
    #[default]
    Nothing,
    /// The file at this path.
    Named(PathBuf),
    /// The file that this command has on its standard input.
    Own(File),
    /// The pipe that this command has on its standard input.
    Pipe(File),
}

impl StdinChoice {
    /// The requested standard input. If `requested` is `None`, this command's own.
    pub fn of(requested: Option<&Path>, detach: bool) -> anyhow::Result<Self> {
        let found = match requested {
            Some(path) if path == Path::new(NOTHING) => return Ok(Self::Nothing),
            Some(path) if path != Path::new(OWN) => return Ok(Self::Named(path.to_owned())),
            _ => stdin::look().map_err(|error| {
                Failure::new("file.unreadable", format!("standard input cannot be examined: {error}"))
            })?,
        };
        Ok(match found {
            Found::Nothing => Self::Nothing,
            Found::File(file) => Self::Own(file),
            Found::Pipe(pipe) if detach && stdin::is_idle_socket(&pipe) => Self::Nothing,
            Found::Pipe(_) if detach => {
                return Err(Failure::new(
                    "usage",
                    "standard input is a pipe, and a detached command does not stay to forward it",
                )
                .hint("write it into a file and say --stdin FILE; --stdin none when the command reads nothing")
                .into());
            }
            Found::Pipe(pipe) => Self::Pipe(pipe),
        })
    }

    /// The path of the file, if it has one.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Named(path) => Some(path.clone()),
            Self::Own(file) => stdin::path_of(file),
            Self::Nothing | Self::Pipe(_) => None,
        }
    }

    /// Captures a file. A pipe is forwarded after the submission.
    pub fn capture(self, context: &Context) -> anyhow::Result<TaskStdin> {
        Ok(match self {
            Self::Nothing => TaskStdin::default(),
            Self::Named(path) => {
                let input = files::input(&context.cwd, &path, false)?;
                if input.listing.is_some() {
                    let message = format!("{} is a folder: it cannot be on standard input", path.display());
                    return Err(Failure::new("usage", message).into());
                }
                let stdin = Some(Stdin::File { file: input.file, from: 0 });
                TaskStdin { stdin, kept: input.kept, notes: input.notes, own: OwnStdin::Untouched }
            }
            Self::Own(file) => {
                let Taken { stdin, notes, rest } = stdin::take_down(&context.cwd, file)?;
                TaskStdin { stdin: Some(stdin), kept: Vec::new(), notes, own: OwnStdin::File(rest) }
            }
            Self::Pipe(pipe) => {
                TaskStdin { stdin: Some(Stdin::Pipe), own: OwnStdin::Pipe(pipe), ..TaskStdin::default() }
            }
        })
    }
}

/// The captured standard input of a run.
#[derive(Debug, Default)]
pub struct TaskStdin {
    pub stdin: Option<Stdin>,
    /// The bytes of a file that was given by its path. They still have to be sent.
    pub kept: Vec<Kept>,
    pub notes: Vec<CaptureNote>,
    pub own: OwnStdin,
}

/// This command's own standard input before the run starts.
#[derive(Debug, Default)]
pub enum OwnStdin {
    #[default]
    Untouched,
    File(Rest),
    Pipe(File),
}

impl OwnStdin {
    /// Sends the file, before the run is submitted.
    pub fn send(&mut self, client: &Client, stdin: Option<&Stdin>) -> anyhow::Result<()> {
        let (Self::File(rest), Some(Stdin::File { file, .. })) = (self, stdin) else { return Ok(()) };
        stdin::send(client, file, rest)
    }

    /// Starts to forward a pipe to the submitted run.
    pub fn start(self, client: &Arc<Client>, run: &str) -> RunningStdin {
        match self {
            Self::Untouched => RunningStdin::Untouched,
            Self::File(rest) => RunningStdin::File(rest),
            Self::Pipe(pipe) => RunningStdin::Pipe(start_forwarding(pipe, client, run)),
        }
    }

    /// Leaves standard input where `run`, which did the same work before, has left it.
    pub fn done_before(self, run: &RunDetail) -> anyhow::Result<()> {
        match (self, &run.stdin_read) {
            (Self::File(rest), Some(read)) => map_position_error(rest.leave_at(read.bytes)),
            _ => Ok(()),
        }
    }
}

/// This command's own standard input after the submission.
#[derive(Debug)]
pub enum RunningStdin {
    Untouched,
    File(Rest),
    Pipe(Arc<Mutex<Sent>>),
}

impl RunningStdin {
    /// After the end of the run: leaves standard input where the process has left it.
    pub fn ended(self, run: &RunDetail, output: &mut dyn Output) -> anyhow::Result<()> {
        let Some(read) = &run.stdin_read else { return Ok(()) };
        if read.end == "cut_off" {
            let why = self.failure().map_or_else(String::new, |why| format!(": {why}"));
            output.note(&format!("the standard input of run {} was cut off{why}", run.summary.handle));
        }
        match self {
            Self::Untouched => Ok(()),
            Self::File(rest) => map_position_error(rest.leave_at(read.bytes)),
            Self::Pipe(sent) => {
                let mut sent = locked(&sent);
                sent.is_over = true;
                map_position_error(sent.remove_to(read.bytes))
            }
        }
    }

    /// The error that stopped the forwarding of the pipe.
    fn failure(&self) -> Option<String> {
        if let Self::Pipe(sent) = self { locked(sent).failure.clone() } else { None }
    }

    pub const fn is_pipe(&self) -> bool {
        matches!(self, Self::Pipe(_))
    }
}

fn map_position_error(done: io::Result<()>) -> anyhow::Result<()> {
    Ok(done.map_err(|error| {
        Failure::new("file.unreadable", format!("standard input cannot be left where the run has left it: {error}"))
    })?)
}

fn locked(sent: &Mutex<Sent>) -> MutexGuard<'_, Sent> {
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A pipe that is forwarded, and how much of it the process has read.
#[derive(Debug)]
pub struct Sent {
    /// `None`: the process needs no more bytes, and the pipe is closed here.
    pipe: Option<File>,
    /// The number of bytes that the process has read.
    read: u64,
    /// Whether bytes stay in the pipe until the process has read them.
    keeps_bytes: bool,
    is_over: bool,
    /// The error that stopped the forwarding.
    failure: Option<String>,
}

impl Sent {
    /// Removes the bytes from the pipe that the process has read: the first `read` bytes of the stream.
    fn remove_to(&mut self, read: u64) -> io::Result<()> {
        let count = read.saturating_sub(self.read);
        self.read += count;
        match &mut self.pipe {
            Some(pipe) if self.keeps_bytes => remove(pipe, count),
            _ => Ok(()),
        }
    }
}

/// Removes bytes from a pipe that are in it. It does not wait for new bytes if another process has already removed them.
fn remove(pipe: &mut File, count: u64) -> io::Result<()> {
    let there = ioctl_fionread(&*pipe)?;
    io::copy(&mut pipe.take(count.min(there)), &mut io::sink()).map(drop)
}

/// Starts the threads that forward a pipe. They end with the run, or with this process.
fn start_forwarding(pipe: File, client: &Arc<Client>, run: &str) -> Arc<Mutex<Sent>> {
    let ahead = Ahead::of(&pipe);
    let keeps_bytes = ahead.peek.is_some();
    // The thread waits for bytes with its own handle, so that it does not keep the lock.
    let second = pipe.try_clone();
    let sent = Sent { pipe: Some(pipe), read: 0, keeps_bytes, is_over: false, failure: None };
    let sent = Arc::new(Mutex::new(sent));
    let (holder, holders_run) = (Arc::clone(client), run.to_owned());
    thread::spawn(move || while holder.hold_stdin(&holders_run).is_ok_and(|taken| !taken.is_over) {});
    let (client, run, shared) = (Arc::clone(client), run.to_owned(), Arc::clone(&sent));
    thread::spawn(move || {
        let pipe = second.map_err(anyhow::Error::from);
        match pipe.and_then(|pipe| forward(&pipe, ahead, &client, &run, &shared)) {
            Ok(()) => close(&shared),
            // The pipe broke, or the server cannot be reached. The other thread still keeps the input open.
            Err(error) => {
                locked(&shared).failure = Some(ErrorReport::of(&error).message);
                // If the server does not receive this, the input is cut off after this command has ended.
                let _ = client.cut_off_stdin(&run);
            }
        }
    });
    sent
}

/// Forwards bytes until the pipe ends or the process needs no more.
fn forward(pipe: &File, mut ahead: Ahead, client: &Client, run: &str, shared: &Mutex<Sent>) -> anyhow::Result<()> {
    let mut from = 0;
    loop {
        let bytes = ahead.next(pipe)?;
        let taken = client.send_stdin(run, from, bytes, bytes.is_empty())?;
        let count = taken.bytes.saturating_sub(from);
        let mut sent = locked(shared);
        if sent.is_over {
            return Ok(());
        }
        sent.remove_to(taken.bytes)?;
        ahead.remove(count);
        from += count;
        if taken.is_over {
            return Ok(());
        }
    }
}

/// Closes the pipe when the process needs no more bytes, so that the writer gets an error as from a process that closed it.
fn close(shared: &Mutex<Sent>) {
    let mut sent = locked(shared);
    sent.pipe = None;
    if let Ok(null) = File::open("/dev/null") {
        // If this fails, the writer gets the error when this process ends.
        let _ = rustix::stdio::dup2_stdin(&null);
    }
}

/// The bytes from a pipe that the process has not read yet.
struct Ahead {
    bytes: Vec<u8>,
    /// `None`: bytes are removed from the pipe when they are read here.
    peek: Option<PipePeek>,
}

impl Ahead {
    fn of(pipe: &File) -> Self {
        Self { bytes: Vec::new(), peek: PipePeek::of(pipe) }
    }

    /// Waits for bytes. An empty slice is the end of the pipe.
    fn next(&mut self, pipe: &File) -> io::Result<&[u8]> {
        const READ_BYTES: usize = 64 * 1024;
        match &mut self.peek {
            Some(peek) => peek.read(pipe, &mut self.bytes)?,
            None if self.bytes.is_empty() => {
                self.bytes.resize(READ_BYTES, 0);
                let read = read_some(pipe, &mut self.bytes)?;
                self.bytes.truncate(read);
            }
            None => {}
        }
        Ok(&self.bytes)
    }

    /// Removes the bytes that the process has read.
    fn remove(&mut self, count: u64) {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.drain(..count);
    }
}

fn read_some(mut pipe: &File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match pipe.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(WAIT),
            read => return read,
        }
    }
}

/// The delay before the next try to read a pipe in non-blocking mode.
const WAIT: std::time::Duration = std::time::Duration::from_millis(20);

/// Reads the bytes in a pipe without removing them.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct PipePeek {
    reader: io::PipeReader,
    writer: io::PipeWriter,
}

#[cfg(target_os = "linux")]
impl PipePeek {
    /// `None` if the file is not a pipe.
    fn of(pipe: &File) -> Option<Self> {
        use std::os::unix::fs::FileTypeExt as _;

        let is_pipe = pipe.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
        let (reader, writer) = io::pipe().ok().filter(|_| is_pipe)?;
        // With larger buffers fewer pieces are sent. If the system refuses, the buffers keep their size.
        let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIECE_BYTES_MAX);
        let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIECE_BYTES_MAX);
        Some(Self { reader, writer })
    }

    /// Waits for bytes. No bytes are the end of the pipe.
    fn read(&mut self, pipe: &File, bytes: &mut Vec<u8>) -> io::Result<()> {
        use rustix::{
            io::Errno,
            pipe::{SpliceFlags, tee},
        };

        let count = loop {
            match tee(pipe, &self.writer, PIECE_BYTES_MAX, SpliceFlags::empty()) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => thread::sleep(WAIT),
                seen => break seen?,
            }
        };
        bytes.resize(count, 0);
        self.reader.read_exact(bytes)
    }
}

/// Other systems cannot read a pipe without removing its bytes.
#[cfg(not(target_os = "linux"))]
enum PipePeek {}

#[cfg(not(target_os = "linux"))]
impl PipePeek {
    const fn of(_: &File) -> Option<Self> {
        None
    }

    fn read(&mut self, _: &File, _: &mut Vec<u8>) -> io::Result<()> {
        match *self {}
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{io::Write as _, os::fd::OwnedFd};

    use super::*;

    #[test]
    fn unread_bytes_stay_in_the_pipe() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let pipe = File::from(OwnedFd::from(reader));
        let mut ahead = Ahead::of(&pipe);
        writer.write_all(b"one\ntwo\nthree\n").expect("written");
        assert_eq!(ahead.next(&pipe).expect("seen"), b"one\ntwo\nthree\n");
        let second = pipe.try_clone().expect("a second handle");
        let mut sent = Sent { pipe: Some(pipe), read: 0, keeps_bytes: true, is_over: false, failure: None };
        sent.remove_to(4).expect("removed");
        ahead.remove(4);
        // New bytes follow the unread ones.
        writer.write_all(b"four\n").expect("written");
        assert_eq!(ahead.next(&second).expect("seen"), b"two\nthree\nfour\n");
        sent.remove_to(8).expect("removed");
        sent.remove_to(8).expect("nothing is removed twice");
        drop(writer);
        let mut rest = String::new();
        (&second).read_to_string(&mut rest).expect("read");
        assert_eq!(rest, "three\nfour\n");
        assert!(ahead.next(&second).expect("the end").is_empty());
        sent.remove_to(1000).expect("it does not wait for more bytes");
    }

    #[test]
    fn a_file_that_is_not_a_pipe_is_read_ahead() {
        let zeros = File::open("/dev/zero").expect("it is there");
        let mut ahead = Ahead::of(&zeros);
        assert!(ahead.peek.is_none());
        let count = ahead.next(&zeros).expect("read").len();
        ahead.remove(10);
        assert_eq!(ahead.next(&zeros).expect("there").len(), count - 10, "it is forwarded before more is read");
    }
}
