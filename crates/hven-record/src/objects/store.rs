//! The files of objects, with locks for their readers and writers.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use hven_core::Digest;

use super::{
    checked::Checked,
    hashing::{copy_hashing, hash},
};

/// How old a lease must be before it is renewed.
const LEASE_RENEWED_AFTER: Duration = Duration::from_hours(1);

#[derive(Clone)]
pub(crate) struct ObjectStore {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    folder: PathBuf,
    /// Uploads whose partial file is being written.
    pub(super) uploading: Mutex<HashSet<Digest>>,
    /// Read-locked by code that needs all objects to stay, write-locked by code that removes some.
    removing: RwLock<()>,
    /// Files whose bytes were compared with their digests, with their metadata at that time.
    pub(super) checked: Mutex<HashMap<Digest, Checked>>,
    /// Locked while a file is moved to or from its place, and while its lease is renewed.
    placing: Mutex<()>,
}

impl ObjectStore {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            shared: Arc::new(Shared {
                folder,
                uploading: Mutex::default(),
                removing: RwLock::new(()),
                checked: Mutex::default(),
                placing: Mutex::default(),
            }),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.shared.folder
    }

    pub(crate) fn removing(&self) -> &RwLock<()> {
        &self.shared.removing
    }

    pub(super) fn placing(&self) -> MutexGuard<'_, ()> {
        self.shared.placing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        let (folder, rest) = name.split_at(2);
        self.shared.folder.join(folder).join(rest)
    }

    pub(super) fn temporary(&self) -> io::Result<PathBuf> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random)?;
        Ok(self.shared.folder.join("tmp").join(format!("{:032x}", u128::from_le_bytes(random))))
    }

    pub(super) fn partial(&self, digest: &Digest) -> PathBuf {
        self.shared.folder.join("tmp").join(format!("{digest}.partial"))
    }

    /// The size of an object; this call renews its lease.
    pub(crate) fn size(&self, digest: &Digest) -> io::Result<Option<u64>> {
        let path = self.path(digest);
        let found = match fs::metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let age = found.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > LEASE_RENEWED_AFTER) {
            // Garbage collection may be about to remove it.
            let _placing = self.placing();
            match self.open_file(digest)? {
                Some(file) => file.set_modified(SystemTime::now())?,
                None => return Ok(None),
            }
        }
        Ok(Some(found.len()))
    }

    pub(crate) fn put(&self, bytes: &[u8]) -> io::Result<Digest> {
        let digest = Digest::of(bytes);
        if self.is_good(&digest, Some(bytes.len() as u64))? {
            return Ok(digest);
        }
        let temporary = self.temporary()?;
        let write = || {
            File::options().write(true).create_new(true).open(&temporary)?.write_all(bytes)?;
            self.settle(&temporary, &digest)
        };
        write().inspect_err(|_| drop(fs::remove_file(&temporary)))?;
        Ok(digest)
    }

    /// Lets `write` fill a file, which becomes an object.
    pub(crate) fn put_with<T>(&self, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<(Digest, u64, T)> {
        let temporary = self.temporary()?;
        let make = || {
            let mut file = File::options().read(true).write(true).create_new(true).open(&temporary)?;
            let answer = write(&mut file)?;
            let (digest, size) = hash(&mut File::open(&temporary)?)?;
            self.settle(&temporary, &digest)?;
            Ok((digest, size, answer))
        };
        make().inspect_err(|_| drop(fs::remove_file(&temporary)))
    }

    /// Stores bytes from a stream; returns their digest and size. Nothing is durable before [`sync_all_below`] succeeds: use
    /// it for a new home, which is invalid until it is complete.
    pub(crate) fn take_in(&self, bytes: &mut dyn Read) -> io::Result<(Digest, u64)> {
        let temporary = self.temporary()?;
        let mut take = || {
            let mut file = File::options().write(true).create_new(true).open(&temporary)?;
            let (digest, size) = copy_hashing(bytes, &mut file)?;
            self.place(&temporary, &digest)?;
            Ok((digest, size))
        };
        take().inspect_err(|_| drop(fs::remove_file(&temporary)))
    }

    /// Replaces the file of an object by these bytes if they match its digest; returns whether they did.
    pub(crate) fn replace(&self, wanted: &Digest, bytes: &mut dyn Read) -> io::Result<bool> {
        let temporary = self.temporary()?;
        let mut replace = || {
            let mut file = File::options().write(true).create_new(true).open(&temporary)?;
            let is_right = copy_hashing(bytes, &mut file)?.0 == *wanted;
            if is_right {
                self.settle(&temporary, wanted)?;
            } else {
                fs::remove_file(&temporary)?;
            }
            Ok(is_right)
        };
        replace().inspect_err(|_| drop(fs::remove_file(&temporary)))
    }

    /// Makes a finished file durable and moves it to its place.
    pub(super) fn settle(&self, temporary: &Path, digest: &Digest) -> io::Result<()> {
        File::open(temporary)?.sync_data()?;
        let folder = self.path(digest).parent().map_or_else(|| self.shared.folder.clone(), Path::to_owned);
        if self.place(temporary, digest)? {
            File::open(&self.shared.folder)?.sync_all()?;
        }
        File::open(folder)?.sync_all()
    }

    /// Moves a finished file to its place; returns whether a folder was created for it.
    fn place(&self, temporary: &Path, digest: &Digest) -> io::Result<bool> {
        let path = self.path(digest);
        let folder = path.parent().unwrap_or(&self.shared.folder);
        let made = match fs::create_dir(folder) {
            Ok(()) => true,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => false,
            Err(e) => return Err(e),
        };
        // A reader of these bytes must not change them by accident.
        let mut permissions = fs::metadata(temporary)?.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(temporary, permissions)?;
        let placing = self.placing();
        fs::rename(temporary, &path)?;
        drop(placing);
        self.remove_quarantined(digest)?;
        Ok(made)
    }

    pub(crate) fn open_file(&self, digest: &Digest) -> io::Result<Option<File>> {
        match File::open(self.path(digest)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// Removes the file of an object and its quarantined copy, unless the object was requested since a given time. Returns
    /// how many bytes they had; `None` if they stay.
    pub(super) fn unlink(&self, digest: &Digest, unless_asked_since: Option<SystemTime>) -> io::Result<Option<u64>> {
        let _placing = self.placing();
        let path = self.path(digest);
        if let Some(moment) = unless_asked_since
            && fs::metadata(&path).and_then(|found| found.modified()).is_ok_and(|lease| lease > moment)
        {
            return Ok(None);
        }
        let bytes = fs::metadata(&path).map_or(0, |found| found.len());
        match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let quarantined = self.remove_quarantined(digest)?;
        Ok(Some(bytes + quarantined))
    }

    /// Iterates over all objects, with their sizes and the times of their leases.
    pub(crate) fn each(&self, look: &mut dyn FnMut(Digest, u64, SystemTime) -> io::Result<()>) -> io::Result<()> {
        for folder in fs::read_dir(&self.shared.folder)? {
            let folder = folder?;
            let Some(front) = folder.file_name().to_str().filter(|name| name.len() == 2).map(str::to_owned) else {
                continue;
            };
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let digest = file.file_name().to_str().and_then(|rest| format!("{front}{rest}").parse().ok());
                let Some(digest) = digest else { continue };
                let found = file.metadata()?;
                look(digest, found.len(), found.modified()?)?;
            }
        }
        Ok(())
    }

    /// Iterates over all quarantined objects, with their sizes and the times of their leases.
    pub(super) fn each_quarantined(
        &self,
        look: &mut dyn FnMut(Digest, u64, SystemTime) -> io::Result<()>,
    ) -> io::Result<()> {
        let files = match fs::read_dir(self.quarantine_folder()) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for file in files {
            let file = file?;
            let Some(digest) = file.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let found = file.metadata()?;
            look(digest, found.len(), found.modified()?)?;
        }
        Ok(())
    }
}
