//! Captures the code of a folder in a git repository: from git's answers to the record.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    thread,
};

use hven_api::runs::{CaptureNote, Code};
use hven_client::Failure;
use hven_core::{Digest, file_name, key_file::is_key_file, limits::place_within, recorded::Recorded};

use super::{
    code_scope::CodeScope,
    difference::difference,
    inner, links, object_names,
    selection::{
        changed_or_unwatched, name_included_key_files, name_unwatched_changes, remove_key_files, remove_tool_folders,
        replace_changed, select_code,
    },
    tree::{WorkingTree, is_ignored, tree},
    untracked::read_untracked,
};
use crate::{Apart, CapturedCode, Limits, files, is_any_skipped, key_files, manifests};

/// With more untracked links the capture fails: without their notes the code could not be restored.
pub(super) const LINKS_MAX: usize = 400;

/// Captures the code; `None` if there is no commit.
pub fn capture(root: &Path, cwd: &Path, apart: &Apart, limits: Limits) -> anyhow::Result<Option<CapturedCode>> {
    let prefix = cwd.strip_prefix(root).unwrap_or(Path::new(""));
    // From here on, all paths are relative to the repository's root.
    let mut apart = apart.relative_to(root, prefix);
    let mut scope = CodeScope { root, prefix, linked: BTreeSet::new() };
    let Some(tree) = tree(&scope, &apart, limits)? else { return Ok(None) };
    let WorkingTree { commit, mut status, mut tracked, mut inner, mut passed_over, mut notes, mut states } = tree;
    apart.declared.extend(manifests::manifests_and_outputs(root, tracked.files.keys().chain(&status.untracked)));
    let apart = &apart;
    passed_over.extend(remove_tool_folders(&scope, &mut status, &mut tracked));
    status.untracked.retain(|path| !apart.is_declared(path));
    let followed = select_code(&mut scope, &mut status, &mut tracked)?;
    let left_out = remove_key_files(&scope, apart, &mut status, &mut tracked);
    status.changed.retain(|path, _| !apart.is_declared(path));
    name_included_key_files(root, apart, &mut status);
    tracked.files.retain(|path, _| !apart.is_declared(path));
    states.examine(&scope, status.untracked.iter());
    let unread_inner = inner::leave_unread(root, &mut inner, &mut status.untracked, limits);
    let unread_files = object_names::leave_unread(root, &mut status.untracked, &apart.included, limits);
    // A key file that became a link or a folder: a patch would show its former content.
    let unshown = status.changed.keys().filter(|path| is_key_file(&path.to_string_lossy()));
    let unshown: BTreeSet<PathBuf> = unshown.cloned().collect();

    let (diff, stored, raw) = thread::scope(|threads| {
        let is_any_shown = status.changed.len() > unshown.len();
        let diff = is_any_shown.then(|| threads.spawn(|| difference(root, &status, apart, &left_out, &unshown)));
        let stored = threads.spawn(|| object_names::stored_names(root, changed_or_unwatched(&status, &tracked)));
        let raw = object_names::raw_names(root, status.untracked.iter());
        (diff.map(thread::ScopedJoinHandle::join), stored.join(), raw)
    });
    let thread_died = |_| Failure::new("internal", "a thread that asked git died");
    let diff = diff.map(|diff| diff.map_err(thread_died)).transpose()?.transpose()?.unwrap_or_default();
    let (stored, mut raw) = (stored.map_err(thread_died)??, raw?);
    raw.extend(unread_files);
    name_unwatched_changes(&stored, &mut status, &tracked);
    let (untracked, kept) = read_untracked(root, &status.untracked, &apart.included, limits);
    let inner = inner::recorded(inner, &raw, &untracked);
    replace_changed(&status, stored, &mut tracked);
    tracked.files.extend(raw);
    tracked.files.extend(unread_inner);

    let unknown = status.untracked.iter().chain(&unshown).filter(|path| root.join(path).is_symlink());
    let unknown: BTreeSet<PathBuf> = unknown.cloned().collect();
    let is_ignored = is_ignored(&scope, &status);
    let is_passed_over = |to: &Path| {
        // Git-annex names a file by its content, so the text of a link to it identifies the content.
        let counts = to.starts_with(".git/annex/objects") || tracked.has(to) || (is_ignored && to.starts_with(prefix));
        !counts && (is_any_skipped(to) || to.ancestors().any(|path| passed_over.contains(path)))
    };
    notes.extend(links::notes(&scope, cwd, apart, &followed, &unknown, &is_passed_over));
    if notes.iter().filter(|note| matches!(note, CaptureNote::Link { .. })).count() > LINKS_MAX {
        let message = Recorded::CodeTooManyLinks { links: LINKS_MAX }.to_string();
        return Err(Failure::new("code.too_large", message).into());
    }
    let keys = key_files::states(cwd, root, &left_out);
    key_files::note(cwd, root, &left_out, &mut notes);
    let mut seen = states.listed(&scope, &tracked, &untracked);
    seen.files.extend(keys);
    let digest = tracked.digest(prefix);
    let prefix = file_name::to_text(prefix);
    place_within("the path of the folder in the repository", &prefix)?;
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
    Ok(Some(CapturedCode { code: Some(code), documents, files: files::small_enough_to_keep(kept), notes, seen }))
}
