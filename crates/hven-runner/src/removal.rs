//! Removing folders that may be large: they are moved aside with one call, and a thread takes them apart.

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
    /// Names what is moved aside, together with the time: an earlier runner may have left some.
    count: u64,
    paths: Workers<PathBuf>,
}

impl Remover {
    /// Goes on with what an earlier runner had moved aside.
    pub(crate) fn new(spool: &Path) -> Self {
        let mut remover = Self { folder: spool.join(spool::REMOVED), count: 0, paths: Workers::new(1, remove_all) };
        for entry in fs::read_dir(&remover.folder).into_iter().flatten().flatten() {
            remover.paths.send(entry.path());
        }
        remover
    }

    /// Starts the thread that could not be started before.
    pub(crate) fn nudge(&mut self) {
        self.paths.nudge();
    }

    /// Moves a folder aside, to be removed; one that is not there is fine.
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
            crate::say(&format!("{} cannot be removed: {error}", path.display()));
        }
    }
}

/// Removes a folder with all that is in it, also where a task has taken away its own right to do so.
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
        // Not what a link leads to.
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}
