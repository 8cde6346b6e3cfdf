//! Runs in fresh folders: their inputs and outputs.

use hven_core::{
    Digest,
    object::{FileKind, FileRef},
    run::{RunFolder, Spec},
};

use crate::{
    kernel::error::{AppError, AppResult},
    ports::run::RunView,
};

/// The specification of a run in a fresh folder.
pub(crate) fn fresh_run(inputs: Vec<FileRef>, outputs: Vec<String>) -> Spec {
    Spec { inputs, outputs, place: RunFolder::Fresh, ..Spec::of_command(Vec::new(), "") }
}

/// The output of a run at this path, if there is one.
pub(crate) fn output<'r>(run: &'r RunView, path: &str) -> Option<&'r FileRef> {
    run.outputs().find(|file| file.path == path)
}

/// The output of a run at this path. Fails when it is missing.
pub(crate) fn made<'r>(run: &'r RunView, path: &str) -> AppResult<&'r FileRef> {
    let missing = || format!("run {} has not made {path} (it is {})", run.handle, run.state.as_str());
    output(run, path).ok_or_else(|| AppError::Conflict(missing()))
}

/// The file of a digest in the arguments of a recipe.
pub(crate) fn staged(path: &str, digest: Digest, size: u64) -> FileRef {
    FileRef { path: path.to_owned(), digest, size, kind: FileKind::File }
}
