//! Remembers which user uploaded which bytes. A member of one project may name an object that no run of the project
//! names only if this member uploaded all its bytes. That proves that the member gains no access to unknown bytes.
//!
//! This is kept in memory for as long as the store keeps unreferenced objects. After a restart of the server, `POST
//! /objects/missing` reports such objects as missing, and clients send them again.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use hven_core::{Digest, Time, UserId};
use tokio::sync::Mutex as Turn;

use crate::ports::objects::ByteStream;

/// The largest number of remembered objects for one user: more than the files of the largest folder.
const OBJECTS_MAX: usize = 1 << 20;

/// The largest number of broken uploads of one user that can be resumed.
const BROKEN_MAX: usize = 64;

/// The uploaded objects of each user.
#[derive(Default)]
pub(crate) struct UploadedObjects {
    users: Mutex<HashMap<UserId, UserUploads>>,
}

#[derive(Default)]
struct UserUploads {
    /// The time at which each object was uploaded, or last named or asked for.
    whole: HashMap<Digest, Time>,
    broken: HashMap<Digest, PartialUpload>,
}

/// The first bytes of an object, all from one user.
#[derive(Clone, Default)]
pub(crate) struct PartialUpload {
    hasher: blake3::Hasher,
    received: u64,
}

impl std::fmt::Debug for UploadedObjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Brought(…)")
    }
}

impl UploadedObjects {
    fn users(&self) -> MutexGuard<'_, HashMap<UserId, UserUploads>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The objects that the user did not upload recently. The time of the other objects is renewed.
    pub(crate) fn not_uploaded_by(
        &self,
        user: UserId,
        digests: impl IntoIterator<Item = Digest>,
        now: Time,
    ) -> Vec<Digest> {
        let mut users = self.users();
        let Some(of_user) = users.get_mut(&user) else { return digests.into_iter().collect() };
        let mut is_other = |digest: &Digest| match of_user.whole.get_mut(digest) {
            Some(at) if is_young(*at, now) => {
                *at = now;
                false
            }
            _ => true,
        };
        digests.into_iter().filter(|digest| is_other(digest)).collect()
    }

    pub(crate) fn note(&self, user: UserId, digest: Digest, now: Time) {
        let mut users = self.users();
        let of_user = users.entry(user).or_default();
        if of_user.whole.len() >= OBJECTS_MAX {
            of_user.whole.retain(|_, at| is_young(*at, now));
        }
        if of_user.whole.len() >= OBJECTS_MAX {
            // Clients send these objects again when they are named.
            of_user.whole.clear();
        }
        of_user.whole.insert(digest, now);
    }

    /// The number of bytes of a broken upload that this user sent.
    pub(crate) fn received(&self, user: UserId, digest: Digest) -> u64 {
        let users = self.users();
        users.get(&user).and_then(|of_user| of_user.broken.get(&digest)).map_or(0, |partial| partial.received)
    }

    /// The state of the upload before `offset`; `None` when the user did not send exactly these bytes.
    pub(crate) fn before(&self, user: UserId, digest: Digest, offset: u64) -> Option<PartialUpload> {
        if offset == 0 {
            return Some(PartialUpload::default());
        }
        let users = self.users();
        let partial = users.get(&user)?.broken.get(&digest)?;
        (partial.received == offset).then(|| partial.clone())
    }

    fn keep(&self, user: UserId, digest: Digest, partial: PartialUpload) {
        let mut users = self.users();
        let broken = &mut users.entry(user).or_default().broken;
        if broken.len() >= BROKEN_MAX {
            broken.clear();
        }
        broken.insert(digest, partial);
    }

    fn forget(&self, user: UserId, digest: Digest) {
        if let Some(of_user) = self.users().get_mut(&user) {
            of_user.broken.remove(&digest);
        }
    }
}

fn is_young(at: Time, now: Time) -> bool {
    at > now.plus_micros(-YOUNG_US)
}

/// An upload that is hashed on its way to the store.
pub(crate) struct Upload {
    user: UserId,
    digest: Digest,
    flow: Arc<Turn<UploadSource>>,
}

struct UploadSource {
    source: ByteStream,
    partial: PartialUpload,
    has_ended: bool,
    is_broken: bool,
}

