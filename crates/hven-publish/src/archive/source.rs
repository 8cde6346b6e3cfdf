//! The place that holds the files of a foreign publication: a folder, or a zip.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use hven_core::file_name;
use zip::ZipArchive;

use super::limits::Limits;
use crate::{
    error::{AtPath, Error, Result},
    manifest::MANIFEST_FILE,
    names,
};

/// Deeper folders are refused; no publication has them.
const DEPTH_MAX: usize = 64;
/// Up to this size a zip may have any ratio: a few pages of one repeated letter are harmless.
const RATIO_FROM_BYTES: u64 = 16 << 20;

pub(super) enum Source {
    Folder {
        root: PathBuf,
        /// Files by name, with their sizes.
        files: BTreeMap<String, u64>,
    },
    Zip {
        path: PathBuf,
        zip: Mutex<ZipArchive<BufReader<File>>>,
        /// Index and size of each entry by its name, without the common top folder, if there is one.
        entries: BTreeMap<String, (usize, u64)>,
    },
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Source").field(&self.path()).finish()
    }
}

impl Source {
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let kind = fs::metadata(path).at(path)?;
        if kind.is_dir() {
            let mut files = BTreeMap::new();
            walk(path, "", 0, limits, &mut files)?;
            return Ok(Self::Folder { root: path.to_owned(), files });
        }
        open_zip(path, limits)
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Folder { root, .. } => root,
            Self::Zip { path, .. } => path,
        }
    }

    /// All files by name, with their sizes.
    pub(super) fn names(&self) -> BTreeMap<String, u64> {
        match self {
            Self::Folder { files, .. } => files.clone(),
            Self::Zip { entries, .. } => entries.iter().map(|(name, (_, size))| (name.clone(), *size)).collect(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder { files, .. } => files.contains_key(name),
            Self::Zip { entries, .. } => entries.contains_key(name),
        }
    }

    /// Reads a file.
    pub(super) fn read_file<T>(&self, name: &str, read: &mut dyn FnMut(&mut dyn Read) -> io::Result<T>) -> Result<T> {
        let missing = || Error::Tampered { name: name.to_owned(), why: "it is missing".to_owned() };
        match self {
            Self::Folder { root, files } => {
                files.get(name).ok_or_else(missing)?;
                let full = root.join(name);
                // A change of the folder in the meantime is harmless: the caller compares the bytes with the digest.
                let mut file = BufReader::new(File::open(&full).at(&full)?);
                read(&mut file).at(&full)
            }
            Self::Zip { path, zip, entries } => {
                let (number, _) = entries.get(name).ok_or_else(missing)?;
                // A reader that stopped early does not change the archive.
                let mut zip = zip.lock().unwrap_or_else(PoisonError::into_inner);
                let mut entry = zip.by_index(*number).map_err(damaged)?;
                read(&mut entry).at(&path.join(name))
            }
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn damaged(wrong: zip::result::ZipError) -> Error {
    Error::Zip { why: wrong.to_string() }
}

fn walk(root: &Path, below: &str, depth: usize, limits: &Limits, files: &mut BTreeMap<String, u64>) -> Result<()> {
    let folder = root.join(below);
    let unsafe_name = |name: &str, why: &'static str| Error::UnsafeName { name: name.to_owned(), why };
    if depth > DEPTH_MAX {
        return Err(unsafe_name(below, "is in too many nested folders"));
    }
    for entry in fs::read_dir(&folder).at(&folder)? {
        let entry = entry.at(&folder)?;
        let Ok(last) = entry.file_name().into_string() else {
            let name = file_name::to_text(&entry.file_name());
            return Err(unsafe_name(&file_name::shown(&name), "is no text in UTF-8"));
        };
        let name = if below.is_empty() { last } else { format!("{below}/{last}") };
        names::check(&name).map_err(|why| unsafe_name(&name, why))?;
        // The metadata of the entry itself, not of the target of a link.
        let kind = entry.metadata().at(&entry.path())?;
        if kind.is_dir() {
            walk(root, &name, depth + 1, limits, files)?;
        } else if kind.is_file() {
            files.insert(name, kind.len());
            if files.len() as u64 > limits.files_max {
                let what = format!("it has more than {} files", limits.files_max);
                return Err(Error::TooMuch { path: root.to_owned(), what });
            }
        } else {
            return Err(unsafe_name(&name, "is neither a file nor a folder, such as a symbolic link"));
        }
    }
    Ok(())
}

fn open_zip(path: &Path, limits: &Limits) -> Result<Source> {
    let file = File::open(path).at(path)?;
    let packed = file.metadata().at(path)?.len();
    let too_much = |what: String| Error::TooMuch { path: path.to_owned(), what };
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if zip.len() as u64 > limits.files_max {
        return Err(too_much(format!("it has more than {} files", limits.files_max)));
    }
    // Two programs could read different files under a doubled name; entries that share bytes make zip bombs.
    if zip.has_duplicate_names() || zip.has_overlapping_entries().map_err(damaged)? {
        return Err(too_much("it has entries of the same name, or ones that share their bytes".to_owned()));
    }
    let mut entries = BTreeMap::new();
    let mut total = 0_u64;
    for number in 0..zip.len() {
        let entry = zip.by_index_raw(number).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        let refused = |why| Error::UnsafeName { name: name.clone(), why };
        names::check(name.trim_end_matches('/')).map_err(refused)?;
        if entry.is_dir() {
            continue;
        }
        if !entry.is_file() {
            return Err(refused("is neither a file nor a folder, such as a symbolic link"));
        }
        if entry.encrypted() {
            return Err(refused("is encrypted"));
        }
        total = total.saturating_add(entry.size());
        entries.insert(name, (number, entry.size()));
    }
    if total > limits.bytes_max {
        return Err(too_much(format!("it unpacks to {total} bytes, more than {}", limits.bytes_max)));
    }
    if total > RATIO_FROM_BYTES && total / packed.max(1) > limits.ratio_max {
        return Err(too_much(format!(
            "it unpacks to {} times its size, as no publication does; at most {} times is read",
            total / packed.max(1),
            limits.ratio_max
        )));
    }
    // Some programs pack the folder itself instead of its contents.
    if !entries.contains_key(MANIFEST_FILE)
        && let Some(folder) =
            entries.keys().next().and_then(|name| name.split_once('/')).map(|(folder, _)| format!("{folder}/"))
        && entries.keys().all(|name| name.starts_with(&folder))
    {
        entries = entries.into_iter().map(|(name, entry)| (name[folder.len()..].to_owned(), entry)).collect();
    }
    Ok(Source::Zip { path: path.to_owned(), zip: Mutex::new(zip), entries })
}
