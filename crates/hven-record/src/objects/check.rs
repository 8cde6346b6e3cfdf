//! Checks an object's bytes against its digest.
//!
//! It reads and hashes the file. It remembers the result until the file's number, size or times change, so that reading
//! the pages of a long log does not hash the file for every page.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File},
    io::{self, Read, Seek},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::PathBuf,
    sync::{MutexGuard, PoisonError},
};

use hven_app::ports::objects::Presence;
use hven_core::{
    Digest,
    references::{Content, Shape, read_content},
};

use super::{
    ObjectStore,
    checked::{Checked, Stamp},
    hash,
};

/// Before an upload is skipped, an existing object up to this size is hashed; of a larger object, only the size is
/// compared.
const CHECKED_BEFORE_UPLOAD_BYTES_MAX: u64 = 64 << 20;
/// The maximum number of remembered files.
const CHECKED_MAX: usize = 100_000;
/// A listing is read completely; a listing of a million files has about 150 MB.
pub(crate) const LISTING_BYTES_MAX: u64 = 1 << 30;

/// The state of an object on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectState {
    Whole {
        size: u64,
    },
    Absent,
    /// Its bytes are wrong or unreadable; the text says why.
    Damaged(String),
}

/// The error for a damaged object.
pub(crate) fn damaged(digest: &Digest, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the object {digest} is damaged: {why}"))
}

impl ObjectStore {
    pub(super) fn quarantine_folder(&self) -> PathBuf {
        self.folder().join("damaged")
    }

    pub(crate) fn quarantine_path(&self, digest: &Digest) -> PathBuf {
        self.quarantine_folder().join(digest.to_string())
    }

    fn checked(&self) -> MutexGuard<'_, HashMap<Digest, Checked>> {
        self.shared.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_known_good(&self, digest: &Digest, found: &fs::Metadata) -> bool {
        self.checked().get(digest).is_some_and(|checked| checked.is_good && checked.stamp == Stamp::of(found))
    }

    /// Whether the file of the object is damaged and could not be quarantined.
    pub(super) fn is_known_bad(&self, digest: &Digest) -> bool {
        let bad = self.checked().get(digest).filter(|checked| !checked.is_good).map(|checked| checked.stamp);
        bad.is_some_and(|stamp| fs::metadata(self.path(digest)).is_ok_and(|found| Stamp::of(&found) == stamp))
    }

    pub(super) fn remember_good(&self, digest: &Digest, found: &fs::Metadata) {
        self.remember(digest, found, true);
    }

    fn remember(&self, digest: &Digest, found: &fs::Metadata, is_good: bool) {
        let mut checked = self.checked();
        if checked.len() >= CHECKED_MAX {
            checked.clear();
        }
        checked.insert(*digest, Checked { stamp: Stamp::of(found), is_good });
    }

    /// Reads the whole object, even if its check is remembered. A damaged object is quarantined.
    pub(crate) fn verify(&self, digest: &Digest) -> ObjectState {
        let mut file = match self.open_file(digest) {
            Ok(Some(file)) => file,
            Ok(None) => return self.look_in_quarantine(digest),
            Err(e) => return ObjectState::Damaged(e.to_string()),
        };
        let read = file.metadata().and_then(|before| Ok((before, hash(&mut file)?)));
        match read {
            Ok((before, (found, size))) if found == *digest => {
                self.remember_good(digest, &before);
                ObjectState::Whole { size }
            }
            Ok((_, (found, size))) => self.quarantine(digest, &file, found, size),
            // A disk that cannot read now may recover: the file stays in its place.
            Err(e) => ObjectState::Damaged(format!("it cannot be read: {e}")),
        }
    }

    /// Quarantines a file whose bytes do not match its name, unless it was replaced meanwhile.
    pub(super) fn quarantine(&self, digest: &Digest, file: &File, found: Digest, size: u64) -> ObjectState {
        let why = format!("its {size} bytes are those of {found}");
        let path = self.path(digest);
        // A disk may change bytes while the metadata of the file stays the same.
        self.checked().remove(digest);
        let placing = self.placing();
        let is_still_there = file.metadata().and_then(|opened| Ok(opened.ino() == fs::metadata(&path)?.ino()));
        if !is_still_there.unwrap_or(false) {
            drop(placing);
            return match self.open_file(digest) {
                // It was replaced while it was read.
                Ok(Some(_)) => self.verify(digest),
                _ => self.look_in_quarantine(digest),
            };
        }
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(self.quarantine_folder());
        let moved = made.and_then(|()| fs::rename(&path, self.quarantine_path(digest)));
        drop(placing);
        match moved {
            Ok(()) => tracing::error!(%digest, %why, "an object is damaged and was quarantined"),
            Err(error) => {
                if let Ok(found) = file.metadata() {
                    self.remember(digest, &found, false);
                }
                tracing::error!(%digest, %why, %error, "an object is damaged and could not be quarantined");
            }
        }
        ObjectState::Damaged(why)
    }

