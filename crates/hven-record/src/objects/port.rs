//! Implements the port [`Objects`].

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::PoisonError,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, executor::block_on, stream};
use hven_app::ports::{
    Objects, StoreError, StoreResult,
    objects::{Arrival, ByteStream, Garbage, OwnObjects, Presence},
};
use hven_core::{Digest, Time, references::Shape};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    ObjectState, ObjectStore, READ_BYTES, damaged,
    garbage::{RequiredObjects, young},
};
use crate::{errors::io_error, home::Home, verify, views};

/// The maximum number of chunks between the network and the disk.
const CHUNKS_WAITING_MAX: usize = 16;

/// The reason to remove objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// A search found no reference to them. An object that was requested since the search stays.
    Collected,
    /// They contain an erased text, and parts without the text have replaced them.
    Replaced,
}

impl Home {
    /// Runs blocking work on the objects in a thread that may block.
    async fn with_objects<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&ObjectStore) -> io::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let store = self.inner.objects.clone();
        let outcome = spawn_blocking(move || work(&store)).await.map_err(|_| StoreError::Closed)?;
        outcome.map_err(|e| match e.kind() {
            io::ErrorKind::InvalidData => StoreError::Damaged { what: what.to_owned(), why: e.to_string() },
            _ => io_error(what, e),
        })
    }

    /// The objects that must stay according to the facts and listings. Blocks.
    fn required_blocking(&self) -> StoreResult<RequiredObjects> {
        let readers = &self.inner.readers;
        let store = &self.inner.objects;
        let named = block_on(readers.read(|sql| Ok((views::referenced(sql)?, views::erased_objects(sql)?))));
        let (referenced, mut erased) = named?;
        // An erased object may have been uploaded again and be named by a listing only: the facts say which came last.
        erased.retain(|digest| store.has_bytes_of(digest));
        if !erased.is_empty() {
            let reachable = verify::follow(block_on(readers.read(|sql| Ok(verify::references(sql)?)))?, store);
            erased.retain(|digest| !reachable.objects.contains_key(digest));
        }
        Ok(store.required(&referenced, &erased))
    }

    /// Divides objects that facts name so many times into those that nothing else names, with everything that only they
    /// name, and the others. Blocks.
    fn needed_only_by_blocking(&self, own: &HashMap<Digest, u64>) -> StoreResult<OwnObjects> {
        let (readers, store) = (&self.inner.readers, &self.inner.objects);
        let digests: Vec<Digest> = own.keys().copied().collect();
        let read = readers.read(move |sql| {
            let counts = views::reference_counts(sql, &digests)?;
            Ok((views::referenced(sql)?, counts, views::erased_objects(sql)?))
        });
        let (mut referenced, counts, mut erased) = block_on(read)?;
        erased.retain(|digest| !store.has_bytes_of(digest));
        let all = store.required(&referenced, &erased).digests;
        let is_own = |digest: &Digest| own.get(digest).is_some_and(|own| counts.get(digest).is_none_or(|n| n <= own));
        referenced.retain(|object| !is_own(&object.digest));
        let left = store.required(&referenced, &erased).digests;
        let with_sizes = |digests: &mut dyn Iterator<Item = Digest>| -> io::Result<Garbage> {
            let mut found = Garbage::default();
            for digest in digests {
                if let Some(file) = store.open_file(&digest)? {
                    found.digests.push(digest);
                    found.bytes += file.metadata()?.len();
                }
            }
            Ok(found)
        };
        let divide = || -> io::Result<OwnObjects> {
            let mut freed = all.difference(&left).copied();
            let mut kept = own.keys().copied().filter(|digest| left.contains(digest));
            Ok(OwnObjects { freed: with_sizes(&mut freed)?, kept: with_sizes(&mut kept)? })
        };
        divide().map_err(|e| io_error("objects", e))
    }

    /// Removes the objects without a reference and the objects whose bytes were erased; returns the removed objects. Blocks
    /// until no reader needs all objects to stay. It searches for references only then, because one may be added meanwhile.
    fn remove_blocking(&self, digests: Vec<Digest>, why: Removal) -> StoreResult<Garbage> {
        let failed = |e| io_error("objects", e);
        let store = &self.inner.objects;
        let _nobody_reads_all = store.removing().write().unwrap_or_else(PoisonError::into_inner);
        let erased = block_on(self.inner.readers.read(|sql| Ok(views::to_be_gone(sql)?)))?;
        let (gone, rest): (Vec<_>, Vec<_>) = digests.into_iter().partition(|digest| erased.contains(digest));
        let mut gone = Garbage { digests: gone, bytes: 0 };
        // The bytes of an erased object go, even if a listing names it.
        for digest in &gone.digests {
            gone.bytes += store.unlink(digest, None).map_err(failed)?.unwrap_or(0);
        }
        if !rest.is_empty() {
            let required = self.required_blocking()?;
            let unless_asked_since = match why {
                Removal::Collected => {
                    required.refuse_unread()?;
                    Some(young())
                }
                // An unreadable listing does not prevent the removal of erased content.
                Removal::Replaced => None,
            };
            for digest in rest.into_iter().filter(|digest| !required.digests.contains(digest)) {
                if let Some(bytes) = store.unlink(&digest, unless_asked_since).map_err(failed)? {
                    gone.digests.push(digest);
                    gone.bytes += bytes;
                }
            }
        }
        if why == Removal::Collected {
            gone.bytes += store.remove_unfinished().map_err(failed)?;
        }
        Ok(gone)
    }

    pub(crate) async fn remove_objects(&self, digests: Vec<Digest>, why: Removal) -> StoreResult<Garbage> {
        let home = self.clone();
        spawn_blocking(move || home.remove_blocking(digests, why)).await.map_err(|_| StoreError::Closed)?
    }
}

