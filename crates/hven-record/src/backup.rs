//! Writes a backup of a running home as a tar archive. [`crate::restore`] reads it.
//!
//! ```text
//!   hven-backup.json            format, home, head
//!   facts/NNNNNNNN              envelopes in order, about 8 MB each
//!   objects/<digest>
//!   segments/<run>/<attempt>.<stream>@<offset>     bytes that were in no sealed part at that head
//!   missing.json                only if the home had lost objects: which ones, and the reason for each
//! ```
//! Every object is hashed before it is added: a damaged object is omitted and named, so that the rest can be restored. For a
//! file that is not named by its digest, the archive's field for the owner's name contains the first digits of its digest.
//! The archive does not contain the database, because views follow from facts: a backup fits either database. It never
//! contains `private/` (environments and secrets), `token` and `key` (a restored home creates its own), or runners' spools.
//! During a backup no object is collected and no segment is removed; appends continue.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Read, Write},
    sync::{Arc, PoisonError},
};

use hven_app::ports::{Backup, StoreError, StoreResult, record::DamagedObject};
use hven_core::{
    Digest, Fact,
    references::{Reachable, References},
    stream::Stream,
};

use crate::{
    backup_format::{BackedUp, DIGITS_IN_HEADER, FACTS_AT_ONCE, FORMAT, Label, Missing},
    errors::io_error,
    facts,
    home::{Home, Inner},
    objects::ObjectState,
    series::StreamId,
    sql::Purpose,
    verify::{copies_in_spools, follow},
    writer::Command,
};

const CHUNK_BYTES: usize = 8 << 20;
const SEGMENT_BYTES_AT_ONCE: u64 = 1 << 20;
/// Objects up to this size are hashed in memory while they are copied; larger ones are read twice.
const HASHED_IN_MEMORY_BYTES_MAX: u64 = 16 << 20;

impl Home {
    /// Writes everything up to the present head. It blocks.
    ///
    /// # Errors
    /// When the home cannot be read or `out` cannot be written.
    pub fn backup(&self, out: impl Write) -> StoreResult<BackedUp> {
        let inner = &self.inner;
        let _keep = KeepSegments::new(inner);
        let _objects_stay = inner.objects.removing().read().unwrap_or_else(PoisonError::into_inner);
        let head = self.head();
        inner.writer.show_blocking(&inner.shared)?;
        let mut tar = tar::Builder::new(out);
        let written = |e| io_error("the backup", e);
        let label = Label { format: FORMAT, home: inner.id, head_seq: head.seq, head_hash: head.hash };
        let label = serde_json::to_vec_pretty(&label).map_err(|e| written(e.into()))?;
        add(&mut tar, "hven-backup.json", &label).map_err(written)?;
        let mut sql = inner.settings.database.connect(&inner.path, Purpose::Read)?;
        let (mut done, mut chunk, mut chunks) = (0, Vec::new(), 0);
        let mut references = References::default();
        let mut sealed = SealedTo::default();
        while done < head.seq {
            let envelopes = facts::after(&mut sql, done, FACTS_AT_ONCE.min((head.seq - done) as usize))?;
            let Some(last) = envelopes.last() else {
                return Err(StoreError::Damaged {
                    what: format!("fact {}", done + 1),
                    why: "it is missing".to_owned(),
                });
            };
            done = last.header.seq;
            for envelope in &envelopes {
                facts::write_envelope(envelope, &mut chunk);
                // An unreadable fact has no references to copy; a verification reports it.
                if let Ok(Some(fact)) = envelope.fact() {
                    sealed.see(&fact);
                    references.add_fact(&fact);
                }
            }
            if chunk.len() >= CHUNK_BYTES || done == head.seq {
                chunks += 1;
                add(&mut tar, &format!("facts/{chunks:08}"), &chunk).map_err(written)?;
                chunk.clear();
            }
        }
        let segments = self.add_segments(&mut tar, &sealed)?;
        let reachable = follow(references, &inner.objects);
        let (objects, missing) = self.add_objects(&mut tar, &reachable).map_err(written)?;
        if !missing.is_empty() {
            let text = serde_json::to_vec_pretty(&Missing::of(&missing)).map_err(|e| written(e.into()))?;
            add(&mut tar, "missing.json", &text).map_err(written)?;
            tracing::warn!(objects = missing.len(), first = %missing[0].digest, "the backup does not contain objects that the home has lost");
        }
        let mut out = tar.into_inner().map_err(written)?;
        out.flush().map_err(written)?;
        Ok(BackedUp { head, objects, segments, missing })
    }

