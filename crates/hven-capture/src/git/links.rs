//! Links of a repository. Git keeps where a link leads and not what is there; a run reads what is there. What lies within the
//! repository counts then, wherever it is; what does not is noted, and nothing is answered from the cache.

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
        found::{self, Leads, Link},
    },
    place::Place,
};

/// Of a folder to which a link leads, so many entries show whether it holds programs.
const ENTRIES_MAX: usize = 1000;

/// A link that counts.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) link: Link,
    /// What is there, from the root, when it lies in the repository.
    leads_to: Option<PathBuf>,
}

/// Whether a link that lies above the run's folder, or that git ignores, is code: by its name, or as it leads to a program or
/// to a folder with programs.
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

/// Follows the links that count, of `links` and in what these lead to; what they lead to counts from here on.
pub(super) fn follow(place: &mut Place<'_>, links: BTreeSet<PathBuf>) -> io::Result<Vec<Followed>> {
    let real = fs::canonicalize(place.root)?;
    let counts = |path: &PathBuf| place.is_whole(path) || is_code(&place.root.join(path));
    let (mut next, mut rest): (Vec<PathBuf>, Vec<PathBuf>) = links.into_iter().partition(counts);
    let mut followed = Vec::new();
    while !next.is_empty() {
        for path in next {
            let full = place.root.join(&path);
            let Some(link) = found::link(&real, &full, path)? else { continue };
            let leads_to = fs::canonicalize(&full).ok();
            let leads_to = leads_to.and_then(|path| path.strip_prefix(&real).map(Path::to_owned).ok());
            // A link to a folder around the run's own leads to what counts already; in `.git` is no code.
            let is_new = |path: &&PathBuf| !place.prefix.starts_with(path) && !path.starts_with(".git");
            let linked = leads_to.as_ref().filter(is_new).cloned();
            place.linked.extend(linked);
            followed.push(Followed { link, leads_to });
        }
        (next, rest) = rest.into_iter().partition(|path| place.is_whole(path));
    }
    Ok(followed)
}

/// Notes what cannot be known through links, and the links that are neither in the commit nor in the patch: `unknown`.
/// `is_passed_over`: what lies in the repository and does not count.
pub(super) fn notes(
    place: &Place<'_>,
    cwd: &Path,
    apart: &Apart,
    followed: &[Followed],
    unknown: &BTreeSet<PathBuf>,
    is_passed_over: &dyn Fn(&Path) -> bool,
) -> Vec<CaptureNote> {
    let mut notes = Vec::new();
    for Followed { link, leads_to } in followed {
        let path = files::recorded_path(cwd, &place.root.join(&link.path));
        let target = file_name::to_text(&link.target);
        if link.leads == Leads::Outside {
            if !apart.leads_to_declared(&link.path) {
                notes.push(CaptureNote::LinkOutside { path, target });
            }
            continue;
        }
        let is_meant = |to: &Path| apart.is_declared(to) || apart.leads_to_declared(&link.path);
        if leads_to.as_deref().is_some_and(|to| !is_meant(to) && is_passed_over(to)) {
            let why = format!("it is a link to {target}, which is passed over as no code");
            notes.push(CaptureNote::NotCaptured { path: path.clone(), why });
        }
        if unknown.contains(&link.path) {
            notes.push(CaptureNote::Link { path, target });
        }
    }
    notes
}
