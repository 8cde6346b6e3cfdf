//! The standard input of a run: a file is taken down and sent before the run is submitted, a pipe is handed on while it goes
//! on. Either way this command's own standard input is left as if the command had read it itself: what the process did not
//! read is there for whatever comes next, such as the next line of a loop.
//!
//! Of a pipe only what the process has read is taken out. Linux lets one look at what is in a pipe; elsewhere some of it is
//! read ahead, and is gone.

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
use hven_terminal::{Output, Told};
use rustix::io::ioctl_fionread;

use crate::context::Context;

/// Instead of a file: nothing, and this command's own standard input.
const NOTHING: &str = "none";
const OWN: &str = "-";

/// What the run is to have on its standard input.
#[derive(Debug, Default)]
pub enum StdinChoice {
    #[default]
    Nothing,
    Named(PathBuf),
    Own(File),
    Pipe(File),
}

impl StdinChoice {
    /// What was asked for; without that, what this command has.
    pub fn of(asked_for: Option<&Path>, detach: bool) -> anyhow::Result<Self> {
        let found = match asked_for {
            Some(path) if path == Path::new(NOTHING) => return Ok(Self::Nothing),
            Some(path) if path != Path::new(OWN) => return Ok(Self::Named(path.to_owned())),
            _ => stdin::look().map_err(|error| {
                Failure::new("file.unreadable", format!("standard input cannot be looked at: {error}"))
            })?,
        };
        Ok(match found {
            Found::Nothing => Self::Nothing,
            Found::File(file) => Self::Own(file),
            Found::Pipe(pipe) if detach && stdin::is_idle_socket(&pipe) => Self::Nothing,
            Found::Pipe(_) if detach => {
                return Err(Failure::new(
                    "usage",
                    "a pipe is on standard input, and nobody would be here to hand it on",
                )
                .hint("write it into a file and say --stdin FILE; --stdin none when the command reads nothing")
                .into());
            }
            Found::Pipe(pipe) => Self::Pipe(pipe),
        })
    }

    /// The file that it is, when it has a name.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Named(path) => Some(path.clone()),
            Self::Own(file) => stdin::path_of(file),
            Self::Nothing | Self::Pipe(_) => None,
        }
    }

    /// Takes down what can be taken down before the run is submitted.
    pub fn take_down(self, context: &Context) -> anyhow::Result<OnStdin> {
        Ok(match self {
            Self::Nothing => OnStdin::default(),
            Self::Named(path) => {
                let input = files::input(&context.cwd, &path, false)?;
                if input.listing.is_some() {
                    let message = format!("{} is a folder: it cannot be on standard input", path.display());
                    return Err(Failure::new("usage", message).into());
                }
                let stdin = Some(Stdin::File { file: input.file, from: 0 });
                OnStdin { stdin, kept: input.kept, notes: input.notes, own: Own::Untouched }
            }
            Self::Own(file) => {
                let Taken { stdin, notes, rest } = stdin::take_down(&context.cwd, file)?;
                OnStdin { stdin: Some(stdin), kept: Vec::new(), notes, own: Own::File(rest) }
            }
            Self::Pipe(pipe) => OnStdin { stdin: Some(Stdin::Pipe), own: Own::Pipe(pipe), ..OnStdin::default() },
        })
    }
}

/// What the run will have on its standard input.
#[derive(Debug, Default)]
pub struct OnStdin {
    pub stdin: Option<Stdin>,
    /// A file that was named, to be sent.
    pub kept: Vec<Kept>,
    pub notes: Vec<CaptureNote>,
    pub own: Own,
}

/// This command's own standard input, when it is handed on.
#[derive(Debug, Default)]
pub enum Own {
    #[default]
    Untouched,
    File(Rest),
    Pipe(File),
}

impl Own {
    /// Sends the file that is handed on, before the run is submitted.
    pub fn send(&mut self, client: &Client, stdin: Option<&Stdin>) -> anyhow::Result<()> {
        let (Self::File(rest), Some(Stdin::File { file, .. })) = (self, stdin) else { return Ok(()) };
        stdin::send(client, file, rest)
    }

    /// The run goes on: a pipe is handed on from now on.
    pub fn begin(self, client: &Arc<Client>, run: &str) -> Begun {
        match self {
            Self::Untouched => Begun::Untouched,
            Self::File(rest) => Begun::File(rest),
            Self::Pipe(pipe) => Begun::Pipe(begin(pipe, client, run)),
        }
    }

