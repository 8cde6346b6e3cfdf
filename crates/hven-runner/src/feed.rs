//! Standard input that comes through a pipe: asked for from the server, and handed on to the process.
//!
//! No more is asked for before the process has read what it was given: what it leaves unread stays with whoever sends it, as
//! if both were joined by one pipe. So a page is handed on at a time, and the kernel says when it was read. A thread of its
//! own does that for each attempt, for as long as the attempt goes on. The server may be away meanwhile: then the process
//! waits.
//!
//! Of what was read the digest is taken, and a copy is kept when it is not long, so that the work can be made again.

use std::{
    fs::{self, File},
    io::{self, PipeWriter, Write as _},
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use hven_api::spool;
use hven_core::{
    AttemptId, Digest,
    stdin::{StdinEnd, StdinRead},
};

use crate::{
    folder,
    kernel::{self, Room},
    mask::{Search, Secrets},
    server::{Backoff, Contact, Next, Server},
};

/// So much is handed on at once: a page.
const PAGE_BYTES: usize = 4096;
/// Of longer inputs no copy is kept.
const KEPT_BYTES_MAX: u64 = 16 << 20;
/// How often it is looked whether the attempt has ended while the process does not read.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// How often it is looked whether the process has read, where the kernel does not say so.
const READ_INTERVAL: Duration = Duration::from_millis(2);
/// A server that has nothing yet waits for so long at least; one that answers sooner is about to close.
const ANSWERED_EARLY: Duration = Duration::from_secs(1);

/// The standard input of an attempt that goes on.
#[derive(Debug)]
pub(crate) struct Feed(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// The runner's end of the pipe, as long as it is open.
    pipe: Option<Arc<PipeWriter>>,
    /// Handed on, and not known to be read.
    handed: Vec<u8>,
    /// How many bytes the process has read.
    bytes: u64,
    hasher: blake3::Hasher,
    search: Search,
    copy: KeptCopy,
    end: Option<StdinEnd>,
    /// The attempt has ended.
    is_over: bool,
}

impl State {
    /// Notes what the process has read meanwhile.
    fn look(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        let unread = kernel::bytes_in_pipe(pipe.as_fd()).min(self.handed.len());
        let read: Vec<u8> = self.handed.drain(..self.handed.len() - unread).collect();
        if read.is_empty() {
            return;
        }
        self.bytes += read.len() as u64;
        self.hasher.update(&read);
        self.search.feed(&read);
        if self.search.has_found() {
            self.copy.give_up();
        } else {
            self.copy.add(&read, self.bytes);
        }
    }
}

/// A copy of what was read.
#[derive(Debug)]
struct KeptCopy {
    path: PathBuf,
    file: Option<File>,
    /// It is too long, holds a secret, or cannot be written.
    is_given_up: bool,
}

impl KeptCopy {
    fn add(&mut self, bytes: &[u8], all_bytes: u64) {
        if !self.is_given_up && (all_bytes > KEPT_BYTES_MAX || self.write(bytes).is_err()) {
            self.give_up();
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            let dir = self.path.parent().unwrap_or(&self.path);
            self.file = Some(folder::within(dir, || folder::create(&self.path))?);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }

    fn give_up(&mut self) {
        if self.is_given_up {
            return;
        }
        (self.file, self.is_given_up) = (None, true);
        // It goes with the attempt's folder at the latest.
        let _ = fs::remove_file(&self.path);
    }
}

impl Feed {
    /// Begins to hand on what the server has for the attempt.
    pub(crate) fn start(
        attempt: AttemptId,
        pipe: PipeWriter,
        contact: &Contact,
        dir: &Path,
        secrets: &Arc<Secrets>,
    ) -> Self {
        let pipe = Arc::new(pipe);
        let state = Arc::new(Mutex::new(State {
            pipe: Some(Arc::clone(&pipe)),
            handed: Vec::with_capacity(PAGE_BYTES),
            bytes: 0,
            hasher: blake3::Hasher::new(),
            search: Search::new(Arc::clone(secrets)),
            copy: KeptCopy { path: dir.join(spool::STDIN), file: None, is_given_up: false },
            end: None,
            is_over: false,
        }));
        let feeder = Feeder { attempt, server: Server::new(contact.clone()), pipe, state: Arc::clone(&state) };
        if let Err(error) = thread::Builder::new().spawn(move || feeder.feed()) {
            crate::say(&format!("the standard input of {attempt} is cut off: no thread for it: {error}"));
            let mut state = locked(&state);
            (state.pipe, state.end) = (None, Some(StdinEnd::CutOff));
        }
        Self(state)
    }

    /// The attempt's processes have ended: answers what they read.
    pub(crate) fn finish(&self) -> StdinRead {
        let mut state = locked(&self.0);
        state.is_over = true;
        state.look();
        state.pipe = None;
        let is_secret = state.search.has_found();
        let kept = state.copy.file.is_some() && !is_secret;
        if !kept {
            state.copy.give_up();
        }
        StdinRead {
            bytes: state.bytes,
            end: state.end.unwrap_or(StdinEnd::Unread),
            digest: (!is_secret).then(|| Digest::from(state.hasher.finalize())),
            kept,
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread of one attempt.
struct Feeder {
    attempt: AttemptId,
    server: Server,
    pipe: Arc<PipeWriter>,
    state: Arc<Mutex<State>>,
}

/// What became of bytes that were handed on.
enum Given {
    Read,
    /// The process has closed its end.
    Closed,
    /// The attempt has ended.
    Over,
}

impl Feeder {
    fn feed(mut self) {
        let end = self.hand_on();
        let Self { attempt, mut server, pipe, state } = self;
        // The process is told of the end by this: the other hold on the pipe goes below.
        drop(pipe);
        let bytes = {
            let mut state = locked(&state);
            state.pipe = None;
            state.end = state.end.or(end);
            if state.is_over {
                return;
            }
            state.bytes
        };
        // Whoever sends it need not do so any more. When this does not arrive, they learn it from the end of the run.
        let _ = server.stdin(attempt, bytes, true);
    }

    /// Hands on whatever comes; answers how it ended, `None` when the attempt did before.
    fn hand_on(&mut self) -> Option<StdinEnd> {
        let mut backoff = Backoff::new();
        loop {
            let bytes = {
                let state = locked(&self.state);
                if state.is_over {
                    return None;
                }
                state.bytes
            };
            let asked = Instant::now();
            match self.server.stdin(self.attempt, bytes, false) {
                Ok(Next::Bytes(bytes)) => {
                    backoff.reset();
                    for page in bytes.chunks(PAGE_BYTES) {
                        match self.give(page) {
                            Given::Read => {}
                            Given::Closed => return Some(StdinEnd::Unread),
                            Given::Over => return None,
                        }
                    }
                }
                Ok(Next::End) => return Some(StdinEnd::Whole),
                Ok(Next::CutOff) => return Some(StdinEnd::CutOff),
                Ok(Next::Nothing) if kernel::wait_for_room(self.pipe.as_fd(), Duration::ZERO) == Room::Unread => {
                    return Some(StdinEnd::Unread);
                }
                Ok(Next::Nothing) if asked.elapsed() >= ANSWERED_EARLY => backoff.reset(),
                Ok(Next::Nothing) | Err(_) => backoff.wait(),
            }
        }
    }

    /// Hands on a page, and waits until it was read.
    fn give(&self, page: &[u8]) -> Given {
        let mut left = page;
        loop {
            {
                let mut state = locked(&self.state);
                if state.is_over {
                    return Given::Over;
                }
                state.look();
                if state.handed.is_empty() && left.is_empty() {
                    return Given::Read;
                }
                if state.handed.is_empty() {
                    // It does not wait. Whoever asks how much was read finds it noted already.
                    match (&*self.pipe).write(left) {
                        Ok(count) => {
                            state.handed.extend_from_slice(&left[..count]);
                            left = &left[count..];
                        }
                        Err(error)
                            if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                        Err(_) => return Given::Closed,
                    }
                }
            }
            match kernel::wait_for_room(self.pipe.as_fd(), LOOK_INTERVAL) {
                Room::Unread => {
                    locked(&self.state).look();
                    return Given::Closed;
                }
                Room::Free if kernel::bytes_in_pipe(self.pipe.as_fd()) > 0 => thread::sleep(READ_INTERVAL),
                Room::Free | Room::Full => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn feeder(dir: &Path, secrets: &[&str]) -> (Feeder, Feed, io::PipeReader) {
        let (reader, writer) = io::pipe().expect("a pipe");
        kernel::set_nonblocking(writer.as_fd()).expect("set");
        kernel::hold_one_page(writer.as_fd());
        let pipe = Arc::new(writer);
        let secrets = Arc::new(Secrets::new(secrets.iter().copied()));
        let state = Arc::new(Mutex::new(State {
            pipe: Some(Arc::clone(&pipe)),
            handed: Vec::new(),
            bytes: 0,
            hasher: blake3::Hasher::new(),
            search: Search::new(secrets),
            copy: KeptCopy { path: dir.join("attempt").join(spool::STDIN), file: None, is_given_up: false },
            end: None,
            is_over: false,
        }));
        let attempt = AttemptId { run: hven_core::RunId::from_u128(1), number: 1 };
        let contact = Contact::new(hven_core::RunnerId::from_u128(1), dir.join("none"), dir.join("none"));
        let feeder = Feeder { attempt, server: Server::new(contact), pipe, state: Arc::clone(&state) };
        (feeder, Feed(state), reader)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_what_was_read_counts() {
        let dir = tempfile::tempdir().expect("a folder");
        let (feeder, feed, mut reader) = feeder(dir.path(), &[]);
        let read = thread::spawn(move || {
            let mut bytes = [0; 10];
            reader.read_exact(&mut bytes).expect("read");
            (bytes, reader)
        });
        let giving = thread::spawn(move || feeder.give(&[b'x'; 100]));
        let (bytes, reader) = read.join().expect("it reads");
        assert_eq!(bytes, [b'x'; 10]);
        // As when the process ends.
        drop(reader);
        assert!(matches!(giving.join().expect("it ends"), Given::Closed));
        let read = feed.finish();
        assert_eq!((read.bytes, read.end, read.kept), (10, StdinEnd::Unread, true));
        assert_eq!(read.digest, Some(Digest::of(&[b'x'; 10])));
        assert_eq!(fs::read(dir.path().join("attempt/stdin")).expect("a copy"), [b'x'; 10]);
    }

    #[test]
    fn a_secret_is_neither_kept_nor_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let (feeder, feed, mut reader) = feeder(dir.path(), &["tycho-1576"]);
        let read = thread::spawn(move || {
            let mut bytes = [0; 20];
            reader.read_exact(&mut bytes).map(|()| reader)
        });
        assert!(matches!(feeder.give(b"login: tycho-1576 ok"), Given::Read));
        let _open = read.join().expect("it reads").expect("read");
        assert!(!dir.path().join("attempt/stdin").exists(), "also before the end");
        let read = feed.finish();
        assert_eq!((read.bytes, read.digest, read.kept), (20, None, false));
        assert!(!dir.path().join("attempt/stdin").exists());
    }

    #[test]
    fn a_long_input_is_not_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut copy = KeptCopy { path: dir.path().join("copy"), file: None, is_given_up: false };
        copy.add(b"abc", KEPT_BYTES_MAX);
        assert!(copy.file.is_some() && copy.path.exists());
        copy.add(b"d", KEPT_BYTES_MAX + 1);
        copy.add(b"e", KEPT_BYTES_MAX + 2);
        assert!(copy.is_given_up && !copy.path.exists());
    }
}