/// Lets a thread that may block write the chunks as they arrive.
async fn feed<T: Send + 'static>(
    mut bytes: ByteStream,
    write: impl FnOnce(&mut mpsc::Receiver<io::Result<Bytes>>) -> T + Send + 'static,
) -> StoreResult<T> {
    let (chunks, mut receiver) = mpsc::channel(CHUNKS_WAITING_MAX);
    let writing = spawn_blocking(move || write(&mut receiver));
    while let Some(chunk) = bytes.next().await {
        // The writer stopped: its result contains the reason.
        if chunks.send(chunk).await.is_err() {
            break;
        }
    }
    drop(chunks);
    writing.await.map_err(|_| StoreError::Closed)
}

#[async_trait]
impl Objects for Home {
    async fn presence(&self, digest: Digest) -> StoreResult<Presence> {
        self.with_objects("an object", move |store| store.presence(&digest)).await
    }

    async fn absent(&self, named: Vec<(Digest, Shape)>) -> StoreResult<BTreeSet<Digest>> {
        self.with_objects("an object", move |store| store.absent(&named)).await
    }

    async fn is_named(&self, digest: Digest) -> StoreResult<bool> {
        let (unnamed, references) = self
            .inner
            .readers
            .read(move |sql| {
                let unnamed = views::objects::unnamed(sql, vec![digest])?;
                // Only listings may name it.
                let references = if unnamed.is_empty() { None } else { Some(verify::references(sql)?) };
                Ok((unnamed, references))
            })
            .await?;
        let Some(references) = references else { return Ok(unnamed.is_empty()) };
        let store = self.inner.objects.clone();
        let reachable = spawn_blocking(move || verify::follow(references, &store)).await;
        Ok(reachable.map_err(|_| StoreError::Closed)?.objects.contains_key(&digest))
    }

    async fn receive(&self, digest: Digest, arrival: Arrival, bytes: ByteStream) -> StoreResult<Presence> {
        self.inner.shared.reserve.refuse_if_low("an object")?;
        let store = self.inner.objects.clone();
        let received = feed(bytes, move |chunks| store.receive_blocking(digest, arrival, chunks)).await?;
        self.inner.shared.reserve.note(received)
    }

    async fn receive_unnamed(&self, bytes: ByteStream) -> StoreResult<(Digest, u64)> {
        self.inner.shared.reserve.refuse_if_low("an object")?;
        let store = self.inner.objects.clone();
        let received = feed(bytes, move |chunks| store.receive_unnamed_blocking(chunks)).await?;
        self.inner.shared.reserve.note(received)
    }

