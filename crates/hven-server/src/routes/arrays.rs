//! Arrays: the list, one with its tasks, submitting one, cancelling one, running tasks again.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::{arrays as wire, page::Page};
use hven_app::{
    AppError, AppResult,
    arrays::{
        change::{self, Again},
        detail::{self, TaskFilter},
        draft, failures, gather as gathering, points, preview as previewing, submit,
    },
    ports::arrays::TaskState,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert::{arrays as convert, parsed},
};

super::operations::operations![
    list,
    submit_array,
    preview,
    preview_draft,
    submit_draft,
    show,
    tasks,
    task,
    grid,
    group_failures,
    metric_points,
    cancel,
    hold,
    retry,
    gather
];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArrayFilter {
    /// Only what belongs to this project or to those below it.
    project: Option<String>,
    /// Words that all occur in the name, the command or the project.
    q: Option<String>,
    /// `running`: only those that go on.
    state: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The arrays, newest first.
#[utoipa::path(get, path = "/arrays", tag = "arrays", params(ArrayFilter),
    responses((status = 200, body = Page<wire::ArraySummary>)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(ArrayFilter { project, q, state, limit, cursor }): Query<ArrayFilter>,
) -> Answer<Json<Page<wire::ArraySummary>>> {
    let filter = lists::Filter { project, q, limit, cursor }.read()?;
    let rows = detail::list(&server.app, &caller, filter, lists::is_running_only(state.as_deref())?).await?;
    Ok(Json(lists::page("hven.arrays/1", rows, convert::summary)))
}

/// Submits an array: one command, run once for each combination of values.
#[utoipa::path(post, path = "/arrays", tag = "arrays", request_body = wire::SubmitArray,
    responses((status = 200, body = wire::ArrayDetail)))]
pub(crate) async fn submit_array(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(wanted): Body<wire::SubmitArray>,
) -> Answer<Json<wire::ArrayDetail>> {
    let submitted = submit::submit(&server.app, &caller, key, convert::request_in(wanted)?).await?;
    Ok(Json(convert::detail(&submitted.of, &submitted.labels)))
}

/// Answers what the submission of an array would do, and how long it takes, without submitting.
#[utoipa::path(post, path = "/arrays/preview", tag = "arrays", request_body = wire::SubmitArray,
    responses((status = 200, body = wire::ArrayPreview)))]
pub(crate) async fn preview(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(wanted): Body<wire::SubmitArray>,
) -> Answer<Json<wire::ArrayPreview>> {
    let found = previewing::preview(&server.app, &caller, convert::request_in(wanted)?).await?;
    Ok(Json(convert::preview(found)))
}

/// Reads an array in the texts that a person writes, and answers what its submission would do. Nothing is recorded.
#[utoipa::path(post, path = "/arrays/draft/preview", tag = "arrays", request_body = wire::ArrayDraft,
    responses((status = 200, body = wire::ArrayDraftAnswer)))]
pub(crate) async fn preview_draft(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(wanted): Body<wire::ArrayDraft>,
) -> Answer<Json<wire::ArrayDraftAnswer>> {
    let drafted = draft::preview_draft(&server.app, &caller, convert::draft_in(wanted)).await?;
    Ok(Json(convert::drafted(drafted)?))
}

/// Submits an array in the texts that a person writes. Code and inputs are recorded in its folder.
#[utoipa::path(post, path = "/arrays/draft", tag = "arrays", request_body = wire::ArrayDraft,
    responses((status = 200, body = wire::ArrayDraftAnswer)))]
pub(crate) async fn submit_draft(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(wanted): Body<wire::ArrayDraft>,
) -> Answer<Json<wire::ArrayDraftAnswer>> {
    let drafted = draft::submit_draft(&server.app, &caller, key, convert::draft_in(wanted)).await?;
    Ok(Json(convert::drafted(drafted)?))
}

/// An array, named by its number or its id.
#[utoipa::path(get, path = "/arrays/{array}", tag = "arrays", params(("array" = String, Path)),
    responses((status = 200, body = wire::ArrayDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
) -> Answer<Json<wire::ArrayDetail>> {
    let shown = detail::detail(&server.app, &caller, &array).await?;
    Ok(Json(convert::detail(&shown.of, &shown.labels)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArrayTaskFilter {
    /// `queued`, `waiting`, `running`, `done`, `failed` or `cancelled`.
    state: Option<String>,
    /// The number of the first task.
    from: Option<u64>,
    limit: Option<usize>,
    /// The end of the page before.
    cursor: Option<String>,
}

/// Tasks of an array with their values and runs, in the order of their numbers.
#[utoipa::path(get, path = "/arrays/{array}/tasks", tag = "arrays", params(("array" = String, Path), ArrayTaskFilter),
    responses((status = 200, body = Page<wire::ArrayTask>)))]
pub(crate) async fn tasks(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
    Query(ArrayTaskFilter { state, from, limit, cursor }): Query<ArrayTaskFilter>,
) -> Answer<Json<Page<wire::ArrayTask>>> {
    let cursor = cursor.map(|cursor| cursor.parse::<u64>().map_err(|_| invalid("cursor", &cursor))).transpose()?;
    let filter = TaskFilter {
        state: state.as_deref().map(task_state).transpose()?,
        from: cursor.or(from),
        limit: Some(lists::limit(limit)?),
    };
    let rows = detail::tasks(&server.app, &caller, &array, filter).await?;
    Ok(Json(lists::page("hven.array_tasks/1", rows, convert::task)))
}

/// One task of an array.
#[utoipa::path(get, path = "/arrays/{array}/tasks/{task}", tag = "arrays",
    params(("array" = String, Path), ("task" = u64, Path)), responses((status = 200, body = wire::ArrayTask)))]
