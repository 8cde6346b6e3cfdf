//! What a runner fetches for an attempt's fresh folder.

use hven_core::{
    AttemptId, Digest,
    object::{FileKind, FileRef},
    run::Spec,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        object_rights::{self, not_here},
    },
    ports::objects::{ByteStream, Presence},
    work::{floor::Work, schedule::LiveRun},
};

/// What a runner fetches for the run must be there before the run is recorded.
pub(crate) async fn check_inputs(work: &Work, spec: &Spec) -> AppResult<()> {
    let fetched: Vec<&FileRef> = spec.files_fetched().collect();
    for FileRef { path, digest, .. } in fetched {
        if !matches!(work.ports.objects.presence(*digest).await?, Presence::Whole { .. }) {
            return Err(not_here(path, *digest));
        }
    }
    Ok(())
}

/// The bytes, from `from` on, of an object that an attempt's fresh folder is to hold, that its process has on its standard
/// input, or that lists files which are compared with the disk; for the runner that has the attempt.
pub async fn open_staged(
    work: &Work,
    caller: &Caller,
    attempt: AttemptId,
    digest: Digest,
    from: u64,
) -> AppResult<(u64, ByteStream)> {
    let runner = caller.require_runner()?;
    if !work.schedule.is_with(attempt, runner) {
        return Err(AppError::Denied);
    }
    let live = work.schedule.live().get(&attempt.run).cloned();
    let fetched: Vec<FileRef> = live.iter().flat_map(|live| live.spec.files_fetched()).cloned().collect();
    let mut is_wanted =
        fetched.iter().any(|file| file.digest == digest) || is_list(work, live.as_ref(), digest).await?;
    for folder in fetched.iter().filter(|file| file.kind == FileKind::Folder) {
        is_wanted = is_wanted || work.listings.of(work, folder.digest).await?.contains(&digest);
    }
    let opened = if is_wanted { work.ports.objects.open(digest, from).await? } else { None };
    opened.ok_or_else(|| AppError::not_found("object", digest))
}

/// Whether an object lists files of a run that are compared with the disk. That of the code was not looked at when the run was
/// submitted, so it is one only when the submitter may name it.
async fn is_list(work: &Work, live: Option<&LiveRun>, digest: Digest) -> AppResult<bool> {
    let Some(live) = live else { return Ok(false) };
    let Some(seen) = live.launch.as_ref().and_then(|launch| launch.seen.as_ref()) else { return Ok(false) };
    if seen.inputs_listed == Some(digest) {
        return Ok(true);
    }
    Ok(seen.code == Some(digest) && object_rights::may_name(work, live.submitted_by, digest).await?)
}
