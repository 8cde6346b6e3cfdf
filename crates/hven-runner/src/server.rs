//! The runner's client of the server. A file names the server's address, because a new server has a new address. The
//! runner authenticates with its token, and the server is often absent. Another program may listen at the old address,
//! so the other end of each new connection must first prove that it knows the runner's token; until then the runner
//! sends and accepts nothing. A program that cannot prove it counts as an absent server, whatever it answers.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use hven_api::{
    objects::DigestList,
    proof::{self, Unproved, Witness},
};
use hven_core::{AttemptId, Digest, RunnerId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::http::{Answer, Connection, Request};

/// How long an answer may take when the server does not wait for anything.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// The runner sends smaller objects without asking which part the server already has.
const RESUMABLE_BYTES_MIN: u64 = 8 << 20;

/// How long a server may take to prove itself.
const PROOF_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the runner finds the server, and the identity and token that it uses.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    runner: RunnerId,
    /// A file of JSON with the field `url`.
    pub(crate) address: PathBuf,
    pub(crate) token: PathBuf,
    /// The address that a thread read last.
    url: Arc<Mutex<String>>,
    /// The last address at which another program answered. The runner logs each such address once.
    foreign: Arc<Mutex<String>>,
}

impl Contact {
    pub(crate) fn new(runner: RunnerId, address: PathBuf, token: PathBuf) -> Self {
        Self { runner, address, token, url: Arc::default(), foreign: Arc::default() }
    }

    /// Logs that another program listens at the server's address.
    fn log_foreign_server(&self, url: &str, why: &str) {
        let mut foreign = self.foreign.lock().unwrap_or_else(PoisonError::into_inner);
        if *foreign != url {
            url.clone_into(&mut foreign);
            crate::log_line(&format!(
                "another program answers at {url}, where the server was: {why}; the runner sends it nothing and ignores its \
                 answers"
            ));
        }
    }

    /// The address at which the server was last asked; a new server may have another one.
    pub(crate) fn url(&self) -> String {
        self.url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[derive(Debug)]
pub(crate) enum CallError {
    /// No server answered, or the connection ended before the answer.
    Unreachable(io::Error),
    Refused {
        status: u16,
        message: String,
    },
    /// The content to send cannot be read, or it changed during the transfer.
    Source(io::Error),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "the server does not answer: {error}"),
            Self::Refused { status, message } => write!(f, "the server refuses ({status}): {message}"),
            Self::Source(error) => write!(f, "the content cannot be read: {error}"),
        }
    }
}

impl CallError {
    /// The session has ended: a newer attachment or a new server replaced it.
    pub(crate) const fn is_stale_session(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }
    /// The server will refuse this request each time.
    pub(crate) const fn is_for_good(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 406 | 411..=424 | 431, .. })
    }
    pub(crate) const fn is_unauthorised(&self) -> bool {
        matches!(self, Self::Refused { status: 401 | 403, .. })
    }
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> Self {
        Self::Unreachable(error)
    }
}

/// The next part of an attempt's standard input.
#[derive(Debug)]
pub(crate) enum StdinChunk {
    Bytes(Vec<u8>),
    End,
    /// No bytes yet, although the server waited for some.
    Nothing,
    /// The input was cut off: no more bytes come.
    CutOff,
}

/// The connection of one thread to the server.
#[derive(Debug)]
pub(crate) struct Server {
    contact: Contact,
    token: String,
    connection: Option<Connection>,
}

#[derive(Deserialize)]
struct AddressFile {
    url: String,
}

impl Server {
    pub(crate) const fn new(contact: Contact) -> Self {
        Self { contact, token: String::new(), connection: None }
    }

