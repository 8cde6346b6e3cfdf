//! The server as the runner knows it: found through a file that says where it is, because a new server has a new
//! address; asked with the runner's token; and often not there. Where it was another program may listen by now: so each
//! new connection is used only when its other end has proved that it knows the runner's token, and until then nothing is
//! told and nothing is taken. A program that cannot prove it counts as no server at all, whatever it answers.

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

/// How long an answer may take when nothing is waited for.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// Smaller objects are sent without asking how much of them is there.
const RESUMABLE_BYTES_MIN: u64 = 8 << 20;

/// How long a server may take to prove itself.
const PROOF_TIMEOUT: Duration = Duration::from_secs(10);

/// Where to find the server, and by what it knows the runner.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    runner: RunnerId,
    /// A file of JSON with the field `url`.
    pub(crate) address: PathBuf,
    pub(crate) token: PathBuf,
    /// The address that was read last, by whichever thread.
    url: Arc<Mutex<String>>,
    /// The address at which another program was found last: it is said once.
    foreign: Arc<Mutex<String>>,
}

impl Contact {
    pub(crate) fn new(runner: RunnerId, address: PathBuf, token: PathBuf) -> Self {
        Self { runner, address, token, url: Arc::default(), foreign: Arc::default() }
    }

    /// Says in the runner's log that the server's place is taken.
    fn tell_of_another(&self, url: &str, why: &str) {
        let mut foreign = self.foreign.lock().unwrap_or_else(PoisonError::into_inner);
        if *foreign != url {
            url.clone_into(&mut foreign);
            crate::say(&format!(
                "another program answers at {url}, where the server was: {why}; it is told nothing, and nothing that it \
                 says is done"
            ));
        }
    }

    /// Where the server was when it was last asked; it may move.
    pub(crate) fn url(&self) -> String {
        self.url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[derive(Debug)]
pub(crate) enum CallError {
    /// There is no server, or it went away before it answered.
    Unreachable(io::Error),
    Refused {
        status: u16,
        message: String,
    },
    /// What was to be sent cannot be read, or has changed on the way.
    Source(io::Error),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "the server does not answer: {error}"),
            Self::Refused { status, message } => write!(f, "the server refuses ({status}): {message}"),
            Self::Source(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}

impl CallError {
    /// The session has ended: another attachment took its place, or the server is a new one.
    pub(crate) const fn is_stale_session(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }
    /// It will be refused again however often it is sent.
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

/// What follows in an attempt's standard input.
#[derive(Debug)]
pub(crate) enum Next {
    Bytes(Vec<u8>),
    End,
    /// Nothing yet; the server has waited for it.
    Nothing,
    /// No more comes.
    CutOff,
}

/// A thread's own connection to the server.
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
                self.contact.tell_of_another(&address.url, &why);
                return Err(io::Error::other(format!("another program answers at {}: {why}", address.url)));
            }
        }
        connection.set_write_timeout()?;
        // Tasks are told of it: it is the server's.
        self.contact.url.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&address.url);
        Ok(self.connection.insert(connection))
    }

    /// Asks, over the open connection when there is one. A connection that was closed while it was not used says
    /// nothing about the server, so then a new one is tried; all that a runner asks may be asked twice.
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
                        // Perhaps the token's file has changed: it is read with the address.
                        self.connection = None;
                    }
                    let message = String::from_utf8_lossy(&answer.body).chars().take(500).collect();
                    return Err(CallError::Refused { status: answer.status, message });
                }
            }
        }
    }

    /// Fetches something large: hands its bytes to `take` as they come, which says whether to go on.
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

    /// A POST of JSON, answered with JSON.
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

    /// Which of these objects the server does not have.
    pub(crate) fn missing(&mut self, digests: &[Digest]) -> Result<Vec<Digest>, CallError> {
        let ask = DigestList { digests: digests.iter().map(Digest::to_string).collect() };
        let missing = self.call::<DigestList>("/api/v1/objects/missing", &ask, ANSWER_TIMEOUT)?.digests;
        Ok(missing.iter().filter_map(|digest| digest.parse().ok()).collect())
    }

    /// Sends an object, what the server has of it already not again.
    pub(crate) fn put(&mut self, digest: Digest, source: &Source<'_>) -> Result<(), CallError> {
        let path = format!("/api/v1/objects/{digest}");
        let size = source.size().map_err(CallError::Source)?;
        // Of a small one it is not asked how much is there; the server says when that was wrong.
        let mut from = if size < RESUMABLE_BYTES_MIN { Some(0) } else { self.lacking(&path)? };
        for is_last in [false, false, true] {
            let Some(offset) = from.map(|from| from.min(size)) else { return Ok(()) };
            let headers = format!("Content-Type: application/octet-stream\r\nUpload-Offset: {offset}\r\n");
            let mut body = || source.open(offset, size);
            // The server hashes and writes to its disk before it answers.
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

    /// Asks for what an attempt's standard input has behind the first `from` bytes, all of which were read.
    pub(crate) fn stdin(&mut self, attempt: AttemptId, from: u64, is_over: bool) -> Result<Next, CallError> {
        let path = format!("/api/v1/runner/stdin/{attempt}?from={from}&is_over={is_over}");
        let mut nothing = || -> io::Result<(u64, Box<dyn Read>)> { Ok((0, Box::new(io::empty()))) };
        match self.ask("GET", &path, "", &mut nothing, ANSWER_TIMEOUT) {
            Ok(answer) if answer.status == 204 => Ok(Next::Nothing),
            Ok(answer) if answer.body.is_empty() => Ok(Next::End),
            Ok(answer) => Ok(Next::Bytes(answer.body)),
            // No more comes; the attempt is not this runner's any more; the server knows no such thing.
            Err(CallError::Refused { status: 410 | 403 | 404, .. }) => Ok(Next::CutOff),
            Err(error) => Err(error),
        }
    }

    /// From which byte on the server lacks an object; `None` when it has it.
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

/// Where the bytes of an object come from.
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
                // A pipe that was put in its place meanwhile makes nobody wait.
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
