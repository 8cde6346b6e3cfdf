//! Converts submitted runs to domain types.

use std::collections::BTreeMap;

use hven_api::runs as wire;
use hven_app::{AppResult, recipes::RecipeRequest, submit::RunRequest};
use hven_core::{
    Digest,
    resources::Resources,
    run::{Limits, RunFolder, Spec},
    seen::{RecordedFile, RecordedFileKind, RecordedFiles},
};

use super::{
    capture_notes::note_in, code::code_in, files::file_in, labels, parsed, process, project, queueing, reproductions,
    tools,
};

pub(crate) fn submit(run: wire::SubmitRun) -> AppResult<RunRequest> {
    let spec = Spec {
        argv: run.argv,
        cwd: run.cwd,
        umask: run.umask.unwrap_or(0o022) & 0o777,
        process: run.process.map(process::settings_in).transpose()?,
        stdin: run.stdin.map(process::stdin_in).transpose()?,
        environment: BTreeMap::new(),
        secrets: Vec::new(),
        resources: resources_in(run.resources),
        limits: limits_in(&run.limits),
        inputs: run.inputs.into_iter().map(file_in).collect::<AppResult<_>>()?,
        outputs: run.outputs,
        code: run.code.map(code_in).transpose()?,
        surroundings: None,
        retries_max: run.retries,
        place: match run.place {
            wire::RunFolder::Here => RunFolder::Here,
            wire::RunFolder::Fresh => RunFolder::Fresh,
        },
        recipe: None,
    };
    Ok(RunRequest {
        project: project(run.project.as_deref())?,
        name: run.name,
        spec,
        recipe: run.recipe.map(|wire::SubmitRecipe { name, arguments }| RecipeRequest { name, arguments }),
        environment: run.environment,
        record_environment: run.record_environment.into_iter().collect(),
        secrets: run.secrets,
        tools: run.tools.map(tools::tools_in).transpose()?,
        surroundings: None,
        params: run.params,
        tags: labels::tags_in(run.tags.iter().map(String::as_str))?,
        capture_notes: run.capture_notes.into_iter().map(note_in).collect::<AppResult<_>>()?,
        seen: run.seen.map(seen_in).transpose()?,
        purpose: None,
        tolerances: reproductions::tolerances_in(run.tolerances),
        despite_checks: run.despite_checks,
        despite_suspicion: run.despite_suspicion,
        repairs: None,
        fresh: run.fresh,
        queue: queueing::request_in(run.queue)?,
    })
}

fn resources_in(resources: wire::Resources) -> Resources {
    Resources {
        cpus: resources.cpus.unwrap_or(1),
        memory_bytes: resources.memory_bytes.unwrap_or(0),
        named: resources.named,
    }
}

fn limits_in(limits: &wire::Limits) -> Limits {
    Limits {
        wall_s: limits.wall_s,
        memory_bytes: limits.memory_bytes,
        output_bytes: limits.output_bytes,
        grace_s: limits.grace_s.unwrap_or(Limits::default().grace_s),
    }
}

fn seen_in(seen: wire::RecordedFiles) -> AppResult<RecordedFiles> {
    let list = |digest: Option<String>| digest.as_deref().map(parsed::<Digest>).transpose();
    Ok(RecordedFiles {
        inputs: seen.inputs.into_iter().map(seen_file_in).collect::<AppResult<_>>()?,
        inputs_listed: list(seen.inputs_listed)?,
        code: list(seen.code)?,
        code_is_old: seen.code_is_old,
    })
}

fn seen_file_in(file: wire::RecordedFile) -> AppResult<RecordedFile> {
    let wire::RecordedFile { path, kind, size, modified_us, changed_us, digest } = file;
    let kind = match kind.as_str() {
        "folder" => RecordedFileKind::Folder,
        "link" => RecordedFileKind::Link,
        _ => RecordedFileKind::File,
    };
    let digest = digest.as_deref().map(parsed::<Digest>).transpose()?;
    Ok(RecordedFile { path, kind, size, modified_us, changed_us, digest })
}
