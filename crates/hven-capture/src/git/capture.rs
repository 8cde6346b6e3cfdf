//! The code of a folder in a git repository, from what git says to what is recorded.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    thread,
};

use hven_api::runs::{CaptureNote, Code};
use hven_client::Failure;
use hven_core::{Digest, file_name, key_file::is_key_file, limits::place_within, recorded::Recorded};

use super::{
    content,
    counted::{
        leave_out_what_tools_made, looked_at, name_included, name_what_changed_unseen, put_in_place,
        take_out_key_files, take_what_counts,
    },
    difference::difference,
    inner, links,
    place::Place,
    tree::{Tree, is_ignored, tree},
    untracked::read_untracked,
};
use crate::{Apart, CapturedCode, Limits, files, is_any_skipped, key_files, manifests};

/// More links that git does not know are not noted, and without their notes the code could not be put together again.
pub(super) const LINKS_MAX: usize = 400;

/// Takes down the code; `None` when there is no commit yet.
pub fn capture(root: &Path, cwd: &Path, apart: &Apart, limits: Limits) -> anyhow::Result<Option<CapturedCode>> {
    let prefix = cwd.strip_prefix(root).unwrap_or(Path::new(""));
    // From here on all paths are relative to the repository's root.
    let mut apart = apart.seen_from(root, prefix);
    let mut place = Place { root, prefix, linked: BTreeSet::new() };
    let Some(tree) = tree(&place, &apart, limits)? else { return Ok(None) };
    let Tree { commit, mut status, mut known, mut inner, mut passed_over, mut notes, mut stands } = tree;
    apart.declared.extend(manifests::no_code(root, known.files.keys().chain(&status.untracked)));
    let apart = &apart;
    passed_over.extend(leave_out_what_tools_made(&place, &mut status, &mut known));
    status.untracked.retain(|path| !apart.is_declared(path));
    let followed = take_what_counts(&mut place, &mut status, &mut known)?;
    let left_out = take_out_key_files(&place, apart, &mut status, &mut known);
    status.changed.retain(|path, _| !apart.is_declared(path));
    name_included(root, apart, &mut status);
    known.files.retain(|path, _| !apart.is_declared(path));
    stands.look(&place, status.untracked.iter());
    let unread = inner::leave_unread(root, &mut inner, &mut status.untracked, limits);
    let beyond = content::leave_unread(root, &mut status.untracked, &apart.included, limits);
    // A file of keys that became a link, or a folder: a patch would show what it held.
    let unshown = status.changed.keys().filter(|path| is_key_file(&path.to_string_lossy()));
    let unshown: BTreeSet<PathBuf> = unshown.cloned().collect();

    let (diff, stored, lying) = thread::scope(|scope| {
        let is_any_shown = status.changed.len() > unshown.len();
        let diff = is_any_shown.then(|| scope.spawn(|| difference(root, &status, apart, &left_out, &unshown)));
        let stored = scope.spawn(|| content::as_git_stores(root, looked_at(&status, &known)));
        let lying = content::as_it_lies(root, status.untracked.iter());
        (diff.map(thread::ScopedJoinHandle::join), stored.join(), lying)
    });
    let died = |_| Failure::new("internal", "a thread that asked git died");
    let diff = diff.map(|diff| diff.map_err(died)).transpose()?.transpose()?.unwrap_or_default();
    let (stored, mut lying) = (stored.map_err(died)??, lying?);
    lying.extend(beyond);
    name_what_changed_unseen(&stored, &mut status, &known);
    let (untracked, kept) = read_untracked(root, &status.untracked, &apart.included, limits);
    let inner = inner::recorded(inner, &lying, &untracked);
    put_in_place(&status, stored, &mut known);
    known.files.extend(lying);
    known.files.extend(unread);

    let unknown = status.untracked.iter().chain(&unshown).filter(|path| root.join(path).is_symlink());
    let unknown: BTreeSet<PathBuf> = unknown.cloned().collect();
    let is_ignored = is_ignored(&place, &status);
    let is_passed_over = |to: &Path| {
        // Git-annex names a file by its content: what such a link leads to is known by its text.
        let counts = to.starts_with(".git/annex/objects") || known.has(to) || (is_ignored && to.starts_with(prefix));
        !counts && (is_any_skipped(to) || to.ancestors().any(|path| passed_over.contains(path)))
    };
    notes.extend(links::notes(&place, cwd, apart, &followed, &unknown, &is_passed_over));
    if notes.iter().filter(|note| matches!(note, CaptureNote::Link { .. })).count() > LINKS_MAX {
        let message = Recorded::CodeTooManyLinks { links: LINKS_MAX }.to_string();
        return Err(Failure::new("code.too_large", message).into());
    }
    let keys = key_files::stands(cwd, root, &left_out);
    key_files::note(cwd, root, &left_out, &mut notes);
    let mut seen = stands.listed(&place, &known, &untracked);
    seen.files.extend(keys);
    let digest = known.digest(prefix);
    let prefix = file_name::to_text(prefix);
    place_within("the place of the folder in the repository", &prefix)?;
    let code = Code::Git {
        commit,
        branch: status.branch,
        prefix,
        diff: (!diff.is_empty()).then(|| Digest::of(&diff).to_string()),
        untracked,
        inner,
        digest,
    };
    let documents = if diff.is_empty() { Vec::new() } else { vec![diff] };
    Ok(Some(CapturedCode { code: Some(code), documents, files: files::worth_keeping(kept), notes, seen }))
}
