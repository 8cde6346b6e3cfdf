//! How the files of a repository stand. Those that git knows are looked at while it compares them itself: so the start of a run
//! does not wait for it.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use hven_api::runs::FileRef;
use hven_core::{
    Digest, file_name,
    seen::{SeenFile, SeenKind, SeenList},
};

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
        for path in paths {
            if self.0.len() >= CODE_FILES_MAX {
                return;
            }
            if let Entry::Vacant(entry) = self.0.entry(path.clone().into_os_string())
                && let Some(file) = stand(place, path)
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
        let files = known.files.iter().filter(|(_, content)| !content.starts_with(REPOSITORY_MODE));
        for (path, _) in files {
            if list.files.len() >= CODE_FILES_MAX {
                list.left_out += 1;
                continue;
            }
            // What counts only because a link leads to it was not looked at before.
            let Some(file) = self.0.remove(path.as_os_str()).or_else(|| stand(place, path)) else { continue };
            let digest = file.digest.or_else(|| digests.get(path).copied());
            list.files.push(SeenFile { digest, ..file });
        }
        list
    }
}

fn stand(place: &Place<'_>, path: &Path) -> Option<SeenFile> {
    let full = place.root.join(path);
    let metadata = fs::symlink_metadata(&full).ok()?;
    let named = match path.strip_prefix(place.prefix) {
        Ok(within) => file_name::to_text(within),
        Err(_) => file_name::to_text(&full),
    };
    if metadata.is_symlink() {
        return seen::link(named, &full);
    }
    metadata.is_file().then(|| seen::stand(named, SeenKind::File, &metadata, None))
}
