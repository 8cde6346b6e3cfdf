//! Removes folders that may be large: one call moves a folder to a trash folder, and a thread deletes it.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use hven_api::spool;

use crate::{
    folder,
    workers::{Jobs, Workers},
};

#[derive(Debug)]
pub(crate) struct Remover {
    folder: PathBuf,
    /// Makes names in the trash folder unique, together with the time: an earlier runner may have left some entries.
    count: u64,
    paths: Workers<PathBuf>,
}

impl Remover {
    /// Continues to delete what an earlier runner moved to the trash folder.
    pub(crate) fn new(spool: &Path) -> Self {
        let mut remover = Self { folder: spool.join(spool::REMOVED), count: 0, paths: Workers::new(1, remove_all) };
        for entry in fs::read_dir(&remover.folder).into_iter().flatten().flatten() {
            remover.paths.send(entry.path());
        }
        remover
    }

    /// Starts the thread if it could not be started before.
    pub(crate) fn retry_threads(&mut self) {
        self.paths.retry_threads();
    }

    /// Moves a folder to the trash folder for deletion; a missing folder is no error.
    pub(crate) fn discard(&mut self, path: &Path) -> io::Result<()> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
        self.count += 1;
        let aside = self.folder.join(format!("{since}-{}", self.count));
        let moved = match fs::rename(path, &aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.exists() => {
                folder::make(&self.folder).and_then(|()| fs::rename(path, &aside))
            }
            moved => moved,
        };
        match moved {
            Ok(()) => {
                self.paths.send(aside);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn remove_all(paths: Jobs<PathBuf>) {
    for path in paths {
        if let Err(error) = remove(&path) {
            crate::log_line(&format!("{} cannot be removed: {error}", path.display()));
        }
    }
}

/// Removes a folder and its content, even if a task has removed its own permissions.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(path)?;
            fs::remove_dir_all(path)
        }
        removed => removed,
    }
}

fn open_up(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // Skip links, so that nothing outside changes.
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}
