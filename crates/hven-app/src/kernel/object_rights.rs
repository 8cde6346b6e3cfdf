//! The right to name an object: the caller must see it or must have uploaded it. Everything that a run names can be
//! read in the project of the run, so naming an object of another project would make it readable.
//!
//! A role in the whole home sees all objects. For other callers, an object that they may not name does not exist.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hven_core::{
    ActorId, Digest, RunId, UserId,
    access::Role,
    object::{FileKind, FileRef, ListedFile, kept_as_code},
    run::{Code, Spec},
    seen::RecordedFiles,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        floor::Kernel,
        folders::listing,
    },
    ports::run::RunName,
};

/// The user, if the caller is a user who sees only a part of the home. `None` for runners and for roles in the whole
/// home.
pub(crate) fn partial_viewer(caller: &Caller) -> Option<UserId> {
    caller.uploader().filter(|_| caller.home_role() < Some(Role::Viewer))
}

/// The objects that no run and no dataset in the caller's projects names, each with its kind. A caller who sees a file
/// does not see the objects that the file would name if it were the listing of a folder.
async fn unseen(
    kernel: &Kernel,
    caller: &Caller,
    objects: Vec<(Digest, FileKind)>,
) -> AppResult<Vec<(Digest, FileKind)>> {
    if objects.is_empty() || caller.home_role() >= Some(Role::Viewer) {
        return Ok(Vec::new());
    }
    let seen = kernel.ports.views.used_within(&objects, &caller.scopes()).await?;
    let mut rest = objects;
    rest.retain(|object| !seen.contains(object));
    let files: Vec<Digest> =
        rest.iter().filter(|(_, kind)| *kind == FileKind::File).map(|(digest, _)| *digest).collect();
    let mut of_datasets = HashSet::new();
    let mut seen_datasets = BTreeMap::new();
    for one in kernel.ports.views.catalogued(&files).await? {
        let is_seen = match seen_datasets.get(&one.dataset) {
            Some(is_seen) => *is_seen,
            None => {
                let dataset = kernel.ports.views.dataset(one.dataset).await?;
                let is_seen = dataset.is_some_and(|dataset| caller.may(Role::Viewer, &dataset.version.project));
                seen_datasets.insert(one.dataset, is_seen);
                is_seen
            }
        };
        if is_seen {
            of_datasets.insert(one.digest);
        }
    }
    rest.retain(|(digest, kind)| *kind == FileKind::Folder || !of_datasets.contains(digest));
    Ok(rest)
}

/// Whether the caller may see the bytes of an object.
pub(crate) async fn is_visible(kernel: &Kernel, caller: &Caller, digest: Digest) -> AppResult<bool> {
    Ok(unseen(kernel, caller, vec![(digest, FileKind::File)]).await?.is_empty())
}

/// The objects that the caller neither sees nor uploaded.
pub(crate) async fn unnameable_objects(
    kernel: &Kernel,
    caller: &Caller,
    digests: &[Digest],
) -> AppResult<HashSet<Digest>> {
    let Some(user) = partial_viewer(caller) else { return Ok(HashSet::new()) };
    let rest = kernel.uploaded_objects.not_uploaded_by(user, digests.iter().copied(), kernel.now());
    let rest = rest.into_iter().map(|digest| (digest, FileKind::File)).collect();
    Ok(unseen(kernel, caller, rest).await?.into_iter().map(|(digest, _)| digest).collect())
}