    /// The work was done before, by this run.
    pub fn done_before(self, run: &RunDetail) -> anyhow::Result<()> {
        match (self, &run.stdin_read) {
            (Self::File(rest), Some(read)) => left(rest.leave_at(read.bytes)),
            _ => Ok(()),
        }
    }
}

/// This command's own standard input while the run goes on.
#[derive(Debug)]
pub enum Begun {
    Untouched,
    File(Rest),
    Pipe(Arc<Mutex<Sent>>),
}

impl Begun {
    /// The run has ended: leaves standard input where the process has left it.
    pub fn ended(self, run: &RunDetail, output: &mut dyn Output) -> anyhow::Result<()> {
        let Some(read) = &run.stdin_read else { return Ok(()) };
        if read.end == "cut_off" {
            let why = self.failure().map_or_else(String::new, |why| format!(": {why}"));
            output.note(&format!("the standard input of run {} was cut off{why}", run.summary.handle));
        }
        match self {
            Self::Untouched => Ok(()),
            Self::File(rest) => left(rest.leave_at(read.bytes)),
            Self::Pipe(sent) => {
                let mut sent = locked(&sent);
                sent.is_over = true;
                left(sent.take_to(read.bytes))
            }
        }
    }

    /// Why no more of it could be handed on.
    fn failure(&self) -> Option<String> {
        if let Self::Pipe(sent) = self { locked(sent).failure.clone() } else { None }
    }

    pub const fn is_pipe(&self) -> bool {
        matches!(self, Self::Pipe(_))
    }
}

fn left(done: io::Result<()>) -> anyhow::Result<()> {
    Ok(done.map_err(|error| {
        Failure::new("file.unreadable", format!("standard input cannot be left where the run has left it: {error}"))
    })?)
}

fn locked(sent: &Mutex<Sent>) -> MutexGuard<'_, Sent> {
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A pipe, as far as the process has read it.
#[derive(Debug)]
pub struct Sent {
    /// `None`: no more is wanted, and the pipe is closed here.
    pipe: Option<File>,
    /// How many bytes the process has read.
    read: u64,
    /// They were only looked at, and are taken out when they were read.
    is_looked_at: bool,
    is_over: bool,
    /// Why no more of it can be handed on.
    failure: Option<String>,
}

impl Sent {
    /// The process has read so many bytes.
    fn take_to(&mut self, read: u64) -> io::Result<()> {
        let count = read.saturating_sub(self.read);
        self.read += count;
        match &mut self.pipe {
            Some(pipe) if self.is_looked_at => take_out(pipe, count),
            _ => Ok(()),
        }
    }
}

/// Takes bytes out of a pipe that were seen in it. Should somebody else have taken them, it does not wait for others.
fn take_out(pipe: &mut File, count: u64) -> io::Result<()> {
    let there = ioctl_fionread(&*pipe)?;
    io::copy(&mut pipe.take(count.min(there)), &mut io::sink()).map(drop)
}

/// Starts the threads that hand a pipe on. They end with the run, or with this process.
fn begin(pipe: File, client: &Arc<Client>, run: &str) -> Arc<Mutex<Sent>> {
    let ahead = Ahead::of(&pipe);
    let is_looked_at = ahead.look.is_some();
    // The second hold is for the thread, which waits for bytes while this one is locked.
    let second = pipe.try_clone();
    let sent = Sent { pipe: Some(pipe), read: 0, is_looked_at, is_over: false, failure: None };
    let sent = Arc::new(Mutex::new(sent));
    let (holder, holders_run) = (Arc::clone(client), run.to_owned());
    thread::spawn(move || while holder.hold_stdin(&holders_run).is_ok_and(|taken| !taken.is_over) {});
    let (client, run, shared) = (Arc::clone(client), run.to_owned(), Arc::clone(&sent));
    thread::spawn(move || {
        let pipe = second.map_err(anyhow::Error::from);
        match pipe.and_then(|pipe| hand_on(&pipe, ahead, &client, &run, &shared)) {
            Ok(()) => close(&shared),
            // A pipe that breaks, or a server that stays away. The other thread holds the input open all the same.
            Err(error) => {
                locked(&shared).failure = Some(Told::of(&error).message);
                // When this does not arrive, the process is told when this command has ended.
                let _ = client.cut_off_stdin(&run);
            }
        }
    });
    sent
}

/// Hands on whatever comes, until no more is wanted.
fn hand_on(pipe: &File, mut ahead: Ahead, client: &Client, run: &str, shared: &Mutex<Sent>) -> anyhow::Result<()> {
    let mut from = 0;
    loop {
        let bytes = ahead.next(pipe)?;
        let taken = client.send_stdin(run, from, bytes, bytes.is_empty())?;
        let count = taken.bytes.saturating_sub(from);
        let mut sent = locked(shared);
        if sent.is_over {
            return Ok(());
        }
        sent.take_to(taken.bytes)?;
        ahead.took(count);
        from += count;
        if taken.is_over {
            return Ok(());
        }
    }
}

