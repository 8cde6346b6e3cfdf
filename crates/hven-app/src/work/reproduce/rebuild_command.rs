//! Turns a recorded command into one that works in a fresh folder with the recorded code.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use bytes::Bytes;
use hven_core::{
    RunId, capture,
    catalogue::Purpose,
    file_name, limits,
    object::{EMPTY_LISTING, FileKind, FileRef, Listing},
    publication::description::Publication,
    run::{Code, InnerRepository, RunFolder, Spec},
    staging::check_path,
    stdin::{NO_PATH, Stdin},
};

use crate::{
    kernel::{error::AppResult, object_rights},
    ports::objects::Presence,
    work::{
        floor::Work, reproduce::request::CodeAbove, submit::submission::RunRequest, surroundings::explain_difference,
    },
};

const DOCUMENT_BYTES_MAX: usize = 256 << 20;

/// The code files of a run's commit, from the publication with which the run was imported.
pub(crate) async fn code_of(work: &Work, run: RunId) -> AppResult<Vec<FileRef>> {
    let Some(import) = work.ports.views.origin(run.into()).await? else { return Ok(Vec::new()) };
    let bytes = work.ports.objects.head(import.imported.description, DOCUMENT_BYTES_MAX).await?;
    let said: Option<Publication> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let of = said.and_then(|said| said.runs.into_iter().find(|one| one.id == run));
    Ok(of.map(|run| run.code_files).unwrap_or_default())
}

const LISTING_BYTES_MAX: usize = 64 << 20;

/// The same work in a fresh folder. A run in a subfolder of a fresh folder keeps the subfolder.
pub(super) fn in_a_fresh_folder(spec: Spec) -> Spec {
    let cwd = if spec.place.is_here() { String::new() } else { spec.cwd };
    Spec { place: RunFolder::Fresh, cwd, ..spec }
}

/// Whether the files can be put into a fresh folder; otherwise the exact reason.
async fn can_be_staged(work: &Work, files: &[FileRef]) -> AppResult<Result<(), String>> {
    for file in files {
        if let Err(why) = check_path(&file.path) {
            return Ok(Err(format!("its file {} {why}", file.path)));
        }
        if let Err(why) = is_there(work, file).await? {
            return Ok(Err(why));
        }
    }
    Ok(Ok(()))
}

/// Whether the bytes of a file are in the store; otherwise the reason.
async fn is_there(work: &Work, FileRef { path, digest, .. }: &FileRef) -> AppResult<Result<(), String>> {
    let is_whole = matches!(work.ports.objects.presence(*digest).await?, Presence::Whole { .. });
    let path = if path == NO_PATH { "its standard input" } else { path.as_str() };
    Ok(if is_whole { Ok(()) } else { Err(format!("the bytes of {path} ({digest}) are not in the store")) })
}

/// Turns a command that ran in its caller's folder, or in another home, into one that runs in a fresh folder with the
/// recorded code of `run`. Otherwise gives the exact reason why that is impossible.
pub(crate) async fn move_to_fresh_folder(
    work: &Work,
    run: RunId,
    submit: RunRequest,
) -> AppResult<Result<RunRequest, String>> {
    let spec = in_a_fresh_folder(submit.spec);
    let made =
        of_command(work, run, RunRequest { spec, ..submit }, Vec::new(), CodeAbove::default(), BTreeMap::new()).await?;
    staged(work, made).await
}

pub(super) async fn staged(work: &Work, made: Result<RunRequest, String>) -> AppResult<Result<RunRequest, String>> {
    match made {
        Ok(submit) => {
            if let Some(Stdin::File { file, .. }) = &submit.spec.stdin
                && let Err(why) = is_there(work, file).await?
            {
                return Ok(Err(why));
            }
            Ok(can_be_staged(work, &submit.spec.inputs).await?.map(|()| submit))
        }
        Err(why) => Ok(Err(why)),
    }
}

