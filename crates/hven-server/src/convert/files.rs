//! Converts files and folders of the record between the wire and the domain.

use hven_api::runs as wire;
use hven_app::AppResult;
use hven_core::object::{FileKind, FileRef};

use super::parsed;

pub(crate) fn file_in(file: wire::FileRef) -> AppResult<FileRef> {
    let kind = if file.kind == "folder" { FileKind::Folder } else { FileKind::File };
    Ok(FileRef { digest: parsed(&file.digest)?, path: file.path, size: file.size, kind })
}

pub(crate) fn file(file: &FileRef) -> wire::FileRef {
    let kind = match file.kind {
        FileKind::File => "file",
        FileKind::Folder => "folder",
    };
    wire::FileRef { path: file.path.clone(), digest: file.digest.to_string(), size: file.size, kind: kind.to_owned() }
}

pub(crate) fn run_file(file: &FileRef) -> wire::RunFile {
    wire::RunFile {
        path: file.path.clone(),
        digest: file.digest.to_string(),
        size: file.size,
        media_type: media_type(file),
    }
}

pub(crate) fn media_type(file: &FileRef) -> String {
    match file.kind {
        FileKind::Folder => "inode/directory".to_owned(),
        FileKind::File => mime_guess::from_path(&file.path).first_or_octet_stream().to_string(),
    }
}
