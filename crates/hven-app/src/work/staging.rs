//! The files that a runner fetches for the fresh folder of an attempt.

use hven_core::{
    AttemptId, Digest,
    object::{FileKind, FileRef},
    run::Spec,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        object_rights::{self, missing_input},
    },
    ports::objects::{ByteStream, Presence},
    work::{floor::Work, schedule::LiveRun},
};

/// Requires that the store has everything that a runner will fetch for the run, before the run is recorded.
pub(crate) async fn check_inputs(work: &Work, spec: &Spec) -> AppResult<()> {
    let fetched: Vec<&FileRef> = spec.files_fetched().collect();
    for FileRef { path, digest, .. } in fetched {
        if !matches!(work.ports.objects.presence(*digest).await?, Presence::Whole { .. }) {
            return Err(missing_input(path, *digest));
        }
    }
    Ok(())
}

/// The bytes, from `from`, of an object for the runner that has the attempt: a file of its fresh folder, its standard
/// input, or a listing of files to compare with the disk.
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

/// Whether the object is a listing of the run's files that are compared with the disk. The listing of the code was not
/// checked at submission, so it counts only when the submitter may name it.
async fn is_list(work: &Work, live: Option<&LiveRun>, digest: Digest) -> AppResult<bool> {
    let Some(live) = live else { return Ok(false) };
    let Some(seen) = live.launch.as_ref().and_then(|launch| launch.seen.as_ref()) else { return Ok(false) };
    if seen.inputs_listed == Some(digest) {
        return Ok(true);
    }
    Ok(seen.code == Some(digest) && object_rights::may_name(work, live.submitted_by, digest).await?)
}