/// Fills in everything that the command of `run` needs. `code_given` and `above` are the files of a commit, which the
/// record only names.
pub(super) async fn of_command(
    work: &Work,
    run: RunId,
    mut submit: RunRequest,
    code_given: Vec<FileRef>,
    above: CodeAbove,
    secrets: BTreeMap<String, String>,
) -> AppResult<Result<RunRequest, String>> {
    let before = &submit.spec;
    if let Some(name) = before.secrets.iter().find(|name| !secrets.contains_key(*name)) {
        return Ok(Err(format!("it needs the secret {name}, which is never recorded: give it with --secret {name}")));
    }
    let code = match &before.code {
        Some(Code::Folder { listing, .. }) => {
            let bytes = work.ports.objects.head(*listing, LISTING_BYTES_MAX).await?;
            let listing: Option<Listing> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let Some(listing) = listing else {
                return Ok(Err("the list of the files that were its code is not in the store".to_owned()));
            };
            let alone = object_rights::known_by_digest_only(work, run).await?;
            if let Some(file) = listing.files.iter().find(|file| alone.contains(&file.digest)) {
                return Ok(Err(format!("the bytes of {} ({}) are not in the store", file.path, file.digest)));
            }
            let file = |file: hven_core::object::ListedFile| FileRef {
                path: file.path,
                digest: file.digest,
                size: file.size,
                kind: FileKind::File,
            };
            // A file that the code reads through a link within it is put there as a file.
            listing.through_links().into_iter().map(file).collect()
        }
        Some(Code::Git { commit, .. }) if code_given.is_empty() => {
            // An imported run has the files of its commit from its publication.
            let imported = code_of(work, run).await?;
            if imported.is_empty() {
                let why = "of a repository, which the record names and does not hold: say this in a clone of it";
                return Ok(Err(format!("its code is commit {commit} {why}")));
            }
            imported
        }
        Some(Code::Git { .. }) => code_given,
        Some(Code::NotCaptured { why }) => return Ok(Err(format!("its code was not captured: {why}"))),
        None => return Ok(Err("its code is not in the record".to_owned())),
    };
    if let Some(lacking) = before.code.as_ref().and_then(missing_repository) {
        return Ok(Err(format!("the code in {} is missing: {lacking}", file_name::shown(&lacking.path))));
    }
    let mut inputs = before.inputs.clone();
    // For a run in a subfolder of a fresh folder, inputs are named from the fresh folder, and code from the subfolder.
    let mut cwd = before.cwd.clone();
    let code = code.into_iter().map(|file| FileRef { path: place_in(&cwd, &file.path), ..file });
    let known: BTreeSet<String> = inputs.iter().map(|input| input.path.clone()).collect();
    // Files within an input are put there with the input, with links as links. The code of the same folder would name
    // them as files.
    let is_known =
        |path: &str| known.contains(path) || path.match_indices('/').any(|(end, _)| known.contains(&path[..end]));
    inputs.extend(code.filter(|file| !is_known(&file.path)));
    let folders = noted_folders(work, run, &inputs).await?;
    inputs.extend(folders);
    // Such a run has the code above its folder among its inputs.
    let is_wanted = cwd.is_empty() && inputs.len() + above.files.len() <= limits::FILES_MAX;
    if let Some(Code::Git { prefix, inner, .. }) = before.code.as_ref().filter(|_| is_wanted) {
        let laid_out = files_above(work, prefix, above.files).await?;
        let unnamed = inner.iter().filter(|one| !one.is_named).count() as u64;
        let lacking = above.left_out.saturating_add(laid_out.lacking + unnamed);
        if !laid_out.files.is_empty() {
            for input in &mut inputs {
                input.path = place_in(prefix, &input.path);
            }
            inputs.extend(laid_out.files);
            cwd.clone_from(prefix);
            if let (Some(Purpose::Again { surroundings, .. }), true) = (&mut submit.purpose, lacking > 0) {
                surroundings.insert(0, explain_difference::code_above_lacking(prefix, lacking));
            }
        }
    }
    let mut environment: BTreeMap<String, String> =
        before.environment.iter().filter(|(name, _)| *name != "PWD").map(|(n, v)| (n.clone(), v.clone())).collect();
    // An imported run has no paths of its own machine, so programs are searched on this one.
    if let (false, Some(path)) = (environment.contains_key("PATH"), work.recipes.environment.get("PATH")) {
        environment.insert("PATH".to_owned(), path.clone());
    }
    let secrets = secrets.into_iter().filter(|(name, _)| before.secrets.contains(name)).collect();
    Ok(Ok(RunRequest {
        spec: Spec { inputs, cwd, ..submit.spec },
        record_environment: environment.keys().cloned().collect(),
        environment,
        secrets,
        ..submit
    }))
}

