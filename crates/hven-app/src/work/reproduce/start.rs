//! Starts a reproduction from the record alone, or gives the exact reason why it is impossible.

use hven_core::{
    Digest,
    access::Role,
    catalogue::Purpose,
    object::{FileKind, FileRef},
    run::{Spec, State},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
        labelled::{Labelled, label},
        object_rights,
    },
    ports::run::{RunName, RunView},
    work::{
        floor::Work,
        reproduce::{
            rebuild_command::{in_a_fresh_folder, of_command, staged},
            request::{CodeAbove, ReproduceRequest, ReproduceStart},
            software::differences,
            verdict::cannot,
        },
        runs::check_software,
        stdin,
        submit::{record::Starter, start, submission::RunRequest},
        verdicts::with_comparison,
    },
};

/// Starts a reproduction. The cache is not used.
pub async fn start(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    request: ReproduceRequest,
) -> AppResult<Labelled<ReproduceStart>> {
    label(work, start_unlabelled(work, caller, key, name, request).await?).await
}

async fn start_unlabelled(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    request: ReproduceRequest,
) -> AppResult<ReproduceStart> {
    let run = run_for(work, caller, name, Role::Member).await?;
    if run.state != State::Done {
        let why = if run.state.is_final() { "did not succeed, so nothing came out" } else { "is not done yet" };
        return Err(AppError::Conflict(format!("run {} {why}: only what is done can be reproduced", run.handle)));
    }
    request.tolerances.check().map_err(|why| AppError::invalid("a tolerance", why))?;
    request.software.iter().try_for_each(check_software)?;
    object_rights::require_files(work, caller, &request.code).await?;
    let above = nameable_code(work, caller, request.above).await?;
    match repeat_request(work, &run, ReproduceRequest { above, ..request }).await? {
        Ok(submit) => {
            let again = Box::pin(start::start(work, Starter::Caller(caller), key, submit)).await?;
            let again = work.ports.views.runs_named(&RunName::Id(again)).await?.pop();
            let again = again.ok_or_else(|| AppError::not_found("run", run.handle))?;
            Ok(ReproduceStart::Running(Box::new(again)))
        }
        Err(because) => {
            let reproduced = cannot(run.id, None, because);
            work.record(caller.actor(), key, vec![reproduced.into()]).await?;
            let newest = work.ports.views.reproductions(run.id, 1).await?.pop();
            let newest = newest.ok_or_else(|| AppError::not_found("reproduction of run", run.handle))?;
            Ok(ReproduceStart::Cannot(Box::new(with_comparison(work, newest).await?)))
        }
    }
}

/// The code above the folder that the caller may name. Other files count as left out: for large files, the record may
/// have only the digest.
async fn nameable_code(work: &Work, caller: &Caller, CodeAbove { files, left_out }: CodeAbove) -> AppResult<CodeAbove> {
    let digests: Vec<Digest> = files.iter().map(|file| file.digest).collect();
    let hidden = object_rights::unnameable_objects(work, caller, &digests).await?;
    let is_namable = |file: &FileRef| file.kind == FileKind::File && !hidden.contains(&file.digest);
    let (files, rest): (Vec<FileRef>, Vec<FileRef>) = files.into_iter().partition(is_namable);
    Ok(CodeAbove { files, left_out: left_out.saturating_add(rest.len() as u64) })
}

/// The request that repeats the run, or the exact reason why there is none.
pub(super) async fn repeat_request(
    work: &Work,
    run: &RunView,
    request: ReproduceRequest,
) -> AppResult<Result<RunRequest, String>> {
    let Some(before) = run.spec() else { return Ok(Err(run.why_no_spec().to_owned())) };
    let surroundings = differences(run.software.as_ref(), request.software.as_ref());
    let tolerances = request.tolerances.or(run.tolerances.clone());
    let purpose = Purpose::Again { of: run.id, tolerances, surroundings };
    let stdin = match stdin::again(run) {
        Ok(stdin) => stdin,
        Err(why) => return Ok(Err(why)),
    };
    let spec = Spec { stdin, ..in_a_fresh_folder(before.clone()) };
    let submit = RunRequest {
        purpose: Some(purpose),
        tools: request.tools,
        despite_checks: true,
        ..RunRequest::of(run.project.clone(), spec)
    };
    let made = match &before.recipe {
        // A recipe does not use the code that an older record names.
        Some(recipe) => work.recipes.of_today(recipe).map(|recipe| {
            let spec = Spec { code: None, recipe: Some(recipe), ..submit.spec };
            RunRequest { spec, ..submit }
        }),
        None => of_command(work, run.id, submit, request.code, request.above, request.secrets).await?,
    };
    staged(work, made).await
}
