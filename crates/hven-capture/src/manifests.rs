//! Manifests, and what their steps make: no code of any run, but for programs that a step makes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_core::manifest::{MANIFEST, Manifest};

use super::{found::tidy, is_program};

/// So many manifests are read, and none that is larger: they are written by hand.
const READ_MAX: usize = 100;
const BYTES_MAX: u64 = 1 << 20;

/// What the steps of a manifest make, but for programs. `folder`: where it lies.
pub fn made(manifest: &Manifest, folder: &Path) -> Vec<PathBuf> {
    let outputs = manifest.runs.iter().flat_map(|run| &run.outputs);
    outputs.map(|output| folder.join(&output.value)).filter(|path| !is_program(path)).collect()
}

/// The manifests among these files below `root`, and what lies beside them that their steps make.
pub(super) fn no_code<'a>(root: &Path, files: impl Iterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in files.filter(|path| path.ends_with(MANIFEST)).take(READ_MAX) {
        found.push(path.clone());
        let Some(manifest) = read(&root.join(path)) else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        let made = made(&manifest, folder).into_iter().map(|path| tidy(&path));
        found.extend(made.filter(|path| path.starts_with(folder) && path != folder));
    }
    found
}

/// One that is none, or cannot be read, makes nothing.
fn read(path: &Path) -> Option<Manifest> {
    fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= BYTES_MAX)?;
    Manifest::parse(&fs::read_to_string(path).ok()?).ok()
}
