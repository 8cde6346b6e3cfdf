//! The contents of folders, from the listings in the store, and whether the bytes of files are in the store.

use hven_core::{
    Digest,
    object::{FileKind, FileRef, Listing},
};

use crate::{
    kernel::{error::AppResult, floor::Kernel},
    ports::objects::Presence,
};

const FILES_MAX: usize = 10_000;

const LISTING_BYTES_MAX: usize = 64 << 20;

pub(crate) async fn open_folders(kernel: &Kernel, refs: Vec<FileRef>, truncated: &mut bool) -> AppResult<Vec<FileRef>> {
    let mut files = Vec::with_capacity(refs.len());
    for file in refs {
        if files.len() >= FILES_MAX {
            *truncated = true;
            break;
        }
        match file.kind {
            FileKind::File => files.push(file),
            FileKind::Folder => {
                let Some(listing) = listing(kernel, file.digest).await? else {
                    // The listing was erased or collected. The folder itself is still known.
                    files.push(file);
                    continue;
                };
                let room = FILES_MAX - files.len();
                let opened = opened(file, &listing);
                *truncated |= opened.len() > room;
                files.extend(opened.into_iter().take(room));
            }
        }
    }
    Ok(files)
}

/// The files of a folder and its empty folders, with whole paths; the folder itself when it is empty.
fn opened(folder: FileRef, listing: &Listing) -> Vec<FileRef> {
    let path = |below: &str| format!("{}/{below}", folder.path.trim_end_matches('/'));
    let files = listing.through_links().into_iter().map(|entry| FileRef {
        path: path(&entry.path),
        digest: entry.digest,
        size: entry.size,
        kind: FileKind::File,
    });
    let empty = listing.folders.iter().map(|empty| FileRef {
        path: path(empty),
        digest: Listing::digest_of_nothing(),
        size: 0,
        kind: FileKind::Folder,
    });
    let opened: Vec<FileRef> = files.chain(empty).collect();
    if opened.is_empty() { vec![folder] } else { opened }
}

/// Whether the bytes of all files are in the store, including files in folders.
pub(crate) async fn are_there(kernel: &Kernel, files: &[FileRef]) -> AppResult<bool> {
    let is_there = async |digest| -> AppResult<bool> {
        Ok(matches!(kernel.ports.objects.presence(digest).await?, Presence::Whole { .. }))
    };
    for file in files {
        if !is_there(file.digest).await? {
            return Ok(false);
        }
        if file.kind == FileKind::Folder {
            let Some(listing) = listing(kernel, file.digest).await? else { return Ok(false) };
            for member in listing.files {
                if !is_there(member.digest).await? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// The listing of a folder; `None` when the object is not in the store.
pub(crate) async fn listing(kernel: &Kernel, digest: Digest) -> AppResult<Option<Listing>> {
    let bytes = kernel.ports.objects.head(digest, LISTING_BYTES_MAX).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

#[cfg(test)]
mod tests {
    use hven_core::object::ListedFile;

    use super::*;

    #[test]
    fn empty_folders_are_listed_with_files() {
        let folder = FileRef { path: "out".to_owned(), digest: Digest::of(b"list"), size: 1, kind: FileKind::Folder };
        let file = ListedFile { path: "a".to_owned(), digest: Digest::of(b"a"), size: 1, executable: false };
        let listing = Listing { files: vec![file], folders: vec!["b/c".to_owned()], ..Listing::default() };
        let shown = |listing: &Listing| -> Vec<(String, FileKind)> {
            opened(folder.clone(), listing).into_iter().map(|file| (file.path, file.kind)).collect()
        };
        let folder_at = |path: &str| (path.to_owned(), FileKind::Folder);
        assert_eq!(shown(&listing), [("out/a".to_owned(), FileKind::File), folder_at("out/b/c")]);
        assert_eq!(shown(&Listing::default()), [folder_at("out")]);
    }
}
