//! The inputs and outputs of runs.

use hven_core::{access::Role, object::FileRef};

use crate::{
    catalogue::{floor::Catalogue, object_reads},
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
        folders::open_folders,
    },
    ports::objects::ByteStream,
    work::stdin,
};

/// The files of a run. Folders are replaced by their files; an empty folder is listed itself.
#[derive(Clone, Debug, Default)]
pub struct RunFiles {
    pub inputs: Vec<FileRef>,
    pub outputs: Vec<FileRef>,
    /// There are more files than these.
    pub truncated: bool,
}

pub async fn list(catalogue: &Catalogue, caller: &Caller, name: &str) -> AppResult<RunFiles> {
    let run = run_for(catalogue, caller, name, Role::Viewer).await?;
    let mut files = RunFiles::default();
    let on_stdin = stdin::file_of(&run);
    let mut inputs = run.spec().map(|spec| spec.inputs.clone()).unwrap_or_default();
    // The same file may also be named as an input.
    inputs.extend(on_stdin.filter(|file| !inputs.contains(file)));
    let outputs = run.outputs().cloned().collect();
    files.inputs = open_folders(catalogue, inputs, &mut files.truncated).await?;
    files.outputs = open_folders(catalogue, outputs, &mut files.truncated).await?;
    Ok(files)
}

/// The bytes of one file of a run.
pub struct FileContent {
    pub file: FileRef,
    pub size: u64,
    pub bytes: ByteStream,
}

impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({:?})", self.file)
    }
}

/// Opens a file by its path in [`list`].
pub async fn open(catalogue: &Catalogue, caller: &Caller, name: &str, path: &str) -> AppResult<FileContent> {
    let files = list(catalogue, caller, name).await?;
    let file = files.outputs.into_iter().chain(files.inputs).find(|file| file.path == path);
    let file = file.ok_or_else(|| AppError::not_found("file", path))?;
    let opened = catalogue.ports.objects.open(file.digest, 0).await?;
    let (size, bytes) = opened.ok_or_else(|| AppError::not_found("object", file.digest))?;
    object_reads::note_reading(catalogue, caller, file.digest).await?;
    Ok(FileContent { file, size, bytes })
}
