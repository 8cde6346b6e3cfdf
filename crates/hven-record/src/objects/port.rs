//! The port [`Objects`].

use std::{
    collections::HashSet,
    io::{self, Read, Seek, SeekFrom},
    sync::PoisonError,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use hven_app::ports::{
    Objects, StoreError, StoreResult,
    objects::{ByteStream, Garbage, Presence},
};
use hven_core::{Digest, Time};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{ObjectStore, READ_BYTES};
use crate::{errors::io_error, home::Home, views};

/// Chunks that may wait between the network and the disk.
const CHUNKS_WAITING_MAX: usize = 16;

impl Home {
    /// Runs blocking work on the objects where that is allowed.
    async fn with_objects<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&ObjectStore) -> io::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let store = self.inner.objects.clone();
        let outcome = spawn_blocking(move || work(&store)).await.map_err(|_| StoreError::Closed)?;
        outcome.map_err(|e| io_error(what, e))
    }

    async fn kept_objects(&self) -> StoreResult<HashSet<Digest>> {
        let lists = self.inner.readers.read(|sql| Ok((views::referenced(sql)?, views::erased_objects(sql)?))).await?;
        self.with_objects("objects", move |store| store.kept(&lists.0, &lists.1)).await
    }
}

#[async_trait]
impl Objects for Home {
    async fn presence(&self, digest: Digest) -> StoreResult<Presence> {
        self.with_objects("an object", move |store| store.presence(&digest)).await
    }

    async fn receive(&self, digest: Digest, offset: u64, mut bytes: ByteStream, last: bool) -> StoreResult<Presence> {
        self.inner.shared.reserve.refuse_if_low("an object")?;
        let store = self.inner.objects.clone();
        let (chunks, mut taken) = mpsc::channel(CHUNKS_WAITING_MAX);
        let writing = spawn_blocking(move || store.receive_blocking(digest, offset, last, &mut taken));
        while let Some(chunk) = bytes.next().await {
            // The writer stopped: its answer says why.
            if chunks.send(chunk).await.is_err() {
                break;
            }
        }
        drop(chunks);
        self.inner.shared.reserve.note(writing.await.map_err(|_| StoreError::Closed)?)
    }

    async fn put(&self, bytes: Bytes) -> StoreResult<Digest> {
        self.inner.shared.reserve.refuse_if_low("an object")?;
        self.inner.shared.reserve.note(self.with_objects("an object", move |store| store.put(&bytes)).await)
    }

    async fn open(&self, digest: Digest, from: u64) -> StoreResult<Option<(u64, ByteStream)>> {
        let opened = self
            .with_objects("an object", move |store| {
                let Some(mut file) = store.open_file(&digest)? else { return Ok(None) };
                let size = file.metadata()?.len();
                file.seek(SeekFrom::Start(from))?;
                Ok(Some((size, file)))
            })
            .await?;
        Ok(opened.map(|(size, file)| {
            let chunks = stream::try_unfold(file, |mut file| async move {
                let read = move || {
                    let mut buffer = vec![0; READ_BYTES];
                    let n = file.read(&mut buffer)?;
                    buffer.truncate(n);
                    Ok::<_, io::Error>((n > 0).then(|| (Bytes::from(buffer), file)))
                };
                spawn_blocking(read).await.map_err(io::Error::other)?
            });
            (size, chunks.boxed())
        }))
    }

    async fn head(&self, digest: Digest, bytes_max: usize) -> StoreResult<Option<Bytes>> {
        self.with_objects("an object", move |store| Ok(store.read(&digest, bytes_max as u64)?.map(Bytes::from))).await
    }

    async fn garbage(&self, older_than: Time) -> StoreResult<Garbage> {
        let kept = self.kept_objects().await?;
        self.with_objects("objects", move |store| store.garbage_blocking(&kept, older_than)).await
    }

    async fn remove(&self, digests: &[Digest]) -> StoreResult<()> {
        let kept = self.kept_objects().await?;
        let digests = digests.to_vec();
        self.with_objects("objects", move |store| {
            let _nobody_reads_all = store.removing().write().unwrap_or_else(PoisonError::into_inner);
            store.remove_blocking(&digests, &kept)
        })
        .await
    }
}
