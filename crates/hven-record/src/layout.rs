//! The folders of a home, and the file with the version of their layout.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use hven_core::Time;

use super::settings::Settings;
use crate::{errors::OpenError, reserve};

/// The version of the layout that this code writes.
const FORMAT: u32 = 1;

/// The time of the system clock.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(since.as_micros() as i64)
}

pub(crate) fn format_file(home: &Path) -> PathBuf {
    home.join("FORMAT")
}

/// The entries that the record creates in a home, apart from `FORMAT`.
const ENTRIES: [&str; 9] = [
    "hven.lock",
    "record.db",
    "record.db-wal",
    "record.db-shm",
    "journal",
    "segments",
    "objects",
    "private",
    reserve::FILE,
];

/// Removes the entries of a home that could not be created, and the folder if it is empty then.
pub(crate) fn take_away(path: &Path) {
    for name in ENTRIES {
        let entry = path.join(name);
        // Remaining entries do no harm, because a folder without `FORMAT` is not a home.
        let _ = if entry.is_dir() { fs::remove_dir_all(&entry) } else { fs::remove_file(&entry) };
    }
    let _ = fs::remove_dir(path);
}

/// Creates the folders of a home. `FORMAT` comes last: a folder without it is not a home yet, and its creation can be repeated.
pub(crate) fn make_folders(path: &Path) -> Result<(), OpenError> {
    let io = |e| OpenError::io(path, e);
    let mut private = fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    match fs::read_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => private.create(path).map_err(io)?,
        Err(e) => return Err(io(e)),
        Ok(entries) => {
            // Entries of an interrupted creation, or settings of the caller.
            let others = [
                "config.toml",
                "token",
                "key",
                "server.json",
                "start.lock",
                "digests",
                "spool",
                "bin",
                "logs",
                "FORMAT.new",
            ];
            for entry in entries {
                let name = entry.map_err(io)?.file_name();
                if !ENTRIES.iter().chain(&others).any(|known| name == **known) {
                    return Err(OpenError::NotAHome { path: path.to_owned() });
                }
            }
        }
    }
    crate::lock::check_owner(path)?;
    let io = |e| OpenError::io(path, e);
    for folder in ["journal", "segments", "objects", "objects/tmp", "private"] {
        private.create(path.join(folder)).map_err(io)?;
    }
    fs::set_permissions(path.join("private"), fs::Permissions::from_mode(0o700)).map_err(io)
}

/// Writes `FORMAT`, which makes the folder a home.
pub(crate) fn write_format(path: &Path, settings: &Settings) -> Result<(), OpenError> {
    let text = format!("hven home format {FORMAT}\nrecord in {}\n", settings.database.name());
    let new = path.join("FORMAT.new");
    let write = || -> io::Result<()> {
        fs::write(&new, &text)?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(&new, format_file(path))?;
        fs::File::open(path)?.sync_all()
    };
    write().map_err(|e| OpenError::io(path, e))
}

pub(crate) fn check_format(path: &Path, settings: &Settings) -> Result<(), OpenError> {
    let text = fs::read_to_string(format_file(path)).map_err(|e| OpenError::io(path, e))?;
    let mut lines = text.lines();
    let found = lines.next().unwrap_or_default().strip_prefix("hven home format ").unwrap_or("unknown").to_owned();
    if !found.parse::<u32>().is_ok_and(|format| (1..=FORMAT).contains(&format)) {
        return Err(OpenError::NewerFormat { path: path.to_owned(), found, known: FORMAT });
    }
    let database = lines.next().unwrap_or_default().strip_prefix("record in ").unwrap_or("sqlite");
    if database != settings.database.name() {
        return Err(OpenError::OtherDatabase {
            path: path.to_owned(),
            found: database.to_owned(),
            wanted: settings.database.name().to_owned(),
        });
    }
    Ok(())
}
