//! Files of the spool that are there whole or not at all, readable by their owner only, in folders that are made when
//! the first file comes.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use serde::Serialize;

/// Makes a folder; one that is there already is fine.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        // Another thread may have lent its file mode mask to a task that it starts.
        _ => fs::set_permissions(path, Permissions::from_mode(0o700)),
    }
}

/// Room that what the runner writes beside its spool leaves on the disk: the record may lie there too.
pub(crate) const RESERVE_BYTES: u64 = 256 << 20;

/// Makes a folder and those above it that are missing.
pub(crate) fn make_all(path: &Path) -> io::Result<()> {
    match make(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), make_all)?;
            make(path)
        }
        made => made,
    }
}

/// Does something in a folder, which is made when it turns out not to be there.
pub(crate) fn within<T>(folder: &Path, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    match act() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(folder)?;
            act()
        }
        done => done,
    }
}

/// Makes a file for its owner alone, or empties it.
pub(crate) fn create(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

pub(crate) fn write_json(folder: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    write_file(folder, name, &serde_json::to_vec(value)?)
}

/// Writes a file under another name and renames it.
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