pub(crate) async fn task(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path((array, task)): Path<(String, String)>,
) -> Answer<Json<wire::ArrayTask>> {
    let number = task.parse::<u64>().map_err(|_| AppError::NotFound { noun: "task", name: task })?;
    let shown = detail::task(&server.app, &caller, &array, number).await?;
    Ok(Json(convert::task(&shown.of, &shown.labels)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GridSize {
    /// How many cells the answer has at most: 1000 by default, 10,000 at most.
    cells: Option<u64>,
}

const CELLS: u64 = 1000;

/// The states of all tasks of an array, several tasks to a cell when there are many.
#[utoipa::path(get, path = "/arrays/{array}/grid", tag = "arrays", params(("array" = String, Path), GridSize),
    responses((status = 200, body = wire::ArrayGrid)))]
pub(crate) async fn grid(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
    Query(GridSize { cells }): Query<GridSize>,
) -> Answer<Json<wire::ArrayGrid>> {
    let (per_cell, grid) = detail::grid(&server.app, &caller, &array, cells.unwrap_or(CELLS)).await?;
    Ok(Json(convert::grid(per_cell, &grid)))
}

/// The failed tasks of an array, grouped by how they ended and by what they said last.
#[utoipa::path(get, path = "/arrays/{array}/failures", tag = "arrays", params(("array" = String, Path)),
    responses((status = 200, body = wire::ArrayFailures)))]
pub(crate) async fn group_failures(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
) -> Answer<Json<wire::ArrayFailures>> {
    Ok(Json(convert::failures(failures::failures(&server.app, &caller, &array).await?)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfMetric {
    /// The metric; the first one by name when none is given.
    metric: Option<String>,
}

/// The last value of a metric for each task that succeeded.
#[utoipa::path(get, path = "/arrays/{array}/points", tag = "arrays", params(("array" = String, Path), OfMetric),
    responses((status = 200, body = wire::ArrayPoints)))]
pub(crate) async fn metric_points(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
    Query(OfMetric { metric }): Query<OfMetric>,
) -> Answer<Json<wire::ArrayPoints>> {
    Ok(Json(convert::points(points::points(&server.app, &caller, &array, metric.as_deref()).await?)))
}

/// Cancels an array, or some of its tasks. Tasks that have ended stay as they are.
#[utoipa::path(post, path = "/arrays/{array}/cancel", tag = "arrays", params(("array" = String, Path)),
    request_body = wire::CancelArray, responses((status = 200, body = wire::CancelledArray)))]
pub(crate) async fn cancel(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
    Key(key): Key,
    Body(wire::CancelArray { tasks }): Body<wire::CancelArray>,
) -> Answer<Json<wire::CancelledArray>> {
    let tasks = tasks.as_deref().map(parsed).transpose()?;
    let cancelled = change::cancel(&server.app, &caller, key, &array, tasks).await?;
    Ok(Json(convert::cancelled(&cancelled.of, &cancelled.labels)))
}

/// Holds an array or releases it. Tasks that have started, or that their runner has already, go on.
#[utoipa::path(post, path = "/arrays/{array}/hold", tag = "arrays", params(("array" = String, Path)),
    request_body = wire::HoldArray, responses((status = 200, body = wire::ArrayDetail)))]
pub(crate) async fn hold(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
    Key(key): Key,
    Body(wire::HoldArray { held }): Body<wire::HoldArray>,
) -> Answer<Json<wire::ArrayDetail>> {
    let changed = change::hold(&server.app, &caller, key, &array, held).await?;
    Ok(Json(convert::detail(&changed.of, &changed.labels)))
}

/// Has tasks of an array run again that did not succeed.
#[utoipa::path(post, path = "/arrays/{array}/retry", tag = "arrays", params(("array" = String, Path)),
    request_body = wire::RetryArray, responses((status = 200, body = wire::ArrayDetail)))]
pub(crate) async fn retry(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
    Key(key): Key,
    Body(wire::RetryArray { tasks, cancelled }): Body<wire::RetryArray>,
) -> Answer<Json<wire::ArrayDetail>> {
    let again = match tasks {
        Some(tasks) => Again::Tasks(parsed(&tasks)?),
        None if cancelled => Again::Unsuccessful,
        None => Again::Failed,
    };
    let retried = change::retry(&server.app, &caller, key, &array, again).await?;
    Ok(Json(convert::detail(&retried.of, &retried.labels)))
}

/// Gathers the results of an array again, or as another dataset, when it has ended. No task runs again.
#[utoipa::path(post, path = "/arrays/{array}/gather", tag = "arrays", params(("array" = String, Path)),
    request_body = wire::GatherArray, responses((status = 200, body = wire::ArrayDetail)))]
pub(crate) async fn gather(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(array): Path<String>,
    Key(key): Key,
    Body(wire::GatherArray { dataset, units }): Body<wire::GatherArray>,
) -> Answer<Json<wire::ArrayDetail>> {
    let dataset = dataset.as_deref().map(parsed).transpose()?;
    let gathered = gathering::gather_again(&server.app, &caller, key, &array, dataset, units).await?;
    Ok(Json(convert::detail(&gathered.of, &gathered.labels)))
}

fn task_state(text: &str) -> AppResult<TaskState> {
    TaskState::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| invalid("state", text))
}

fn invalid(what: &str, text: &str) -> AppError {
    AppError::Invalid { what: format!("{what}={text}"), why: "is not one that this list knows".to_owned() }
}
