//! Feeds standard input from the server's pipe to the process.
//!
//! The feeder asks for more bytes only after the process has read the earlier ones, so that unread bytes stay with the
//! sender, as with a single pipe. It writes one page at a time, and the kernel reports when the page was read. Each
//! attempt has a feeder thread as long as it runs. While the server is away, the process waits.
//!
//! The feeder hashes the bytes that the process read, and keeps a copy of short inputs, so that the run can be reproduced.

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
    kernel::{self, PipeState},
    mask::{Search, Secrets},
    server::{Backoff, Contact, Server, StdinChunk},
};

/// The bytes of one write: a page.
const PAGE_BYTES: usize = 4096;
/// Longer inputs are not copied.
const KEPT_BYTES_MAX: u64 = 16 << 20;
/// How often the feeder checks whether the attempt has ended while the process does not read.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// How often the feeder checks whether the process has read, on systems that do not report it.
const READ_INTERVAL: Duration = Duration::from_millis(2);
/// A server without new bytes holds the request at least this long; a quicker empty answer means that it is closing.
const ANSWERED_EARLY: Duration = Duration::from_secs(1);

/// The standard input of a running attempt.
#[derive(Debug)]
pub(crate) struct StdinFeed(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// The runner's end of the pipe while it is open.
    pipe: Option<Arc<PipeWriter>>,
    /// Bytes that were written to the pipe and that the process may not have read yet.
    unread: Vec<u8>,
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
    /// Accounts for the bytes that the process has read since the last call.
    fn count_read(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        let unread = kernel::bytes_in_pipe(pipe.as_fd()).min(self.unread.len());
        let read: Vec<u8> = self.unread.drain(..self.unread.len() - unread).collect();
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

/// A copy of the bytes that were read.
#[derive(Debug)]
struct KeptCopy {
    path: PathBuf,
    file: Option<File>,
    /// The copy is too long, contains a secret, or cannot be written.
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
        // If this fails, the copy is removed with the attempt's folder.
        let _ = fs::remove_file(&self.path);
    }
}

impl StdinFeed {
    /// Starts to feed the process from the server.
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
            unread: Vec::with_capacity(PAGE_BYTES),
            bytes: 0,
            hasher: blake3::Hasher::new(),
            search: Search::new(Arc::clone(secrets)),
            copy: KeptCopy { path: dir.join(spool::STDIN), file: None, is_given_up: false },
            end: None,
            is_over: false,
        }));
        let feeder = Feeder { attempt, server: Server::new(contact.clone()), pipe, state: Arc::clone(&state) };
        if let Err(error) = thread::Builder::new().spawn(move || feeder.feed()) {
            crate::log_line(&format!("the standard input of {attempt} is cut off: no thread for it: {error}"));
            let mut state = locked(&state);
            (state.pipe, state.end) = (None, Some(StdinEnd::CutOff));
        }
        Self(state)
    }

    /// Returns how much the processes have read, after all of them have ended.
    pub(crate) fn finish(&self) -> StdinRead {
        let mut state = locked(&self.0);
        state.is_over = true;
        state.count_read();
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

/// The feeder thread of one attempt.
struct Feeder {
    attempt: AttemptId,
    server: Server,
    pipe: Arc<PipeWriter>,
    state: Arc<Mutex<State>>,
}

/// The result of writing bytes to the pipe.
enum PageResult {
    Read,
    /// The process has closed its end.
    Closed,
    /// The attempt has ended.
    Over,
}

impl Feeder {
    fn feed(mut self) {
        let end = self.feed_all();
        let Self { attempt, mut server, pipe, state } = self;
        // The process sees the end of its input when both references to the pipe are dropped; the other is dropped below.
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
        // Tells the server that the sender may stop. If this message is lost, the end of the run has the same effect.
        let _ = server.stdin(attempt, bytes, true);
    }

    /// Feeds all bytes. Returns how the input ended, or `None` when the attempt ended first.
    fn feed_all(&mut self) -> Option<StdinEnd> {
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
                Ok(StdinChunk::Bytes(bytes)) => {
                    backoff.reset();
                    for page in bytes.chunks(PAGE_BYTES) {
                        match self.feed_page(page) {
                            PageResult::Read => {}
                            PageResult::Closed => return Some(StdinEnd::Unread),
                            PageResult::Over => return None,
                        }
                    }
                }
                Ok(StdinChunk::End) => return Some(StdinEnd::Whole),
                Ok(StdinChunk::CutOff) => return Some(StdinEnd::CutOff),
                Ok(StdinChunk::Nothing)
                    if kernel::wait_for_space(self.pipe.as_fd(), Duration::ZERO) == PipeState::Closed =>
                {
                    return Some(StdinEnd::Unread);
                }
                Ok(StdinChunk::Nothing) if asked.elapsed() >= ANSWERED_EARLY => backoff.reset(),
                Ok(StdinChunk::Nothing) | Err(_) => backoff.wait(),
            }
        }
    }

    /// Writes a page and waits until it was read.
    fn feed_page(&self, page: &[u8]) -> PageResult {
        let mut left = page;
        loop {
            {
                let mut state = locked(&self.state);
                if state.is_over {
                    return PageResult::Over;
                }
                state.count_read();
                if state.unread.is_empty() && left.is_empty() {
                    return PageResult::Read;
                }
                if state.unread.is_empty() {
                    // The write does not block. The lock is held, so `finish` counts these bytes in any case.
                    match (&*self.pipe).write(left) {
                        Ok(count) => {
                            state.unread.extend_from_slice(&left[..count]);
                            left = &left[count..];
                        }
                        Err(error)
                            if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                        Err(_) => return PageResult::Closed,
                    }
                }
            }
            match kernel::wait_for_space(self.pipe.as_fd(), LOOK_INTERVAL) {
                PipeState::Closed => {
                    locked(&self.state).count_read();
                    return PageResult::Closed;
                }
                PipeState::Free if kernel::bytes_in_pipe(self.pipe.as_fd()) > 0 => thread::sleep(READ_INTERVAL),
                PipeState::Free | PipeState::Full => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn feeder(dir: &Path, secrets: &[&str]) -> (Feeder, StdinFeed, io::PipeReader) {
        let (reader, writer) = io::pipe().expect("a pipe");
        kernel::set_nonblocking(writer.as_fd()).expect("set");
        kernel::hold_one_page(writer.as_fd());
        let pipe = Arc::new(writer);
        let secrets = Arc::new(Secrets::new(secrets.iter().copied()));
        let state = Arc::new(Mutex::new(State {
            pipe: Some(Arc::clone(&pipe)),
            unread: Vec::new(),
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
        (feeder, StdinFeed(state), reader)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_bytes_that_the_process_read_count() {
        let dir = tempfile::tempdir().expect("a folder");
        let (feeder, feed, mut reader) = feeder(dir.path(), &[]);
        let read = thread::spawn(move || {
            let mut bytes = [0; 10];
            reader.read_exact(&mut bytes).expect("read");
            (bytes, reader)
        });
        let giving = thread::spawn(move || feeder.feed_page(&[b'x'; 100]));
        let (bytes, reader) = read.join().expect("it reads");
        assert_eq!(bytes, [b'x'; 10]);
        // As at the end of a process.
        drop(reader);
        assert!(matches!(giving.join().expect("it ends"), PageResult::Closed));
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
        assert!(matches!(feeder.feed_page(b"login: tycho-1576 ok"), PageResult::Read));
        let _open = read.join().expect("it reads").expect("read");
        assert!(!dir.path().join("attempt/stdin").exists(), "the copy is removed before the end");
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