    /// Adds every intact object, including those that no fact names yet, because such a fact may follow. Returns their number and
    /// the missing ones.
    fn add_objects(
        &self,
        tar: &mut tar::Builder<impl Write>,
        reachable: &Reachable,
    ) -> io::Result<(u64, Vec<DamagedObject>)> {
        let inner = &self.inner;
        let mut existing = Vec::new();
        inner.objects.each(&mut |digest, _, _| {
            existing.push(digest);
            Ok(())
        })?;
        let mut held = HashSet::with_capacity(existing.len());
        for digest in existing {
            if self.add_object(tar, &digest)? {
                held.insert(digest);
            }
        }
        let mut copies = None;
        let mut missing = Vec::new();
        for digest in reachable.objects.keys() {
            if held.contains(digest) {
                continue;
            }
            let why = match inner.objects.verify(digest) {
                ObjectState::Damaged(why) => why,
                ObjectState::Absent if !reachable.is_required(digest) => continue,
                // The object was uploaded while the others were copied.
                ObjectState::Whole { .. } if self.add_object(tar, digest)? => {
                    held.insert(*digest);
                    continue;
                }
                ObjectState::Whole { .. } | ObjectState::Absent => "it is missing".to_owned(),
            };
            let copies = copies.get_or_insert_with(|| copies_in_spools(&inner.path));
            if let Some(copy) = copies.get(digest)
                && let Ok(mut file) = File::open(copy)
                && let Ok((found, size)) = crate::objects::hash(&mut file)
                && found == *digest
            {
                io::Seek::rewind(&mut file)?;
                add_known(tar, &format!("objects/{digest}"), header(size, None)?, digest, file)?;
                held.insert(*digest);
                continue;
            }
            missing.push(DamagedObject { digest: *digest, why, what: reachable.name(digest) });
        }
        Ok((held.len() as u64, missing))
    }

    /// Adds an object if its bytes have its digest.
    fn add_object(&self, tar: &mut tar::Builder<impl Write>, digest: &Digest) -> io::Result<bool> {
        let objects = &self.inner.objects;
        let name = format!("objects/{digest}");
        let Ok(Some(mut file)) = objects.open_file(digest) else { return Ok(false) };
        let size = file.metadata()?.len();
        if size > HASHED_IN_MEMORY_BYTES_MAX {
            let ObjectState::Whole { size } = objects.verify(digest) else { return Ok(false) };
            return add_known(tar, &name, header(size, None)?, digest, file).map(|()| true);
        }
        let mut bytes = Vec::with_capacity(size as usize);
        if file.read_to_end(&mut bytes).is_err() || Digest::of(&bytes) != *digest {
            return Ok(false);
        }
        add(tar, &name, &bytes).map(|()| true)
    }

