//! Runs in fresh folders: what they are given, and what they made.

use hven_core::{
    Digest,
    object::{FileKind, FileRef},
    run::{Place, Spec},
};

use crate::{
    kernel::error::{AppError, AppResult},
    ports::run::RunView,
};

/// A run in a fresh folder.
pub(crate) fn fresh_run(inputs: Vec<FileRef>, outputs: Vec<String>) -> Spec {
    Spec { inputs, outputs, place: Place::Fresh, ..Spec::of_command(Vec::new(), "") }
}

/// What a run made at this path, if it did.
pub(crate) fn output<'r>(run: &'r RunView, path: &str) -> Option<&'r FileRef> {
    run.result.iter().flat_map(|result| &result.outputs).find(|file| file.path == path)
}

/// What a run that should have made it made at this path.
pub(crate) fn made<'r>(run: &'r RunView, path: &str) -> AppResult<&'r FileRef> {
    let missing = || format!("run {} has not made {path} (it is {})", run.handle, run.state.as_str());
    output(run, path).ok_or_else(|| AppError::Conflict(missing()))
}

/// A digest as the arguments of a recipe hold it.
pub(crate) fn staged(path: &str, digest: Digest, size: u64) -> FileRef {
    FileRef { path: path.to_owned(), digest, size, kind: FileKind::File }
}
