//! Checks an object's bytes against its digest.
//!
//! The file is read and hashed. The answer is remembered for as long as the file looks the same (its number, size and
//! times), so that a part of a log is not hashed for every page of it that somebody reads.

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

/// An existing object is hashed before an upload of the same bytes is spared, up to this size; of a larger one the size
/// is compared.
const CHECKED_BEFORE_UPLOAD_BYTES_MAX: u64 = 64 << 20;
/// So many files are remembered.
const CHECKED_MAX: usize = 100_000;
/// A list of files is read whole; one of a million files has about 150 MB.
pub(crate) const LISTING_BYTES_MAX: u64 = 1 << 30;

/// What there is of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Whole {
        size: u64,
    },
    Absent,
    /// Its bytes are others, or cannot be read; and why.
    Damaged(String),
}

/// An error that says that an object is damaged.
pub(crate) fn damaged(digest: &Digest, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the object {digest} is damaged: {why}"))
}

impl ObjectStore {
    pub(super) fn folder_aside(&self) -> PathBuf {
        self.folder().join("damaged")
    }

    pub(crate) fn aside(&self, digest: &Digest) -> PathBuf {
        self.folder_aside().join(digest.to_string())
    }

    fn checked(&self) -> MutexGuard<'_, HashMap<Digest, Checked>> {
        self.shared.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_known_good(&self, digest: &Digest, found: &fs::Metadata) -> bool {
        self.checked().get(digest).is_some_and(|checked| checked.is_good && checked.stamp == Stamp::of(found))
    }

    /// Whether the file in the object's place is damaged and could not be set aside.
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

    /// Reads the whole object, whatever is remembered. One that is damaged is set aside.
    pub(crate) fn verify(&self, digest: &Digest) -> Look {
        let mut file = match self.open_file(digest) {
            Ok(Some(file)) => file,
            Ok(None) => return self.look_aside(digest),
            Err(e) => return Look::Damaged(e.to_string()),
        };
        let read = file.metadata().and_then(|before| Ok((before, hash(&mut file)?)));
        match read {
            Ok((before, (found, size))) if found == *digest => {
                self.remember_good(digest, &before);
                Look::Whole { size }
            }
            Ok((_, (found, size))) => self.set_aside(digest, &file, found, size),
            // A disk that cannot read now may be able to later: the file stays where it is.
            Err(e) => Look::Damaged(format!("it cannot be read: {e}")),
        }
    }

    /// Takes a file away that has other bytes than its name says, unless it was replaced meanwhile.
    pub(super) fn set_aside(&self, digest: &Digest, file: &File, found: Digest, size: u64) -> Look {
        let why = format!("its {size} bytes are those of {found}");
        let path = self.path(digest);
        // A disk may change bytes without the file's looking otherwise.
        self.checked().remove(digest);
        let placing = self.placing();
        let is_still_there = file.metadata().and_then(|opened| Ok(opened.ino() == fs::metadata(&path)?.ino()));
        if !is_still_there.unwrap_or(false) {
            drop(placing);
            return match self.open_file(digest) {
                // It was replaced while it was read.
                Ok(Some(_)) => self.verify(digest),
                _ => self.look_aside(digest),
            };
        }
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(self.folder_aside());
        let moved = made.and_then(|()| fs::rename(&path, self.aside(digest)));
        drop(placing);
        match moved {
            Ok(()) => tracing::error!(%digest, %why, "an object is damaged and was set aside"),
            Err(error) => {
                if let Ok(found) = file.metadata() {
                    self.remember(digest, &found, false);
                }
                tracing::error!(%digest, %why, %error, "an object is damaged and could not be set aside");
            }
        }
        Look::Damaged(why)
    }

    /// What is there of an object that is not in its place.
    pub(super) fn look_aside(&self, digest: &Digest) -> Look {
        match File::open(self.aside(digest)).and_then(|mut file| hash(&mut file)) {
            Ok((found, size)) => Look::Damaged(format!("its {size} bytes are those of {found}")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Look::Absent,
            Err(e) => Look::Damaged(format!("it cannot be read: {e}")),
        }
    }

    pub(super) fn is_set_aside(&self, digest: &Digest) -> bool {
        self.aside(digest).exists()
    }

    /// Removes what was set aside of an object.
    pub(super) fn forget_damage(&self, digest: &Digest) -> io::Result<()> {
        match fs::remove_file(self.aside(digest)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// Opens an object whose bytes are those of its digest; an error when they are not.
    pub(crate) fn open_checked(&self, digest: &Digest) -> io::Result<Option<File>> {
        let Some(mut file) = self.open_file(digest)? else {
            return match self.look_aside(digest) {
                Look::Damaged(why) => Err(damaged(digest, &why)),
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
        match self.set_aside(digest, &file, found, size) {
            Look::Damaged(why) => Err(damaged(digest, &why)),
            Look::Whole { .. } => self.open_file(digest),
            Look::Absent => Ok(None),
        }
    }

    /// At most so many first bytes of an object; checked when these are all.
    pub(crate) fn read(&self, digest: &Digest, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
        let small = self.open_file(digest)?.map(|file| file.metadata()).transpose()?;
        let is_read_whole = small.is_none_or(|found| found.len() <= bytes_max);
        let opened = if is_read_whole { self.open_checked(digest)? } else { self.open_file(digest)? };
        let Some(file) = opened else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(bytes_max).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// What an object says that names others; `None` when it is not there, an error when it is damaged or too long to be
    /// read. One that is whole and is no such document names nothing: somebody said something wrong of it, but nothing was
    /// lost.
    pub(crate) fn content(&self, digest: &Digest, shape: Shape) -> Result<Option<Content>, String> {
        let found = self.open_file(digest).and_then(|file| file.map(|file| file.metadata()).transpose());
        if found.map_err(|e| e.to_string())?.is_some_and(|found| found.len() > LISTING_BYTES_MAX) {
            return Err(format!("it is longer than the {} MiB that are read of a list", LISTING_BYTES_MAX >> 20));
        }
        let bytes = self.read(digest, LISTING_BYTES_MAX).map_err(|e| e.to_string())?;
        Ok(bytes.map(|bytes| read_content(shape, &bytes).unwrap_or_default()))
    }

    /// Those of the objects that are not wholly here, and those of the files that lists among them name. A list that cannot
    /// be read is called absent: it is not known what it names.
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

    /// Whether there is anything of an object, also when it was set aside.
    pub(super) fn has_bytes_of(&self, digest: &Digest) -> bool {
        self.path(digest).exists() || self.is_set_aside(digest)
    }

    /// Whether an object is there that need not come again. Of one that cannot be right any longer, what is there is set
    /// aside, so that it can.
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
        Ok(matches!(self.verify(digest), Look::Whole { .. }))
    }
}
