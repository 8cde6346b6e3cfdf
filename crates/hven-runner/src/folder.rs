//! Files of the spool that are written atomically, readable by their owner only, in folders that the first file
//! creates.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use serde::Serialize;

/// Creates a folder, or does nothing if it exists.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        // Another thread may have changed the process's file mode mask for a task that it starts.
        _ => fs::set_permissions(path, Permissions::from_mode(0o700)),
    }
}

/// The disk space that large writes of the runner leave free, because the record may lie on the same disk.
pub(crate) const RESERVE_BYTES: u64 = 256 << 20;

/// Creates a folder and its missing parents.
pub(crate) fn make_all(path: &Path) -> io::Result<()> {
    match make(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), make_all)?;
            make(path)
        }
        made => made,
    }
}

/// Calls `act`. If a folder is missing, creates `folder` and calls `act` again.
pub(crate) fn within<T>(folder: &Path, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    match act() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(folder)?;
            act()
        }
        done => done,
    }
}

/// Creates a file that only its owner can read, or empties it.
pub(crate) fn create(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

pub(crate) fn write_json(folder: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    write_file(folder, name, &serde_json::to_vec(value)?)
}

/// Writes a file under a temporary name and renames it.
pub(crate) fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}.tmp"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = within(folder, || options.open(&unfinished))?;
    if let Err(error) = file.write_all(bytes) {
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    fs::rename(unfinished, folder.join(name))
}
