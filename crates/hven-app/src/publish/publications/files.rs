//! The files that a run of a publication names.

use hven_core::{
    Digest,
    object::{FileKind, FileRef, ListedFile},
    publication::evidence::Run,
    run::Code,
};

use crate::{
    kernel::{error::AppResult, folders},
    publish::floor::Publish,
};

/// A file that a run names.
pub(super) struct PublicationFile {
    pub(super) path: String,
    pub(super) digest: Digest,
    pub(super) size: u64,
}

impl PublicationFile {
    pub(super) fn listed(file: ListedFile) -> Self {
        Self { path: file.path, digest: file.digest, size: file.size }
    }

    pub(super) fn named(file: &FileRef) -> Self {
        Self { path: file.path.clone(), digest: file.digest, size: file.size }
    }
}

pub(super) async fn listed(publish: &Publish, folder: Digest) -> AppResult<Vec<ListedFile>> {
    Ok(folders::listing(publish, folder).await?.map(|listing| listing.files).unwrap_or_default())
}

pub(super) async fn code_files(publish: &Publish, run: &Run) -> AppResult<Vec<PublicationFile>> {
    Ok(match &run.code {
        Some(Code::Folder { listing, .. }) => {
            listed(publish, *listing).await?.into_iter().map(PublicationFile::listed).collect()
        }
        Some(Code::Git { untracked, .. }) => {
            untracked.iter().filter(|file| file.kind == FileKind::File).map(PublicationFile::named).collect()
        }
        Some(Code::NotCaptured { .. }) | None => Vec::new(),
    })
}