    /// The state of an object that is not in its place.
    pub(super) fn look_in_quarantine(&self, digest: &Digest) -> ObjectState {
        match File::open(self.quarantine_path(digest)).and_then(|mut file| hash(&mut file)) {
            Ok((found, size)) => ObjectState::Damaged(format!("its {size} bytes are those of {found}")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => ObjectState::Absent,
            Err(e) => ObjectState::Damaged(format!("it cannot be read: {e}")),
        }
    }

    pub(super) fn is_quarantined(&self, digest: &Digest) -> bool {
        self.quarantine_path(digest).exists()
    }

    /// Removes the quarantined copy of an object.
    /// Returns how many bytes it had.
    pub(super) fn remove_quarantined(&self, digest: &Digest) -> io::Result<u64> {
        let path = self.quarantine_path(digest);
        let bytes = fs::metadata(&path).map_or(0, |found| found.len());
        match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(bytes),
        }
    }

    /// Opens an object whose bytes match its digest; returns an error if they do not.
    pub(crate) fn open_checked(&self, digest: &Digest) -> io::Result<Option<File>> {
        let Some(mut file) = self.open_file(digest)? else {
            return match self.look_in_quarantine(digest) {
                ObjectState::Damaged(why) => Err(damaged(digest, &why)),
                _ => Ok(None),
            };
        };
        let before = file.metadata()?;
        if self.is_known_good(digest, &before) {
            return Ok(Some(file));
        }
        let (found, size) = hash(&mut file)?;
        if found == *digest {
            self.remember_good(digest, &before);
            file.rewind()?;
            return Ok(Some(file));
        }
        match self.quarantine(digest, &file, found, size) {
            ObjectState::Damaged(why) => Err(damaged(digest, &why)),
            ObjectState::Whole { .. } => self.open_file(digest),
            ObjectState::Absent => Ok(None),
        }
    }

    /// The first bytes of an object, at most `bytes_max`; the digest is checked if this is the whole object.
    pub(crate) fn read(&self, digest: &Digest, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
        let small = self.open_file(digest)?.map(|file| file.metadata()).transpose()?;
        let is_read_whole = small.is_none_or(|found| found.len() <= bytes_max);
        let opened = if is_read_whole { self.open_checked(digest)? } else { self.open_file(digest)? };
        let Some(file) = opened else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(bytes_max).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The digests that an object names; `None` if it is absent, an error if it is damaged or too long to read. An intact
    /// object that is not such a document names nothing: a fact described it wrongly, but nothing was lost.
    pub(crate) fn content(&self, digest: &Digest, shape: Shape) -> Result<Option<Content>, String> {
        let found = self.open_file(digest).and_then(|file| file.map(|file| file.metadata()).transpose());
        if found.map_err(|e| e.to_string())?.is_some_and(|found| found.len() > LISTING_BYTES_MAX) {
            return Err(format!("it is longer than the {} MiB that Hven reads of a listing", LISTING_BYTES_MAX >> 20));
        }
        let bytes = self.read(digest, LISTING_BYTES_MAX).map_err(|e| e.to_string())?;
        Ok(bytes.map(|bytes| read_content(shape, &bytes).unwrap_or_default()))
    }

    /// The objects that are absent or damaged, and the absent files that their listings name. An unreadable listing counts as
    /// absent, because its names are unknown.
    pub(super) fn absent(&self, named: &[(Digest, Shape)]) -> io::Result<BTreeSet<Digest>> {
        let mut absent = BTreeSet::new();
        for (digest, shape) in named {
            if !self.is_whole(digest)? {
                absent.insert(*digest);
            } else if *shape != Shape::Bytes {
                let Ok(Some(content)) = self.content(digest, *shape) else {
                    absent.insert(*digest);
                    continue;
                };
                for member in content.members {
                    if !self.is_whole(&member.digest)? {
                        absent.insert(member.digest);
                    }
                }
            }
        }
        Ok(absent)
    }

    fn is_whole(&self, digest: &Digest) -> io::Result<bool> {
        Ok(matches!(self.presence(digest)?, Presence::Whole { .. }))
    }

    /// Whether the object or its quarantined copy exists.
    pub(super) fn has_bytes_of(&self, digest: &Digest) -> bool {
        self.path(digest).exists() || self.is_quarantined(digest)
    }

    /// Whether an object exists and needs no new upload. If the object cannot be right, it is quarantined, so that an upload
    /// can replace it.
    pub(super) fn is_good(&self, digest: &Digest, size: Option<u64>) -> io::Result<bool> {
        if self.is_known_bad(digest) {
            return Ok(false);
        }
        let Some(have) = self.size(digest)? else { return Ok(false) };
        let has_other_size = size.is_some_and(|size| size != have);
        if !has_other_size {
            if have > CHECKED_BEFORE_UPLOAD_BYTES_MAX {
                return Ok(true);
            }
            let Some(file) = self.open_file(digest)? else { return Ok(false) };
            if self.is_known_good(digest, &file.metadata()?) {
                return Ok(true);
            }
        }
        Ok(matches!(self.verify(digest), ObjectState::Whole { .. }))
    }
}
