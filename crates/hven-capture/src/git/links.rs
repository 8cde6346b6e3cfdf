//! Links of a repository. Git stores the target path of a link, not its content; a run reads the content. A target inside
//! the repository is part of the code. A target outside is noted, and no result comes from the cache.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_core::file_name;

use super::{
    super::{
        Apart,
        code_names::{self, is_program},
        files,
        folder_search::{self, Link, LinkScope},
    },
    code_scope::CodeScope,
};

/// At most so many entries of a linked folder are checked for programs.
const ENTRIES_MAX: usize = 1000;

/// A link that is part of the code.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) link: Link,
    /// The path of the target from the root, if it is in the repository.
    leads_to: Option<PathBuf>,
}

/// Whether a link above the run's folder, or an ignored link, is code: by its name, or because its target is a program or a
/// folder with programs.
pub(super) fn is_code(link: &Path) -> bool {
    if code_names::is_code(link, false) {
        return true;
    }
    let Ok(metadata) = fs::metadata(link) else { return false };
    if metadata.is_file() {
        return metadata.mode() & 0o100 != 0;
    }
    let mut entries = fs::read_dir(link).into_iter().flatten().flatten().take(ENTRIES_MAX);
    entries.any(|entry| is_program(Path::new(&entry.file_name())))
}

/// Follows the links of `links` that are part of the code, and the links in their targets. The targets become part of the
/// code.
pub(super) fn follow(scope: &mut CodeScope<'_>, links: BTreeSet<PathBuf>) -> io::Result<Vec<Followed>> {
    let real = fs::canonicalize(scope.root)?;
    let counts = |path: &PathBuf| scope.includes_all(path) || is_code(&scope.root.join(path));
    let (mut next, mut rest): (Vec<PathBuf>, Vec<PathBuf>) = links.into_iter().partition(counts);
    let mut followed = Vec::new();
    while !next.is_empty() {
        for path in next {
            let full = scope.root.join(&path);
            let Some(link) = folder_search::link(&real, &full, path)? else { continue };
            let leads_to = fs::canonicalize(&full).ok();
            let leads_to = leads_to.and_then(|path| path.strip_prefix(&real).map(Path::to_owned).ok());
            // The target of a link to a folder above the run's own is already covered; `.git` contains no code.
            let is_new = |path: &&PathBuf| !scope.prefix.starts_with(path) && !path.starts_with(".git");
            let linked = leads_to.as_ref().filter(is_new).cloned();
            scope.linked.extend(linked);
            followed.push(Followed { link, leads_to });
        }
        (next, rest) = rest.into_iter().partition(|path| scope.includes_all(path));
    }
    Ok(followed)
}

/// Notes links whose targets are not recorded, and the links that are neither in the commit nor in the patch (`unknown`).
/// `is_passed_over`: whether a path in the repository is not part of the code.
pub(super) fn notes(
    scope: &CodeScope<'_>,
    cwd: &Path,
    apart: &Apart,
    followed: &[Followed],
    unknown: &BTreeSet<PathBuf>,
    is_passed_over: &dyn Fn(&Path) -> bool,
) -> Vec<CaptureNote> {
    let mut notes = Vec::new();
    for Followed { link, leads_to } in followed {
        let path = files::recorded_path(cwd, &scope.root.join(&link.path));
        let target = file_name::to_text(&link.target);
        if link.scope == LinkScope::Outside {
            if !apart.leads_to_declared(&link.path) {
                notes.push(CaptureNote::LinkOutside { path, target });
            }
            continue;
        }
        let is_meant = |to: &Path| apart.is_declared(to) || apart.leads_to_declared(&link.path);
        if leads_to.as_deref().is_some_and(|to| !is_meant(to) && is_passed_over(to)) {
            let why = format!("it is a link to {target}, which is skipped because it is not code");
            notes.push(CaptureNote::NotCaptured { path: path.clone(), why });
        }
        if unknown.contains(&link.path) {
            notes.push(CaptureNote::Link { path, target });
        }
    }
    notes
}
