//! The folders of a home, and the file that says which layout they have.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use hven_core::Time;

use super::settings::Settings;
use crate::{errors::OpenError, reserve};

/// The version of the layout of a home that this code writes.
const FORMAT: u32 = 1;

/// The time by the machine's clock.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(since.as_micros() as i64)
}

pub(crate) fn format_file(home: &Path) -> PathBuf {
    home.join("FORMAT")
}

/// What the record puts into a home, apart from `FORMAT`.
const LAID_OUT: [&str; 9] = [
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

/// Takes away what was laid out for a home that could not be made, and the folder when nothing else is in it.
pub(crate) fn take_away(path: &Path) {
    for name in LAID_OUT {
        let entry = path.join(name);
        // What stays does no harm: a folder without `FORMAT` is no home.
        let _ = if entry.is_dir() { fs::remove_dir_all(&entry) } else { fs::remove_file(&entry) };
    }
    let _ = fs::remove_dir(path);
}

/// Lays out the folders of a home. `FORMAT` comes last: a folder without it is no home yet, and making one may go on.
pub(crate) fn make_folders(path: &Path) -> Result<(), OpenError> {
    let io = |e| OpenError::io(path, e);
    let mut private = fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    match fs::read_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => private.create(path).map_err(io)?,
        Err(e) => return Err(io(e)),
        Ok(entries) => {
            // What an interrupted making, or a caller that keeps its settings there, may have left.
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
                if !LAID_OUT.iter().chain(&others).any(|known| name == **known) {
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

/// Makes the folder a home.
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
