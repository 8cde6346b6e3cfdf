//! Ignored files that are code: modules that are generated or compiled in place. An ignored file counts if its name is that
//! of code and its folder is not ignored. Of the ignored folders only Python packages and separate repositories are read:
//! environments, caches and results are not code.

use std::{
    io,
    path::{Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_core::file_name;

use super::{
    super::{
        Apart,
        code_names::is_code,
        folder_search::{self, FolderSearch},
        is_any_skipped, is_skipped, is_tool_folder,
    },
    code_scope::may_be_executed,
    links,
    status::Status,
};

/// A package with more files is not recorded; a note reports this.
const PACKAGE_FILES_MAX: usize = 2000;

/// Paths are relative to the outermost repository's root.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    pub(super) modules: Vec<PathBuf>,
    pub(super) repositories: Vec<PathBuf>,
    /// Ignored folders whose modules are included.
    pub(super) packages: Vec<PathBuf>,
    pub(super) notes: Vec<CaptureNote>,
}

pub(super) fn find(root: &Path, status: &Status) -> anyhow::Result<Ignored> {
    let mut ignored = Ignored::default();
    let files = status.ignored.iter().filter(|path| !is_any_skipped(path));
    ignored.modules.extend(files.filter(|path| is_module(root, path)).cloned());
    for folder in status.ignored_folders.iter().filter(|path| !is_any_skipped(path)) {
        let path = root.join(folder);
        if is_tool_folder(&path) {
            continue;
        }
        if path.join(".git").exists() {
            ignored.repositories.push(folder.clone());
        } else if path.join("__init__.py").is_file() {
            add_package(root, folder, &mut ignored)?;
        }
    }
    Ok(ignored)
}

fn is_module(root: &Path, path: &Path) -> bool {
    let full = root.join(path);
    if full.is_symlink() { links::is_code(&full) } else { is_code(path, false) || may_be_executed(&full) }
}

fn add_package(root: &Path, folder: &Path, ignored: &mut Ignored) -> anyhow::Result<()> {
    let Some(files) = all_below(root, folder, &Apart::default(), PACKAGE_FILES_MAX)? else {
        let why = format!("git ignores the package, and it has more than {PACKAGE_FILES_MAX} files");
        ignored.notes.push(CaptureNote::NotCaptured { path: file_name::to_text(folder), why });
        return Ok(());
    };
    ignored.modules.extend(files.into_iter().filter(|path| is_module(root, path)));
    ignored.packages.push(folder.to_owned());
    Ok(())
}

/// All files and links below a folder that git does not list, except skipped names and folders that tools made; `None` if
/// there are more than `files_max`.
pub(super) fn all_below(
    root: &Path,
    folder: &Path,
    apart: &Apart,
    files_max: usize,
) -> io::Result<Option<Vec<PathBuf>>> {
    let skip = |path: &Path| {
        let full = root.join(folder).join(path);
        path.file_name().is_some_and(|name| is_skipped(&name.to_string_lossy()))
            || apart.is_declared(&folder.join(path))
            || (full.is_dir() && is_tool_folder(&full))
    };
    let found = folder_search::find(
        &root.join(folder),
        &FolderSearch { skip: &skip, ..FolderSearch::of_all(files_max, false) },
    )?;
    if found.len() > files_max {
        return Ok(None);
    }
    let links = found.links.into_iter().map(|link| link.path);
    Ok(Some(found.files.into_iter().chain(links).map(|path| folder.join(path)).collect()))
}
