//! Uploads: bytes that arrive in chunks, perhaps over several connections.
//!
//! The bytes of an unfinished upload stay in `objects/tmp/<digest>.partial`. The digest is computed while bytes arrive;
//! only the bytes of an earlier connection are read again.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::PoisonError,
};

use bytes::Bytes;
use hven_app::ports::{
    StoreError, StoreResult,
    objects::{Arrival, Presence},
};
use hven_core::Digest;
use tokio::sync::mpsc;

use super::{ObjectStore, READ_BYTES};
use crate::errors::{io_error, is_full};

impl ObjectStore {
    pub(super) fn presence(&self, digest: &Digest) -> io::Result<Presence> {
        let is_bad = self.is_known_bad(digest);
        if !is_bad && let Some(size) = self.size(digest)? {
            return Ok(Presence::Whole { size });
        }
        match fs::metadata(self.partial(digest)) {
            Ok(found) if found.len() > 0 => return Ok(Presence::Partial { received: found.len() }),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        Ok(if is_bad || self.is_quarantined(digest) { Presence::Damaged } else { Presence::Absent })
    }

    /// Stores the bytes from `chunks`. Call it in a thread that may block.
    pub(super) fn receive_blocking(
        &self,
        digest: Digest,
        Arrival { offset, last, size }: Arrival,
        chunks: &mut mpsc::Receiver<io::Result<Bytes>>,
    ) -> StoreResult<Presence> {
        let failed = |e| io_error(format!("the object {digest}"), e);
        if self.is_good(&digest, size).map_err(failed)?
            && let Presence::Whole { size } = self.presence(&digest).map_err(failed)?
        {
            return Ok(Presence::Whole { size });
        }
        let upload = Upload::claim(self, digest, offset)?;
        let outcome = upload.take(offset, chunks);
        let (received, found, interrupted) = match outcome {
            Ok(receiver) => receiver,
            Err(e) => {
                // Remove an upload that cannot be finished, so that it does not occupy a full disk.
                if is_full(e.kind()) {
                    drop(fs::remove_file(&upload.path));
                }
                return Err(failed(e));
            }
        };
        if let Some(e) = interrupted {
            return Err(failed(e));
        }
        if !last {
            return Ok(Presence::Partial { received });
        }
        if found != digest {
            drop(fs::remove_file(&upload.path));
            return Err(StoreError::WrongDigest(received));
        }
        self.settle(&upload.path, &digest).map_err(failed)?;
        Ok(Presence::Whole { size: received })
    }

    /// Stores the bytes from `chunks`, whose digest is not known. Call it in a thread that may block.
    pub(super) fn receive_unnamed_blocking(
        &self,
        chunks: &mut mpsc::Receiver<io::Result<Bytes>>,
    ) -> StoreResult<(Digest, u64)> {
        let temporary = self.temporary().map_err(|e| io_error("an object", e))?;
        let mut receive = || {
            let mut file = File::options().write(true).create_new(true).open(&temporary)?;
            let (digest, size) = write_hashing(chunks, &mut file)?;
            self.settle(&temporary, &digest)?;
            Ok((digest, size))
        };
        receive().map_err(|e| {
            drop(fs::remove_file(&temporary));
            io_error("an object", e)
        })
    }

    fn uploading(&self) -> std::sync::MutexGuard<'_, std::collections::HashSet<Digest>> {
        self.shared.uploading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An exclusive claim on the file of an upload.
struct Upload<'a> {
    store: &'a ObjectStore,
    digest: Digest,
    path: PathBuf,
    shared: bool,
}

impl<'a> Upload<'a> {
    fn claim(store: &'a ObjectStore, digest: Digest, offset: u64) -> StoreResult<Self> {
        if store.uploading().insert(digest) {
            return Ok(Self { store, digest, path: store.partial(&digest), shared: true });
        }
        // Another client sends the same bytes now: each upload uses a file of its own, and the first to finish wins.
        if offset > 0 {
            return Err(StoreError::Gap { have: 0, from: offset });
        }
        let path = store.temporary().map_err(|e| io_error("an object", e))?;
        Ok(Self { store, digest, path, shared: false })
    }

    /// Returns the number of stored bytes, their digest, and the error that stopped the stream early.
    fn take(
        &self,
        offset: u64,
        chunks: &mut mpsc::Receiver<io::Result<Bytes>>,
    ) -> io::Result<(u64, Digest, Option<io::Error>)> {
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        let have = file.metadata()?.len();
        if offset > have {
            return Err(io::Error::other(format!("it has {have} bytes, so bytes from {offset} on cannot follow")));
        }
        file.set_len(offset)?;
        let mut hasher = blake3::Hasher::new();
        read_into(&mut hasher, &self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut received = offset;
        let mut interrupted = None;
        while let Some(chunk) = chunks.blocking_recv() {
            match chunk {
                Ok(bytes) => {
                    hasher.update(&bytes);
                    file.write_all(&bytes)?;
                    received += bytes.len() as u64;
                }
                Err(e) => {
                    interrupted = Some(e);
                    break;
                }
            }
        }
        Ok((received, hasher.finalize().into(), interrupted))
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        if self.shared {
            self.store.uploading().remove(&self.digest);
        } else {
            // The file no longer exists if it became the object.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Returns the digest and the number of the bytes.
fn write_hashing(chunks: &mut mpsc::Receiver<io::Result<Bytes>>, file: &mut File) -> io::Result<(Digest, u64)> {
    let (mut hasher, mut size) = (blake3::Hasher::new(), 0);
    while let Some(chunk) = chunks.blocking_recv() {
        let bytes = chunk?;
        hasher.update(&bytes);
        file.write_all(&bytes)?;
        size += bytes.len() as u64;
    }
    Ok((hasher.finalize().into(), size))
}

fn read_into(hasher: &mut blake3::Hasher, path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        hasher.update(&buffer[..n]);
    }
}