/// The files that a caller may not name, including files in folders whose listings the caller does not see.
async fn unnameable_files(
    kernel: &Kernel,
    caller: &Caller,
    files: &[FileRef],
    code: Option<Digest>,
) -> AppResult<Vec<FileRef>> {
    let mut all = files.to_vec();
    let lists = files.iter().filter(|file| file.kind == FileKind::Folder).map(|file| (file.digest, FileKind::Folder));
    let lists: BTreeMap<Digest, &FileRef> = {
        let unseen: HashSet<Digest> =
            unseen(kernel, caller, lists.collect()).await?.into_iter().map(|(d, _)| d).collect();
        files.iter().filter(|file| unseen.contains(&file.digest)).map(|file| (file.digest, file)).collect()
    };
    // A missing listing would be read as soon as it is uploaded, so it counts as unnameable.
    let mut unread = HashSet::new();
    let hidden_lists = unnameable_objects(kernel, caller, &lists.keys().copied().collect::<Vec<_>>()).await?;
    for (digest, folder) in lists.into_iter().filter(|(digest, _)| !hidden_lists.contains(digest)) {
        let Some(listing) = listing(kernel, digest).await? else {
            unread.insert(digest);
            continue;
        };
        let mut members = listing.files;
        if code == Some(digest) {
            members = uploaded_code_files(members);
        }
        all.extend(members.into_iter().map(|member| FileRef {
            path: format!("{}/{}", folder.path.trim_end_matches('/'), member.path),
            digest: member.digest,
            size: member.size,
            kind: FileKind::File,
        }));
    }
    let digests: Vec<Digest> = all.iter().map(|file| file.digest).collect();
    let mut hidden = unnameable_objects(kernel, caller, &digests).await?;
    hidden.extend(unread);
    all.retain(|file| hidden.contains(&file.digest));
    Ok(all)
}

/// The files of a run's code whose bytes are uploaded with the run.
fn uploaded_code_files(files: Vec<ListedFile>) -> Vec<ListedFile> {
    let is_kept = kept_as_code(files.iter().map(|file| file.size));
    files.into_iter().zip(is_kept).filter_map(|(file, is_kept)| is_kept.then_some(file)).collect()
}

/// The objects that a specification names: inputs and code.
fn named(inputs: &[FileRef], code: Option<&Code>) -> (Vec<FileRef>, Option<Digest>) {
    let mut named = inputs.to_vec();
    let object = |path: &str, digest, kind| FileRef { path: path.to_owned(), digest, size: 0, kind };
    let mut list = None;
    match code {
        Some(Code::Git { diff, untracked, .. }) => {
            named.extend(diff.map(|diff| object("the changes to its commit", diff, FileKind::File)));
            let is_kept = kept_as_code(untracked.iter().map(|file| file.size));
            named.extend(untracked.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(file, _)| file.clone()));
        }
        Some(Code::Folder { listing, .. }) => {
            named.push(object("the list of its code", *listing, FileKind::Folder));
            // A code listing that is also an input is checked as a whole.
            list = Some(*listing).filter(|list| !inputs.iter().any(|input| input.digest == *list));
        }
        Some(Code::NotCaptured { .. }) | None => {}
    }
    (named, list)
}

/// Refuses inputs and code that the caller may not name, with the same answer as for missing objects.
pub(crate) async fn require(kernel: &Kernel, caller: &Caller, spec: &Spec) -> AppResult<()> {
    if partial_viewer(caller).is_none() {
        return Ok(());
    }
    let read: Vec<FileRef> = spec.files_read().cloned().collect();
    let (files, code) = named(&read, spec.code.as_ref());
    let hidden = unnameable_files(kernel, caller, &files, code).await?;
    let Some(file) = hidden.first() else { return Ok(()) };
    let is_below = |input: &FileRef| file.path.starts_with(input.path.trim_end_matches('/'));
    if read.iter().any(is_below) {
        return Err(missing_input(&file.path, file.digest));
    }
    let why = format!("is the object {}, which is not in this home: upload it first", file.digest);
    Err(AppError::invalid(format!("the code {:?}", file.path), why))
}

/// Refuses files that the caller may not name, with the same answer as for missing objects.
pub(crate) async fn require_files(kernel: &Kernel, caller: &Caller, files: &[FileRef]) -> AppResult<()> {
    if partial_viewer(caller).is_none() {
        return Ok(());
    }
    match unnameable_files(kernel, caller, files, None).await?.first() {
        Some(file) => Err(missing_input(&file.path, file.digest)),
        None => Ok(()),
    }
}

/// The same check for the listing of a run's inputs, which is used to compare them with the disk. The listing of its
/// code may arrive later. [`may_name`] checks it when it is fetched.
pub(crate) async fn require_list(kernel: &Kernel, caller: &Caller, seen: Option<&RecordedFiles>) -> AppResult<()> {
    let Some(list) = seen.and_then(|seen| seen.inputs_listed) else { return Ok(()) };
    if unnameable_objects(kernel, caller, &[list]).await?.is_empty() {
        return Ok(());
    }
    let why = format!("is the object {list}, which is not in this home: upload it first");
    Err(AppError::invalid("the list of its inputs", why))
}

