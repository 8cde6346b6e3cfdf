//! Converts runs whose work is done elsewhere.

use hven_api::external as wire;
use hven_app::{AppError, AppResult, external::open::OpenRun, ports::run::ExternalWork};
use hven_core::{object::FileRef, project::ProjectPath, run::ExternalEnd};

use super::{files, labels, parsed, text};

pub(crate) fn open_in(wanted: wire::OpenRun) -> AppResult<OpenRun> {
    let wire::OpenRun {
        id,
        project,
        name,
        source,
        command,
        host,
        folder,
        started,
        parent,
        silent_after_s,
        params,
        tags,
    } = wanted;
    Ok(OpenRun {
        id: id.as_deref().map(parsed).transpose()?,
        project: project.as_deref().map_or_else(|| Ok(ProjectPath::home()), parsed)?,
        name,
        source,
        command,
        host,
        folder,
        started: started.as_deref().map(parsed).transpose()?,
        parent,
        silent_after_s,
        params,
        tags: labels::tags_in(tags.iter().map(String::as_str))?,
    })
}

pub(crate) fn files_in(wanted: wire::AddFiles) -> AppResult<Vec<FileRef>> {
    wanted.files.into_iter().map(files::file_in).collect()
}

pub(crate) fn end_in(state: &str, why: Option<String>) -> AppResult<ExternalEnd> {
    match (state, why) {
        ("failed", why) => Ok(ExternalEnd::Failed { why: why.unwrap_or_default() }),
        ("done" | "cancelled", Some(_)) => {
            Err(AppError::invalid("`why`", format!("belongs to `failed`: a run that is {state} needs no reason")))
        }
        ("done", None) => Ok(ExternalEnd::Done),
        ("cancelled", None) => Ok(ExternalEnd::Cancelled),
        _ => Err(AppError::invalid(format!("the state {state:?}"), "is not done, failed or cancelled")),
    }
}

pub(crate) fn work(work: &ExternalWork) -> wire::ExternalWork {
    let external = &work.external;
    wire::ExternalWork {
        source: external.source.clone(),
        command: external.command.clone(),
        host: external.host.clone(),
        folder: external.folder.clone(),
        started: text(external.started),
        silent_after_s: external.silent_after_s,
        parent: work.parent.map(|run| run.to_string()),
    }
}