    async fn put(&self, bytes: Bytes) -> StoreResult<Digest> {
        self.inner.shared.reserve.refuse_if_low("an object")?;
        self.inner.shared.reserve.note(self.with_objects("an object", move |store| store.put(&bytes)).await)
    }

    async fn open(&self, digest: Digest, from: u64) -> StoreResult<Option<(u64, ByteStream)>> {
        let opened = self.with_objects("an object", move |store| Reading::open(store, digest, from)).await?;
        Ok(opened.map(|(size, reading)| {
            let chunks = stream::try_unfold(reading, |reading| async move {
                spawn_blocking(move || reading.next()).await.map_err(io::Error::other)?
            });
            (size, chunks.boxed())
        }))
    }

    async fn head(&self, digest: Digest, bytes_max: usize) -> StoreResult<Option<Bytes>> {
        self.with_objects("an object", move |store| Ok(store.read(&digest, bytes_max as u64)?.map(Bytes::from))).await
    }

    async fn garbage(&self, older_than: Time) -> StoreResult<Garbage> {
        let home = self.clone();
        let required = spawn_blocking(move || home.required_blocking()).await.map_err(|_| StoreError::Closed)??;
        required.refuse_unread()?;
        self.with_objects("objects", move |store| store.garbage_blocking(&required.digests, older_than)).await
    }

    async fn remove(&self, digests: &[Digest]) -> StoreResult<Garbage> {
        self.remove_objects(digests.to_vec(), Removal::Collected).await
    }

    async fn needed_only_by(&self, own: HashMap<Digest, u64>) -> StoreResult<OwnObjects> {
        let home = self.clone();
        spawn_blocking(move || home.needed_only_by_blocking(&own)).await.map_err(|_| StoreError::Closed)?
    }
}

/// Larger objects are sent while they are hashed: the last chunk is sent only when all bytes match the digest.
const CHECKED_FIRST_BYTES_MAX: u64 = 1 << 20;

/// A read in progress of an object.
struct Reading {
    file: File,
    /// The check that the read still has to finish.
    check: Option<Check>,
}

struct Check {
    store: ObjectStore,
    digest: Digest,
    hasher: blake3::Hasher,
    /// The last chunk that was read.
    held_back: Bytes,
}

impl Reading {
    /// Opens an object at an offset; returns its size.
    fn open(store: &ObjectStore, digest: Digest, from: u64) -> io::Result<Option<(u64, Self)>> {
        let Some(file) = store.open_file(&digest)? else {
            return match store.look_in_quarantine(&digest) {
                ObjectState::Damaged(why) => Err(damaged(&digest, &why)),
                _ => Ok(None),
            };
        };
        let found = file.metadata()?;
        if found.len() > CHECKED_FIRST_BYTES_MAX && from == 0 && !store.is_known_good(&digest, &found) {
            let check = Check { store: store.clone(), digest, hasher: blake3::Hasher::new(), held_back: Bytes::new() };
            return Ok(Some((found.len(), Self { file, check: Some(check) })));
        }
        let Some(mut file) = store.open_checked(&digest)? else { return Ok(None) };
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(from))?;
        Ok(Some((size, Self { file, check: None })))
    }

    fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        loop {
            let mut buffer = vec![0; READ_BYTES];
            let n = self.file.read(&mut buffer)?;
            buffer.truncate(n);
            let Some(check) = &mut self.check else {
                return Ok((n > 0).then(|| (Bytes::from(buffer), self)));
            };
            let before = std::mem::replace(&mut check.held_back, Bytes::from(buffer));
            check.hasher.update(&check.held_back);
            if n == 0
                && let Some(check) = self.check.take()
            {
                check.end(&self.file)?;
                return Ok((!before.is_empty()).then_some((before, self)));
            }
            if !before.is_empty() {
                return Ok(Some((before, self)));
            }
        }
    }
}

impl Check {
    fn end(self, file: &File) -> io::Result<()> {
        let found: Digest = self.hasher.finalize().into();
        let metadata = file.metadata()?;
        if found == self.digest {
            self.store.remember_good(&self.digest, &metadata);
            return Ok(());
        }
        match self.store.quarantine(&self.digest, file, found, metadata.len()) {
            ObjectState::Damaged(why) => Err(damaged(&self.digest, &why)),
            _ => Err(damaged(&self.digest, "it was replaced while it was read")),
        }
    }
}
