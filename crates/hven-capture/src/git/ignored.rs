//! What git ignores and is code all the same: a module that is generated or compiled where it is imported from. A file is,
//! when its name is that of code and its folder is not ignored itself. Of ignored folders only a package of Python and a
//! repository of its own are looked into: environments, caches and results are no code.

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
        found::{self, Search},
        is_any_skipped, is_made_by_a_tool, is_skipped,
    },
    links,
    place::may_be_executed,
    status::Status,
};

/// A package with more files is not recorded, and says so.
const PACKAGE_FILES_MAX: usize = 2000;

/// By paths from the outermost repository's root.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    pub(super) modules: Vec<PathBuf>,
    pub(super) repositories: Vec<PathBuf>,
    /// Ignored folders whose modules are among these.
    pub(super) packages: Vec<PathBuf>,
    pub(super) notes: Vec<CaptureNote>,
}

pub(super) fn look(root: &Path, status: &Status) -> anyhow::Result<Ignored> {
    let mut ignored = Ignored::default();
    let files = status.ignored.iter().filter(|path| !is_any_skipped(path));
    ignored.modules.extend(files.filter(|path| is_module(root, path)).cloned());
    for folder in status.ignored_folders.iter().filter(|path| !is_any_skipped(path)) {
        let path = root.join(folder);
        if is_made_by_a_tool(&path) {
            continue;
        }
        if path.join(".git").exists() {
            ignored.repositories.push(folder.clone());
        } else if path.join("__init__.py").is_file() {
            take_package(root, folder, &mut ignored)?;
        }
    }
    Ok(ignored)
}

fn is_module(root: &Path, path: &Path) -> bool {
    let full = root.join(path);
    if full.is_symlink() { links::is_code(&full) } else { is_code(path, false) || may_be_executed(&full) }
}

fn take_package(root: &Path, folder: &Path, ignored: &mut Ignored) -> anyhow::Result<()> {
    let Some(files) = all_below(root, folder, &Apart::default(), PACKAGE_FILES_MAX)? else {
        let why = format!("git ignores the package, and it has more than {PACKAGE_FILES_MAX} files");
        ignored.notes.push(CaptureNote::NotCaptured { path: file_name::to_text(folder), why });
        return Ok(());
    };
    ignored.modules.extend(files.into_iter().filter(|path| is_module(root, path)));
    ignored.packages.push(folder.to_owned());
    Ok(())
}

/// All files and links below a folder of which git does not tell, but for what is no code by its name or was made by a tool;
/// `None` when there are more than `files_max`.
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
            || (full.is_dir() && is_made_by_a_tool(&full))
    };
    let found = found::find(&root.join(folder), &Search { skip: &skip, ..Search::of_all(files_max, false) })?;
    if found.len() > files_max {
        return Ok(None);
    }
    let links = found.links.into_iter().map(|link| link.path);
    Ok(Some(found.files.into_iter().chain(links).map(|path| folder.join(path)).collect()))
}
