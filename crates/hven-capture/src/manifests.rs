//! Manifests and the outputs of their steps: they are not code of a run, except outputs that are programs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_core::manifest::{MANIFEST, Manifest};

use super::{folder_search::normalised, is_program};

/// At most so many manifests are read, up to this size: people write them by hand.
const READ_MAX: usize = 100;
const BYTES_MAX: u64 = 1 << 20;

/// The outputs of a manifest's steps, except programs. `folder`: the folder of the manifest.
pub fn made(manifest: &Manifest, folder: &Path) -> Vec<PathBuf> {
    let outputs = manifest.runs.iter().flat_map(|run| &run.outputs);
    outputs.map(|output| folder.join(&output.value)).filter(|path| !is_program(path)).collect()
}

/// The manifests among these files below `root`, and the outputs of their steps in the manifests' folders.
pub(super) fn manifests_and_outputs<'a>(root: &Path, files: impl Iterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in files.filter(|path| path.ends_with(MANIFEST)).take(READ_MAX) {
        found.push(path.clone());
        let Some(manifest) = read(&root.join(path)) else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        let made = made(&manifest, folder).into_iter().map(|path| normalised(&path));
        found.extend(made.filter(|path| path.starts_with(folder) && path != folder));
    }
    found
}

/// An invalid or unreadable manifest has no outputs.
fn read(path: &Path) -> Option<Manifest> {
    fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= BYTES_MAX)?;
    Manifest::parse(&fs::read_to_string(path).ok()?).ok()
}