/// The same check for tables of values.
pub(crate) async fn require_tables(kernel: &Kernel, caller: &Caller, tables: &[Digest]) -> AppResult<()> {
    match unnameable_objects(kernel, caller, tables).await?.into_iter().next() {
        None => Ok(()),
        Some(table) => {
            let why = format!("is the object {table}, which is not in this home: upload it first");
            Err(AppError::invalid("a table of values", why))
        }
    }
}

/// Whether the user who submitted a run may name an object, with the user's current roles.
pub(crate) async fn may_name(kernel: &Kernel, submitted_by: ActorId, digest: Digest) -> AppResult<bool> {
    let submitter = submitter(kernel, submitted_by).await?;
    Ok(unnameable_objects(kernel, &submitter, &[digest]).await?.is_empty())
}

/// The refusal of a submission whose input is not in the store.
pub(crate) fn missing_input(path: &str, digest: Digest) -> AppError {
    let why = format!("is the object {digest}, which is not in this home: upload it first");
    AppError::invalid(format!("the input {path:?}"), why)
}

/// The objects of a publication that its importer may not name: `files` and the code of each run, including the
/// contents of folders. The answer does not depend on whether the objects are in the store.
pub(crate) async fn unnameable_in_publication(
    kernel: &Kernel,
    caller: &Caller,
    files: &[FileRef],
    codes: &[&Code],
) -> AppResult<BTreeSet<Digest>> {
    if partial_viewer(caller).is_none() {
        return Ok(BTreeSet::new());
    }
    let mut all = files.to_vec();
    for &code in codes {
        // All untracked files, because the archive holds everything that its home had.
        if let Code::Git { untracked, .. } = code {
            all.extend(untracked.iter().cloned());
        }
        all.extend(named(&[], Some(code)).0);
    }
    Ok(unnameable_files(kernel, caller, &all, None).await?.into_iter().map(|file| file.digest).collect())
}

/// The large files of a run's code that are known only by their digests: their bytes were not uploaded with the run,
/// and the user who submitted it does not see them elsewhere.
pub(crate) async fn known_by_digest_only(kernel: &Kernel, run: RunId) -> AppResult<BTreeSet<Digest>> {
    let nothing = BTreeSet::new();
    let Some(run) = kernel.ports.views.runs_named(&RunName::Id(run)).await?.pop() else { return Ok(nothing) };
    let files: Vec<(Digest, u64)> = match run.spec().and_then(|spec| spec.code.as_ref()) {
        Some(Code::Folder { listing: list, .. }) => {
            let files = listing(kernel, *list).await?.map(|listing| listing.files).unwrap_or_default();
            files.into_iter().map(|file| (file.digest, file.size)).collect()
        }
        Some(Code::Git { untracked, .. }) => untracked.iter().map(|file| (file.digest, file.size)).collect(),
        Some(Code::NotCaptured { .. }) | None => return Ok(nothing),
    };
    let is_kept = kept_as_code(files.iter().map(|(_, size)| *size));
    let (came, alone): (Vec<_>, Vec<_>) = files.into_iter().zip(is_kept).partition(|(_, is_kept)| *is_kept);
    let came: BTreeSet<Digest> = came.into_iter().map(|((digest, _), _)| digest).collect();
    let alone: BTreeSet<Digest> = alone.into_iter().map(|((digest, _), _)| digest).collect();
    let alone: Vec<_> = alone.difference(&came).map(|digest| (*digest, FileKind::File)).collect();
    if alone.is_empty() {
        return Ok(nothing);
    }
    let submitter = submitter(kernel, run.submitted_by).await?;
    Ok(unseen(kernel, &submitter, alone).await?.into_iter().map(|(digest, _)| digest).collect())
}

/// The user who submitted a run, with the current roles.
pub(crate) async fn submitter(kernel: &Kernel, submitted_by: ActorId) -> AppResult<Caller> {
    let id = UserId::from_u128(submitted_by.as_u128());
    Ok(Caller::User { id, grants: kernel.ports.views.roles(id).await? })
}
