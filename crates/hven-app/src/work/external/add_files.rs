//! Adds files to runs as their outputs while they go on.

use std::collections::BTreeSet;

use hven_core::{access::Role, limits, object::FileRef, run::FilesAdded, staging::check_path};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_to_log,
        object_rights,
    },
    ports::{objects::Presence, run::RunView},
    work::{external::report::heard, floor::Work},
};

/// Adds files to a run that has not ended. Their bytes are in the store already. A file of a path that the run has replaces the earlier
/// one.
pub async fn add_files(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    files: Vec<FileRef>,
) -> AppResult<RunView> {
    let run = run_to_log(work, caller, name, Role::Member).await?;
    check(&files)?;
    // A process may name what the user may name who submitted its run.
    let submitter = match caller {
        Caller::Attempt { .. } => Some(object_rights::submitter(work, run.submitted_by).await?),
        _ => None,
    };
    object_rights::require_files(work, submitter.as_ref().unwrap_or(caller), &files).await?;
    for file in &files {
        require_object(work, file).await?;
    }
    let _no_end = work.schedule.without_ends().await;
    let run = run_to_log(work, caller, &run.id.to_string(), Role::Member).await?;
    if run.state.is_final() {
        return Err(AppError::Conflict(format!(
            "run {} has ended already ({}): its outputs do not change any more; add the files to a new run",
            run.handle,
            run.state.as_str()
        )));
    }
    let paths: BTreeSet<&str> = run.outputs().chain(&files).map(|file| file.path.as_str()).collect();
    limits::count("outputs", paths.len(), limits::FILES_MAX)?;
    if !files.is_empty() {
        work.record(caller.actor(), key, vec![FilesAdded { run: run.id, files }.into()]).await?;
    }
    heard(work, &run).await?;
    run_to_log(work, caller, &run.id.to_string(), Role::Member).await
}

fn check(files: &[FileRef]) -> AppResult<()> {
    limits::count("files", files.len(), limits::FILES_MAX)?;
    let mut paths = BTreeSet::new();
    for file in files {
        file.check("a file")?;
        check_path(&file.path).map_err(|why| AppError::invalid(format!("the path {:?}", file.path), why))?;
        if !paths.insert(&file.path) {
            return Err(AppError::invalid(format!("the path {:?}", file.path), "is named twice"));
        }
    }
    Ok(())
}

/// Refuses a file whose bytes are not in the store, or whose size is another.
async fn require_object(work: &Work, file: &FileRef) -> AppResult<()> {
    let what = || format!("the file {:?}", file.path);
    match work.ports.objects.presence(file.digest).await? {
        Presence::Whole { size } if size == file.size => Ok(()),
        Presence::Whole { size } => {
            Err(AppError::invalid(what(), format!("has {size} bytes in this home, not {}", file.size)))
        }
        Presence::Partial { .. } | Presence::Absent | Presence::Damaged => {
            let why = format!("is the object {}, which is not in this home: upload it first", file.digest);
            Err(AppError::invalid(what(), why))
        }
    }
}