    fn connect(&mut self) -> io::Result<&mut Connection> {
        let address: AddressFile = serde_json::from_slice(&fs::read(&self.contact.address)?)?;
        fs::read_to_string(&self.contact.token)?.trim().clone_into(&mut self.token);
        let connection = Connection::open(&address.url)?;
        let witness = Witness::Runner(self.contact.runner);
        let proved = proof::demand(connection.stream(), witness, self.token.as_bytes(), nonce()?, PROOF_TIMEOUT);
        match proved {
            Ok(()) => {}
            Err(Unproved::Broken(error)) => return Err(error),
            Err(Unproved::Foreign(why)) => {
                self.contact.log_foreign_server(&address.url, &why);
                return Err(io::Error::other(format!("another program answers at {}: {why}", address.url)));
            }
        }
        connection.set_write_timeout()?;
        // Tasks get this address, because it is proved to be the server's.
        self.contact.url.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&address.url);
        Ok(self.connection.insert(connection))
    }

    /// Sends a request over the open connection, if there is one. A reused connection may have been closed while it was idle,
    /// which says nothing about the server, so a new connection is tried once. All requests of a runner may be sent twice.
    fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &mut dyn FnMut() -> io::Result<(u64, Box<dyn Read>)>,
        timeout: Duration,
    ) -> Result<Answer, CallError> {
        let mut is_reused = self.connection.is_some();
        loop {
            if self.connection.is_none() {
                self.connect()?;
            }
            let Self { connection: Some(connection), token, .. } = self else {
                return Err(io::Error::from(io::ErrorKind::NotConnected).into());
            };
            let (length, mut reader) = body()?;
            let mut request = Request { method, path, token, headers, length, body: &mut *reader, timeout };
            let answered = connection.ask(&mut request);
            if answered.as_ref().map_or(true, |answer| answer.is_last) {
                self.connection = None;
            }
            match answered {
                Err(error)
                    if is_reused && !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
                {
                    is_reused = false;
                }
                Err(error) => return Err(error.into()),
                Ok(answer) if answer.status < 300 || method == "HEAD" => return Ok(answer),
                Ok(answer) => {
                    if matches!(answer.status, 401 | 403) {
                        // The token's file may have changed; the next connection reads it again.
                        self.connection = None;
                    }
                    let message = String::from_utf8_lossy(&answer.body).chars().take(500).collect();
                    return Err(CallError::Refused { status: answer.status, message });
                }
            }
        }
    }

    /// Fetches a large object. `take` receives the bytes as they arrive and returns whether to go on.
    pub(crate) fn fetch(&mut self, path: &str, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        if self.connection.is_none() {
            self.connect()?;
        }
        let Self { connection: Some(connection), token, .. } = self else {
            return Err(io::Error::from(io::ErrorKind::NotConnected).into());
        };
        let mut request = Request {
            method: "GET",
            path,
            token,
            headers: "",
            length: 0,
            body: &mut io::empty(),
            timeout: ANSWER_TIMEOUT,
        };
        let answered = connection.fetch(&mut request, take);
        if answered.as_ref().map_or(true, |answer| answer.is_last || answer.status >= 300) {
            self.connection = None;
        }
        match answered {
            Err(error) => Err(error.into()),
            Ok(answer) if answer.status < 300 => Ok(()),
            Ok(answer) => {
                let message = String::from_utf8_lossy(&answer.body).chars().take(500).collect();
                Err(CallError::Refused { status: answer.status, message })
            }
        }
    }

    /// Sends a POST request with JSON and parses the JSON answer.
    pub(crate) fn call<A: DeserializeOwned>(
        &mut self,
        path: &str,
        message: &impl Serialize,
        timeout: Duration,
    ) -> Result<A, CallError> {
        let bytes = serde_json::to_vec(message).map_err(io::Error::from)?;
        let bytes: Arc<[u8]> = bytes.into();
        let mut body = || -> io::Result<(u64, Box<dyn Read>)> {
            Ok((bytes.len() as u64, Box::new(io::Cursor::new(Arc::clone(&bytes)))))
        };
        let answer = self.ask("POST", path, "Content-Type: application/json\r\n", &mut body, timeout)?;
        let text = if answer.body.is_empty() { b"null" } else { answer.body.as_slice() };
        serde_json::from_slice(text).map_err(|error| io::Error::from(error).into())
    }

    /// The objects, out of `digests`, that the server does not have.
    pub(crate) fn missing(&mut self, digests: &[Digest]) -> Result<Vec<Digest>, CallError> {
        let ask = DigestList { digests: digests.iter().map(Digest::to_string).collect() };
        let missing = self.call::<DigestList>("/api/v1/objects/missing", &ask, ANSWER_TIMEOUT)?.digests;
        Ok(missing.iter().filter_map(|digest| digest.parse().ok()).collect())
    }

    /// Sends an object, without the part that the server already has.
    pub(crate) fn put(&mut self, digest: Digest, source: &Source<'_>) -> Result<(), CallError> {
        let path = format!("/api/v1/objects/{digest}");
        let size = source.size().map_err(CallError::Source)?;
        // A small object is sent from its start without asking; the server refuses a wrong offset.
        let mut from = if size < RESUMABLE_BYTES_MIN { Some(0) } else { self.lacking(&path)? };
        for is_last in [false, false, true] {
            let Some(offset) = from.map(|from| from.min(size)) else { return Ok(()) };
            let headers = format!("Content-Type: application/octet-stream\r\nUpload-Offset: {offset}\r\n");
            let mut body = || source.open(offset, size);
            // The server hashes the bytes and writes them to its disk before it answers.
            let timeout = ANSWER_TIMEOUT + Duration::from_millis(size / 10_000);
            match self.ask("PUT", &path, &headers, &mut body, timeout) {
                Ok(_) => return Ok(()),
                Err(CallError::Refused { status: 409, .. }) if !is_last => from = self.lacking(&path)?,
                Err(CallError::Unreachable(error)) => {
                    return Err(match source.size() {
                        Ok(now) if now == size => CallError::Unreachable(error),
                        Ok(now) => {
                            CallError::Source(io::Error::other(format!("it had {size} bytes, now it has {now}")))
                        }
                        Err(error) => CallError::Source(error),
                    });
                }
                Err(refused) => return Err(refused),
            }
        }
        Ok(())
    }

    /// Asks for the standard input of an attempt after the first `from` bytes, which the process has read.
    pub(crate) fn stdin(&mut self, attempt: AttemptId, from: u64, is_over: bool) -> Result<StdinChunk, CallError> {
        let path = format!("/api/v1/runner/stdin/{attempt}?from={from}&is_over={is_over}");
        let mut nothing = || -> io::Result<(u64, Box<dyn Read>)> { Ok((0, Box::new(io::empty()))) };
        match self.ask("GET", &path, "", &mut nothing, ANSWER_TIMEOUT) {
            Ok(answer) if answer.status == 204 => Ok(StdinChunk::Nothing),
            Ok(answer) if answer.body.is_empty() => Ok(StdinChunk::End),
            Ok(answer) => Ok(StdinChunk::Bytes(answer.body)),
            // The input was cut off, or the attempt does not belong to this runner any more, or the server does not know it.
            Err(CallError::Refused { status: 410 | 403 | 404, .. }) => Ok(StdinChunk::CutOff),
            Err(error) => Err(error),
        }
    }

    /// The first byte of an object that the server lacks; `None` when it has the whole object.
    fn lacking(&mut self, path: &str) -> Result<Option<u64>, CallError> {
        let mut nothing = || -> io::Result<(u64, Box<dyn Read>)> { Ok((0, Box::new(io::empty()))) };
        let answer = self.ask("HEAD", path, "", &mut nothing, ANSWER_TIMEOUT)?;
        match answer.status {
            200 => Ok(None),
            206 => Ok(Some(answer.upload_offset.unwrap_or(0))),
            404 => Ok(Some(0)),
            status => Err(CallError::Refused { status, message: format!("asked for {path}") }),
        }
    }
}

/// Random bytes for a challenge, from the operating system.
fn nonce() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The source of an object's bytes.
#[derive(Clone, Debug)]
pub(crate) enum Source<'a> {
    Bytes(&'a [u8]),
    File(PathBuf),
}

impl Source<'_> {
    fn size(&self) -> io::Result<u64> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => fs::metadata(path).map(|metadata| metadata.len()),
        }
    }

    fn open(&self, offset: u64, size: u64) -> io::Result<(u64, Box<dyn Read>)> {
        let reader: Box<dyn Read> = match self {
            Self::Bytes(bytes) => Box::new(io::Cursor::new(bytes[offset as usize..].to_vec())),
            Self::File(path) => {
                // A pipe may have replaced the file; opening it must not block.
                let mut file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
                io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
                Box::new(file)
            }
        };
        Ok((size - offset, reader))
    }
}

/// Waits longer after each failure, up to two seconds.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(2);

    pub(crate) const fn new() -> Self {
        Self(Self::FIRST)
    }
    pub(crate) const fn reset(&mut self) {
        self.0 = Self::FIRST;
    }
    pub(crate) fn wait(&mut self) {
        thread::sleep(self.0);
        self.0 = (2 * self.0).min(Self::LONGEST);
    }
}
