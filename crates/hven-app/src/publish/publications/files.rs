//! The files of which a run of a publication speaks.

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

/// A file of which a run speaks.
pub(super) struct File {
    pub(super) path: String,
    pub(super) digest: Digest,
    pub(super) size: u64,
}

impl File {
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

pub(super) async fn code_files(publish: &Publish, run: &Run) -> AppResult<Vec<File>> {
    Ok(match &run.code {
        Some(Code::Folder { listing, .. }) => listed(publish, *listing).await?.into_iter().map(File::listed).collect(),
        Some(Code::Git { untracked, .. }) => {
            untracked.iter().filter(|file| file.kind == FileKind::File).map(File::named).collect()
        }
        Some(Code::NotCaptured { .. }) | None => Vec::new(),
    })
}