/// No more is wanted: whoever writes into the pipe is to learn that, as from a process that has closed it.
fn close(shared: &Mutex<Sent>) {
    let mut sent = locked(shared);
    sent.pipe = None;
    if let Ok(null) = File::open("/dev/null") {
        // Where it fails, the writer learns it when this process ends.
        let _ = rustix::stdio::dup2_stdin(&null);
    }
}

/// What is in a pipe and was not read by the process yet.
struct Ahead {
    bytes: Vec<u8>,
    look: Option<Look>,
}

impl Ahead {
    fn of(pipe: &File) -> Self {
        Self { bytes: Vec::new(), look: Look::of(pipe) }
    }

    /// Waits for bytes; none are the end.
    fn next(&mut self, pipe: &File) -> io::Result<&[u8]> {
        const READ_BYTES: usize = 64 * 1024;
        match &mut self.look {
            Some(look) => look.at(pipe, &mut self.bytes)?,
            None if self.bytes.is_empty() => {
                self.bytes.resize(READ_BYTES, 0);
                let read = read_some(pipe, &mut self.bytes)?;
                self.bytes.truncate(read);
            }
            None => {}
        }
        Ok(&self.bytes)
    }

    /// So many of them were read.
    fn took(&mut self, count: u64) {
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

/// How often it is looked again at a pipe that somebody has set to answer at once.
const WAIT: std::time::Duration = std::time::Duration::from_millis(20);

/// Looks at what is in a pipe and leaves it there.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Look {
    reader: io::PipeReader,
    writer: io::PipeWriter,
}

#[cfg(target_os = "linux")]
impl Look {
    /// `None`: it is no pipe.
    fn of(pipe: &File) -> Option<Self> {
        use std::os::unix::fs::FileTypeExt as _;

        let is_pipe = pipe.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
        let (reader, writer) = io::pipe().ok().filter(|_| is_pipe)?;
        // The more fits into them, the fewer pieces are sent. Where that is not allowed, they stay as they are.
        let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIECE_BYTES_MAX);
        let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIECE_BYTES_MAX);
        Some(Self { reader, writer })
    }

    /// Waits for bytes; none are the end.
    fn at(&mut self, pipe: &File, bytes: &mut Vec<u8>) -> io::Result<()> {
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

/// Elsewhere nobody can look at what is in a pipe.
#[cfg(not(target_os = "linux"))]
enum Look {}

#[cfg(not(target_os = "linux"))]
impl Look {
    const fn of(_: &File) -> Option<Self> {
        None
    }

    fn at(&mut self, _: &File, _: &mut Vec<u8>) -> io::Result<()> {
        match *self {}
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{io::Write as _, os::fd::OwnedFd};

    use super::*;

    #[test]
    fn what_was_not_read_stays_in_the_pipe() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let pipe = File::from(OwnedFd::from(reader));
        let mut ahead = Ahead::of(&pipe);
        writer.write_all(b"one\ntwo\nthree\n").expect("written");
        assert_eq!(ahead.next(&pipe).expect("seen"), b"one\ntwo\nthree\n");
        let second = pipe.try_clone().expect("a second hold");
        let mut sent = Sent { pipe: Some(pipe), read: 0, is_looked_at: true, is_over: false, failure: None };
        sent.take_to(4).expect("taken");
        ahead.took(4);
        // What comes meanwhile comes behind it.
        writer.write_all(b"four\n").expect("written");
        assert_eq!(ahead.next(&second).expect("seen"), b"two\nthree\nfour\n");
        sent.take_to(8).expect("taken");
        sent.take_to(8).expect("nothing is taken twice");
        drop(writer);
        let mut rest = String::new();
        (&second).read_to_string(&mut rest).expect("read");
        assert_eq!(rest, "three\nfour\n");
        assert!(ahead.next(&second).expect("the end").is_empty());
        sent.take_to(1000).expect("it does not wait for what is not there");
    }

    #[test]
    fn what_is_no_pipe_is_read_ahead() {
        let zeros = File::open("/dev/zero").expect("it is there");
        let mut ahead = Ahead::of(&zeros);
        assert!(ahead.look.is_none());
        let count = ahead.next(&zeros).expect("read").len();
        ahead.took(10);
        assert_eq!(ahead.next(&zeros).expect("there").len(), count - 10, "it is handed on before more is read");
    }
}
