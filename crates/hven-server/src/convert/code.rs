//! Converts the code and the software of runs between the wire and the domain.

use hven_api::runs as wire;
use hven_app::AppResult;
use hven_core::{
    Digest,
    run::{Code, InnerRepository, Software},
};

use super::{
    files::{file, file_in},
    parsed,
};

pub(crate) fn code_in(code: wire::Code) -> AppResult<Code> {
    Ok(match code {
        wire::Code::Git { commit, branch, prefix, diff, untracked, inner, digest } => Code::Git {
            commit,
            branch,
            prefix,
            diff: diff.as_deref().map(parsed::<Digest>).transpose()?,
            untracked: untracked.into_iter().map(file_in).collect::<AppResult<_>>()?,
            inner: inner.into_iter().map(inner_in).collect(),
            digest: parsed(&digest)?,
        },
        wire::Code::Folder { listing, files, bytes } => Code::Folder { listing: parsed(&listing)?, files, bytes },
        wire::Code::NotCaptured { why } => Code::NotCaptured { why },
    })
}

fn inner_in(inner: wire::InnerRepository) -> InnerRepository {
    let wire::InnerRepository { path, commit, changed, is_named } = inner;
    InnerRepository { path, commit, changed, is_named }
}

pub(crate) fn software_in(software: wire::Software) -> Software {
    let wire::Software { interpreter, version, packages, platform } = software;
    Software { interpreter, version, packages, platform }
}

pub(crate) fn code(code: &Code) -> wire::Code {
    match code {
        Code::Git { commit, branch, prefix, diff, untracked, inner, digest } => wire::Code::Git {
            commit: commit.clone(),
            branch: branch.clone(),
            prefix: prefix.clone(),
            diff: diff.map(|diff| diff.to_string()),
            untracked: untracked.iter().map(file).collect(),
            inner: inner.iter().map(inner_repository).collect(),
            digest: digest.to_string(),
        },
        Code::Folder { listing, files, bytes } => {
            wire::Code::Folder { listing: listing.to_string(), files: *files, bytes: *bytes }
        }
        Code::NotCaptured { why } => wire::Code::NotCaptured { why: why.clone() },
    }
}

fn inner_repository(inner: &InnerRepository) -> wire::InnerRepository {
    let InnerRepository { path, commit, changed, is_named } = inner.clone();
    wire::InnerRepository { path, commit, changed, is_named }
}

pub(crate) fn software(software: Software) -> wire::Software {
    let Software { interpreter, version, packages, platform } = software;
    wire::Software { interpreter, version, packages, platform }
}
