//! How the files of a repository stand. Those that git knows are looked at while it compares them itself: so the start of a run
//! does not wait for it.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    ffi::OsString,
    fs::File,
    path::{Path, PathBuf},
};

use hven_api::runs::FileRef;
use hven_core::{
    Digest, file_name,
    seen::{SeenFile, SeenKind, SeenList, micros},
};
use rustix::fs::{AtFlags, FileType, statat};

use super::{
    super::seen::{self, CODE_FILES_MAX},
    known::{Known, REPOSITORY_MODE, is_executable},
    place::Place,
};

/// By their paths from the repository's root. As paths they would be compared part by part, which takes longer than the looks.
#[derive(Debug, Default)]
pub(super) struct Stands(HashMap<OsString, SeenFile>);

impl Stands {
    /// Looks at what git knows, as far as it counts by itself.
    pub(super) fn of_known(place: &Place<'_>, known: &Known) -> Self {
        let counts = |path: &Path, content: &str| {
            !content.starts_with(REPOSITORY_MODE) && place.counts(path, is_executable(content))
        };
        let mut stands = Self::default();
        stands.look(place, known.files.iter().filter(|(path, content)| counts(path, content)).map(|(path, _)| path));
        stands
    }

    /// Looks at more files, before they are read.
    pub(super) fn look<'a>(&mut self, place: &Place<'_>, paths: impl Iterator<Item = &'a PathBuf>) {
        let Ok(root) = File::open(place.root) else { return };
        for path in paths {
            if self.0.len() >= CODE_FILES_MAX {
                return;
            }
            if let Entry::Vacant(entry) = self.0.entry(path.clone().into_os_string())
                && let Some(file) = stand(place, &root, path)
            {
                entry.insert(file);
            }
        }
    }

    /// The list of all files that count. Of those that are `named` the digests are known.
    pub(super) fn listed(mut self, place: &Place<'_>, known: &Known, named: &[FileRef]) -> SeenList {
        let digests: BTreeMap<PathBuf, Digest> =
            named.iter().filter_map(|file| Some((file_name::to_path(&file.path), file.digest.parse().ok()?))).collect();
        let mut list = SeenList::default();
        let Ok(root) = File::open(place.root) else { return list };
        let files = known.files.iter().filter(|(_, content)| !content.starts_with(REPOSITORY_MODE));
        for (path, _) in files {
            if list.files.len() >= CODE_FILES_MAX {
                list.left_out += 1;
                continue;
            }
            // What counts only because a link leads to it was not looked at before.
            let Some(file) = self.0.remove(path.as_os_str()).or_else(|| stand(place, &root, path)) else { continue };
            let digest = file.digest.or_else(|| digests.get(path).copied());
            list.files.push(SeenFile { digest, ..file });
        }
        list
    }
}

/// Looks from the opened root on: a thousand ways down to it would take half as long as the looks.
fn stand(place: &Place<'_>, root: &File, path: &Path) -> Option<SeenFile> {
    let stat = statat(root, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let named = match path.strip_prefix(place.prefix) {
        Ok(within) => file_name::to_text(within),
        Err(_) => file_name::to_text(&place.root.join(path)),
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink => seen::link(named, &place.root.join(path)),
        FileType::RegularFile => Some(SeenFile {
            path: named,
            kind: SeenKind::File,
            size: u64::try_from(stat.st_size).ok()?,
            modified_us: micros(stat.st_mtime, nanoseconds(stat.st_mtime_nsec)),
            changed_us: seen::settled_now(micros(stat.st_ctime, nanoseconds(stat.st_ctime_nsec))),
            digest: None,
        }),
        _ => None,
    }
}

/// The systems have them in numbers of different kinds; none is above a second.
fn nanoseconds(of_stat: impl TryInto<i64>) -> i64 {
    of_stat.try_into().unwrap_or(0)
}
