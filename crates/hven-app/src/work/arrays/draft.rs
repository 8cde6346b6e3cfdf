//! Drafts of arrays: the texts of a form become an array, as the options of `hven map` do. A process of the Unix user who owns
//! the home reads them in the folder of the command, where it records code and inputs.

use std::collections::BTreeMap;

use hven_core::{
    access::Role,
    array::{Draft, DraftReport, DraftTask},
    limits,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::Labelled,
        random::random,
    },
    work::{
        arrays::detail::{ArrayInDetail, detail, find},
        floor::Work,
        workflows::start::require_own_user,
    },
};

/// A draft, and the earlier array that it resembles.
#[derive(Clone, Debug)]
pub struct DraftRequest {
    pub draft: Draft,
    /// An array whose environment and secrets its tasks get, as far as they are kept.
    pub like: Option<String>,
}

/// The outcome of a draft.
#[derive(Clone, Debug)]
pub struct Drafted {
    pub report: DraftReport,
    /// The array that was submitted.
    pub array: Option<Labelled<ArrayInDetail>>,
    /// The number of the array whose environment the tasks get; `None`: they get that of the server.
    pub environment_of: Option<u32>,
}

/// The most texts of one field, and the most bytes of all texts.
const TEXTS_MAX: usize = 1000;
const BYTES_MAX: usize = 1 << 20;

/// Says what the submission of a draft would do. Nothing is recorded.
pub async fn preview_draft(work: &Work, caller: &Caller, request: DraftRequest) -> AppResult<Drafted> {
    read(work, caller, request, None).await
}

/// Submits a draft. Only the user of the Unix user who owns the home may: a process of that Unix user reads it.
pub async fn submit_draft(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    request: DraftRequest,
) -> AppResult<Drafted> {
    let key = key.unwrap_or_else(|| format!("draft {:032x}", u128::from_be_bytes(random())));
    read(work, caller, request, Some(key)).await
}

async fn read(work: &Work, caller: &Caller, request: DraftRequest, submit: Option<String>) -> AppResult<Drafted> {
    require_own_user(work, caller).await?;
    let DraftRequest { draft, like } = request;
    check_size(&draft)?;
    let like = match &like {
        Some(name) => Some(find(work, caller, name, Role::Viewer).await?),
        None => None,
    };
    let launch = match &like {
        Some(array) => work.ports.launches.get(&array.submitted.launch).await?,
        None => None,
    };
    let environment: Option<BTreeMap<String, String>> =
        launch.map(|launch| launch.environment.into_iter().chain(launch.secrets).collect());
    let environment_of = like.as_ref().filter(|_| environment.is_some()).map(|array| array.submitted.number);
    // A secret that is not kept any more must be in the environment of the server; otherwise the process refuses the draft.
    let secrets = like.map(|array| array.submitted.spec.secrets).unwrap_or_default();
    let task = DraftTask { draft, secrets, submit };
    let report = work.ports.step_processes.read_draft(&task, environment.as_ref()).await;
    let report = report.map_err(|error| AppError::Conflict(format!("the array could not be prepared: {error}")))?;
    let array = match &report.array {
        Some(name) => Some(detail(work, caller, name).await?),
        None => None,
    };
    Ok(Drafted { report, array, environment_of })
}

fn check_size(draft: &Draft) -> AppResult<()> {
    let Draft { command, folder, over, zip, inputs, outputs, resources, .. } = draft;
    let lists = [over, zip, inputs, outputs, resources];
    for list in lists {
        limits::count("texts of a field", list.len(), TEXTS_MAX)?;
    }
    let bytes = command.len() + folder.len() + lists.into_iter().flatten().map(String::len).sum::<usize>();
    limits::count("bytes of a draft", bytes, BYTES_MAX)?;
    Ok(())
}
