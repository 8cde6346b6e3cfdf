//! Objects: sends bytes by digest once, and resumes where the last try stopped.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use hven_api::{
    UPLOAD_OFFSET,
    objects::{DigestList, ObjectStored},
};
use ureq::{SendBody, http::Method};

use crate::{
    Client, Error, Result,
    transport::{Call, copy, may_pass},
};

const BUFFER_BYTES: usize = 256 * 1024;
/// The maximum number of resumed uploads without progress.
const STALLS_MAX: u32 = 5;

/// Opens a regular file. Everything else is an error at once: opening a pipe would block until a process writes to it.
pub fn open_file(path: &Path) -> io::Result<File> {
    let without_waiting = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let file = File::options().read(true).custom_flags(without_waiting.bits() as i32).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"))
    }
}

/// The BLAKE3 digest of a file, in hexadecimal, and its size in bytes.
pub fn hash_file(path: &Path) -> io::Result<(String, u64)> {
    hash_open_file(&mut open_file(path)?)
}

/// Does the same for an open file, from its current position.
pub fn hash_open_file(file: &mut File) -> io::Result<(String, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((hasher.finalize().to_hex().to_string(), size)),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                size += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

impl Client {
    /// Those of the digests that the server does not have.
    pub fn missing(&self, digests: Vec<String>) -> Result<Vec<String>> {
        if digests.is_empty() {
            return Ok(Vec::new());
        }
        let list: DigestList = self.post("/objects/missing", &DigestList { digests })?;
        Ok(list.digests)
    }

    /// How many bytes of an object the server has, and whether the object is complete.
    pub fn presence(&self, digest: &str) -> Result<(u64, bool)> {
        let response = match self.request(&Call::new(Method::HEAD, format!("/objects/{digest}"))) {
            Ok((response, _)) => response,
            Err(Error::Api(error)) if error.status == 404 => return Ok((0, false)),
            Err(error) => return Err(error),
        };
        let number = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        match response.status().as_u16() {
            206 => Ok((number(UPLOAD_OFFSET).unwrap_or(0), false)),
            _ => Ok((number(UPLOAD_OFFSET).unwrap_or(0), true)),
        }
    }

    /// Sends bytes and returns their digest.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<String> {
        let digest = blake3::hash(bytes).to_hex().to_string();
        self.put(&digest, &mut io::Cursor::new(bytes), bytes.len() as u64)?;
        Ok(digest)
    }

    /// Sends a file with this digest and size. Returns [`Error::Changed`] if the file has changed.
    pub fn put_file(&self, digest: &str, size: u64, path: &Path) -> Result<()> {
        let unreadable = |source| Error::File { path: path.to_owned(), source };
        let mut file = open_file(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.len() != size {
            return Err(Error::Changed { path: path.to_owned() });
        }
        match self.put(digest, &mut file, size) {
            Err(Error::Api(error)) if error.code == "object.wrong_digest" => {
                Err(Error::Changed { path: path.to_owned() })
            }
            done => done,
        }
    }

    /// Sends `size` bytes; resumes after a broken connection.
    pub fn put(&self, digest: &str, bytes: &mut (impl Read + Seek), size: u64) -> Result<()> {
        let (mut stalls, mut furthest) = (0, 0);
        // Send the bytes at once without asking: new bytes are the usual case, and this saves a request.
        let mut offset = 0;
        let start = Instant::now();
        loop {
            let error = match self.put_from(digest, bytes, offset, size) {
                Ok(stored) if stored.size == size => return Ok(()),
                Ok(stored) => {
                    let why = format!("object {digest} has {size} bytes, but {} were kept", stored.size);
                    return Err(Error::NotUnderstood { url: self.address()?.url, why });
                }
                Err(error) => error,
            };
            // 409: the server has a part of the object from an earlier try.
            if !(may_pass(&error) || error.status() == Some(409)) || stalls >= STALLS_MAX {
                return Err(error);
            }
            if stalls > 0 {
                thread::sleep(Duration::from_millis(100 << stalls));
            }
            let (there, whole) = self.presence(digest)?;
            if whole {
                return Ok(());
            }
            stalls = if there > furthest { 0 } else { stalls + 1 };
            furthest = furthest.max(there);
            offset = there.min(size);
            if start.elapsed() > Duration::from_hours(24) {
                return Err(error);
            }
        }
    }

    fn put_from(&self, digest: &str, bytes: &mut (impl Read + Seek), offset: u64, size: u64) -> Result<ObjectStored> {
        let address = self.address()?;
        bytes.seek(SeekFrom::Start(offset)).map_err(|source| Error::File { path: digest.into(), source })?;
        let mut body = bytes.take(size - offset);
        let mut call = Call::new(Method::PUT, format!("/objects/{digest}"));
        call.headers.push((UPLOAD_OFFSET, offset.to_string()));
        call.headers.push(("Content-Length", (size - offset).to_string()));
        call.headers.push(("Content-Type", "application/octet-stream".to_owned()));
        let response = self.once(&call, &address, None, SendBody::from_reader(&mut body))?;
        let mut response = crate::transport::refused(response)?;
        let text = response.body_mut().read_to_vec();
        let text = text.map_err(|e| Error::Unreachable { url: address.url.clone(), why: e.to_string() })?;
        serde_json::from_slice(&text).map_err(|e| Error::NotUnderstood { url: address.url, why: e.to_string() })
    }

    /// Writes the bytes of an object to `sink`; returns their number.
    pub fn object(&self, digest: &str, sink: &mut dyn io::Write) -> Result<u64> {
        let (response, url) = self.request(&Call::new(Method::GET, format!("/objects/{digest}")))?;
        copy(response, url, sink)
    }
}