/// The files to put above the run's folder.
struct LaidOut {
    files: Vec<FileRef>,
    /// The number of files that are not in the store.
    lacking: u64,
}

/// The files that are next to the folder of the run and in the store. Paths start at the repository's root.
async fn files_above(work: &Work, prefix: &str, files: Vec<FileRef>) -> AppResult<LaidOut> {
    let mut laid_out = LaidOut { files: Vec::with_capacity(files.len()), lacking: 0 };
    for file in files {
        // Files in the run's folder are part of its code. A file at the path of that folder is not from the commit.
        let is_beside = !Path::new(&file.path).starts_with(prefix) && !Path::new(prefix).starts_with(&file.path);
        if !is_beside || check_path(&file.path).is_err() {
            continue;
        }
        match is_there(work, &file).await? {
            Ok(()) => laid_out.files.push(file),
            Err(_) => laid_out.lacking += 1,
        }
    }
    Ok(laid_out)
}

/// A path in the run's folder, relative to the repository's root. A path that leads elsewhere stays.
fn place_in(prefix: &str, path: &str) -> String {
    let is_below = !prefix.is_empty() && check_path(path).is_ok();
    if is_below { format!("{prefix}/{path}") } else { path.to_owned() }
}

/// The folders that existed when the run was submitted and that none of these inputs creates, as empty inputs.
async fn noted_folders(work: &Work, run: RunId, inputs: &[FileRef]) -> AppResult<Vec<FileRef>> {
    let notes = work.ports.views.capture_notes(run).await?;
    let known: BTreeSet<&str> = inputs.iter().map(|input| input.path.as_str()).collect();
    let is_taken =
        |path: &str| known.contains(path) || path.match_indices('/').any(|(end, _)| known.contains(&path[..end]));
    let folders: Vec<&str> =
        capture::folders(&notes).filter(|path| check_path(path).is_ok() && !is_taken(path)).collect();
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let digest = work.ports.objects.put(Bytes::from_static(EMPTY_LISTING)).await?;
    let folder = |path: &str| FileRef { path: path.to_owned(), digest, size: 0, kind: FileKind::Folder };
    Ok(folders.into_iter().map(folder).collect())
}

/// The repository within the code of a run that had too many files to be recorded.
fn missing_repository(code: &Code) -> Option<&InnerRepository> {
    let Code::Git { prefix, inner, .. } = code else { return None };
    // Repositories above the run's folder are put there as far as they are in the store, and the rest is reported.
    inner.iter().find(|one| !one.is_named && Path::new(&one.path).starts_with(prefix))
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn an_inner_repository_without_recorded_files_is_missing() {
        let lacking = |path: &str, is_named: bool, prefix: &str| {
            let inner = InnerRepository { path: path.into(), commit: None, changed: None, is_named };
            let code = Code::Git {
                commit: "0".repeat(40),
                branch: None,
                prefix: prefix.into(),
                diff: None,
                untracked: Vec::new(),
                inner: vec![inner],
                digest: hven_core::Digest::ZERO,
            };
            missing_repository(&code).is_some()
        };
        assert!(lacking("lib", false, "") && lacking("study/lib", false, "study"));
        assert!(!lacking("lib", true, "") && !lacking("study-2/lib", false, "study"));
    }

    #[test]
    fn paths_start_at_the_root_of_the_repository() {
        for (path, placed) in [("a.csv", "study/a.csv"), ("out/b", "study/out/b"), ("/data/a", "/data/a"), (".", ".")] {
            assert_eq!(place_in("study", path), placed);
        }
        assert_eq!(place_in("", "a.csv"), "a.csv");
    }
}