    /// Adds the bytes that are in none of the backup's parts. The sealer may have recorded more parts meanwhile, which are not in
    /// the backup; their bytes stay in the segments during the backup.
    fn add_segments(&self, tar: &mut tar::Builder<impl Write>, sealed: &SealedTo) -> StoreResult<u64> {
        let inner = &self.inner;
        let mut sql = inner.settings.database.connect(&inner.path, Purpose::Read)?;
        let mut count = 0;
        for attempt in inner.shared.live_streams.attempts().map_err(|e| io_error("the segments", e))? {
            for stream in Stream::ALL {
                let id = (attempt, stream);
                let reach = inner.shared.live_streams.reach(id, &mut sql)?;
                let Ok(file) = std::fs::File::open(inner.shared.live_streams.path(id)) else { continue };
                let from = sealed.0.get(&id).copied().unwrap_or(0);
                let size = reach.extent.saturating_sub(from);
                let name = format!("segments/{}/{}.{stream}@{from}", attempt.run, attempt.number);
                let failed = |e| io_error("the backup", e);
                let mut span = FileSpan { file: file.try_clone().map_err(failed)?, at: from, left: size };
                let (digest, _) = crate::objects::hash(&mut span).map_err(failed)?;
                let bytes = FileSpan { file, at: from, left: size };
                let header = header(size, Some(&digest)).map_err(failed)?;
                add_known(tar, &name, header, &digest, bytes).map_err(failed)?;
                count += 1;
            }
        }
        Ok(count)
    }
}

/// For each stream, the first byte after the parts that the backup's facts name.
#[derive(Default)]
struct SealedTo(HashMap<StreamId, u64>);

impl SealedTo {
    fn see(&mut self, fact: &Fact) {
        if let Fact::RunPartSealed(part) = fact
            && let Some(stream) = Stream::parse(&part.stream)
        {
            let to = self.0.entry((part.attempt, stream)).or_default();
            *to = part.to.max(*to);
        }
    }
}

/// The bytes of a file from a position on.
struct FileSpan {
    file: std::fs::File,
    at: u64,
    left: u64,
}

impl Read for FileSpan {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use std::os::unix::fs::FileExt;
        let most = self.left.min(SEGMENT_BYTES_AT_ONCE).min(buffer.len() as u64) as usize;
        let n = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += n as u64;
        self.left -= n as u64;
        Ok(n)
    }
}

fn header(size: u64, digest: Option<&Digest>) -> io::Result<tar::Header> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(0);
    if let Some(digest) = digest {
        header.set_username(&digest.to_string()[..DIGITS_IN_HEADER])?;
    }
    Ok(header)
}

fn add(tar: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(bytes.len() as u64, Some(&Digest::of(bytes)))?, name, bytes)
}

/// Adds bytes of known size and digest. Fails if they changed since, as stream bytes do when something in them is erased,
/// because such a backup could not be restored.
fn add_known(
    tar: &mut tar::Builder<impl Write>,
    name: &str,
    mut header: tar::Header,
    digest: &Digest,
    bytes: impl Read,
) -> io::Result<()> {
    let mut passing = HashingReader { bytes: bytes.take(header.size()?), hasher: blake3::Hasher::new() };
    tar.append_data(&mut header, name, &mut passing)?;
    let found: Digest = passing.hasher.finalize().into();
    if found == *digest {
        return Ok(());
    }
    Err(io::Error::other(format!("{name} was changed while it was copied: make the backup again")))
}

/// Hashes the bytes that are read through it.
struct HashingReader<R> {
    bytes: io::Take<R>,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}

/// A guard that keeps segments. Segments that became removable meanwhile are removed with the last guard.
struct KeepSegments {
    inner: Arc<Inner>,
}

impl KeepSegments {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.shared.keep_segments.lock().unwrap_or_else(PoisonError::into_inner).readers += 1;
        Self { inner: Arc::clone(inner) }
    }
}
impl Drop for KeepSegments {
    fn drop(&mut self) {
        let mut keep = self.inner.shared.keep_segments.lock().unwrap_or_else(PoisonError::into_inner);
        keep.readers -= 1;
        let parts = if keep.readers == 0 { std::mem::take(&mut keep.postponed) } else { Vec::new() };
        drop(keep);
        if !parts.is_empty()
            && let Err(e) = self.inner.writer.ask_blocking(|reply| Command::Sealed { parts, reply })
        {
            tracing::warn!(error = %e, "sealed segments remain until the next start");
        }
    }
}

impl Backup for Home {
    fn write(&self, out: &mut dyn Write) -> StoreResult<()> {
        self.backup(out).map(drop)
    }
}