impl UploadSource {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.has_ended {
            return None;
        }
        let chunk = self.source.next().await;
        match &chunk {
            Some(Ok(bytes)) => {
                self.partial.hasher.update(bytes);
                self.partial.received += bytes.len() as u64;
            }
            Some(Err(_)) => (self.has_ended, self.is_broken) = (true, true),
            None => self.has_ended = true,
        }
        chunk
    }
}

/// The result of an upload that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UploadOutcome {
    pub(crate) size: u64,
    /// Whether the bytes match the digest.
    pub(crate) is_right: bool,
}

impl Upload {
    pub(crate) fn new(user: UserId, digest: Digest, partial: PartialUpload, source: ByteStream) -> Self {
        let flow = UploadSource { source, partial, has_ended: false, is_broken: false };
        Self { user, digest, flow: Arc::new(Turn::new(flow)) }
    }

    /// The bytes, for the store.
    pub(crate) fn bytes(&self) -> ByteStream {
        let chunks = stream::unfold(Arc::clone(&self.flow), |flow| async move {
            let chunk = flow.lock().await.next().await;
            chunk.map(|chunk| (chunk, flow))
        });
        chunks.boxed()
    }

    /// Reads the bytes that the store did not read because it has the object already.
    pub(crate) async fn read_rest(&self) -> io::Result<UploadOutcome> {
        let mut flow = self.flow.lock().await;
        while let Some(chunk) = flow.next().await {
            chunk?;
        }
        let found: Digest = flow.partial.hasher.finalize().into();
        Ok(UploadOutcome { size: flow.partial.received, is_right: found == self.digest })
    }

    /// Keeps the received bytes of a broken connection, so that the client needs to send only the rest.
    pub(crate) async fn end(&self, uploaded: &UploadedObjects) {
        let flow = self.flow.lock().await;
        if flow.is_broken {
            uploaded.keep(self.user, self.digest, flow.partial.clone());
        } else {
            uploaded.forget(self.user, self.digest);
        }
    }
}

/// Objects younger than this are never collected, because a client may be about to refer to them.
pub(crate) const YOUNG_US: i64 = 24 * 3600 * 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_micros(10 * YOUNG_US);

    fn user(id: u128) -> UserId {
        UserId::from_u128(id)
    }

    #[test]
    fn an_uploaded_object_belongs_to_one_user_and_expires() {
        let (uploaded, digest) = (UploadedObjects::default(), Digest::of(b"x"));
        uploaded.note(user(1), digest, NOW);
        assert_eq!(uploaded.not_uploaded_by(user(2), [digest], NOW), [digest]);
        assert_eq!(uploaded.not_uploaded_by(user(1), [digest], NOW.plus_micros(YOUNG_US - 1)), []);
        // Asking for the object keeps it for another day.
        assert_eq!(uploaded.not_uploaded_by(user(1), [digest], NOW.plus_micros(2 * YOUNG_US - 2)), []);
        assert_eq!(uploaded.not_uploaded_by(user(1), [digest], NOW.plus_micros(4 * YOUNG_US)), [digest]);
    }

    #[tokio::test]
    async fn a_broken_upload_resumes_only_for_its_user() {
        let (uploaded, digest) = (UploadedObjects::default(), Digest::of(b"half and half"));
        let chunks = |chunks: Vec<io::Result<Bytes>>| stream::iter(chunks).boxed();
        let broken = chunks(vec![Ok(Bytes::from_static(b"half ")), Err(io::Error::other("it broke"))]);
        let upload = Upload::new(user(1), digest, PartialUpload::default(), broken);
        assert!(upload.read_rest().await.is_err());
        upload.end(&uploaded).await;
        assert_eq!((uploaded.received(user(1), digest), uploaded.received(user(2), digest)), (5, 0));
        assert!(uploaded.before(user(2), digest, 5).is_none());
        assert!(uploaded.before(user(1), digest, 4).is_none());
        let partial = uploaded.before(user(1), digest, 5).expect("the first bytes");
        let rest = Upload::new(user(1), digest, partial, chunks(vec![Ok(Bytes::from_static(b"and half"))]));
        assert_eq!(rest.read_rest().await.expect("it is read"), UploadOutcome { size: 13, is_right: true });
        rest.end(&uploaded).await;
        assert_eq!(uploaded.received(user(1), digest), 0);
        let wrong =
            Upload::new(user(1), digest, PartialUpload::default(), chunks(vec![Ok(Bytes::from_static(b"and half"))]));
        assert_eq!(wrong.read_rest().await.expect("it is read"), UploadOutcome { size: 8, is_right: false });
    }
}
