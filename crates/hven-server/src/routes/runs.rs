//! Routes for runs.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hven_api::{
    compared_runs::{RunList, columns_in},
    runs as wire,
};
use hven_app::{
    AppError, AppResult, delete_runs,
    explain::{self as explaining, Explained},
    lineage_answers, lookup,
    ports::views::RunOrder,
    run_search::search::{self, RowMetrics, RunSearch},
    runs,
    submit::{self, answer::submit_labelled},
};
use hven_core::run::State as RunState;
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![
    list,
    count_tasks,
    submit,
    submit_batch,
    look_up,
    show,
    cancel,
    set_software,
    log_params,
    why,
    explain,
    delete,
    delete_one
];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only runs of this project and of those below it.
    project: Option<String>,
    /// States, separated by commas.
    state: Option<String>,
    /// Also runs that Hven started for its own checks: reproductions and comparisons.
    #[serde(default)]
    all_kinds: bool,
    /// Also runs that are tasks of arrays.
    #[serde(default)]
    with_tasks: bool,
    /// Tags, separated by commas: a run must have all of them.
    tag: Option<String>,
    /// `without` archived runs (the default), `with` them, or `only` them.
    archived: Option<String>,
    /// Words that all occur in the handle, name, command or project.
    q: Option<String>,
    /// A condition that must hold, as an expression over metrics, parameters and fields of runs:
    /// `loss < 0.1 and params.lr > 1e-4 and state == 'done'`.
    r#where: Option<String>,
    /// `newest` (the default), `oldest`, `longest`, or a quantity: `loss` lists the lowest first, `-loss` the highest.
    sort: Option<String>,
    /// Names or expressions, separated by commas: the answer has their values for each run.
    columns: Option<String>,
    /// Names of metrics, separated by commas: each run has these instead of the eight that were logged last. In a name, `%2C`
    /// is a comma and `%25` a percent sign. `*`: all metrics.
    metrics: Option<String>,
    /// Names of tags with values, separated in the same way: each run has these of them.
    named_tags: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The names in a list, in which a name has `%2C` for a comma and `%25` for a percent sign.
fn names_in(list: &str) -> impl Iterator<Item = String> {
    let names = list.split(',').filter(|name| !name.is_empty());
    names.map(|name| name.replace("%2C", ",").replace("%25", "%"))
}

impl Filter {
    fn into_domain(self) -> AppResult<(runs::RunFilter, RunSearch)> {
        let unknown = |what: String, why: &str| AppError::Invalid { what, why: why.to_owned() };
        // An empty state or tag is refused as not valid. Otherwise it would ask for all runs.
        let states = self.state.as_deref().into_iter().flat_map(|states| states.split(','));
        let states = states.map(|state| {
            let known = RunState::parse(state);
            known.ok_or_else(|| unknown(format!("the state {state:?}"), "is not a state of runs"))
        });
        let (order, sort) = match self.sort.as_deref() {
            None | Some("newest") => (RunOrder::NewestFirst, None),
            Some("oldest") => (RunOrder::OldestFirst, None),
            Some("longest") => (RunOrder::LongestFirst, None),
            Some(quantity) => (RunOrder::NewestFirst, Some(quantity.to_owned())),
        };
        let tags = self.tag.as_deref().into_iter().flat_map(|tags| tags.split(','));
        let filter = runs::RunFilter {
            project: self.project.as_deref().map(convert::parsed).transpose()?,
            states: states.collect::<AppResult<_>>()?,
            all_kinds: self.all_kinds,
            with_tasks: self.with_tasks,
            tags: convert::labels::tags_in(tags)?,
            archived: convert::labels::archived_in(self.archived.as_deref())?,
            words: lists::words(self.q.as_deref()),
            order,
            cursor: self.cursor,
            limit: lists::limit(self.limit)?,
        };
        let columns = self.columns.as_deref().map(columns_in).unwrap_or_default();
        let metrics = self.metrics.map(|names| match names.as_str() {
            "*" => RowMetrics::All,
            names => RowMetrics::Named(names_in(names).collect()),
        });
        let tags = self.named_tags.iter().flat_map(|names| names_in(names)).collect();
        Ok((filter, RunSearch { condition: self.r#where, sort, columns, metrics, tags }))
    }
}

#[utoipa::path(get, path = "/runs", tag = "runs", params(Filter),
    responses((status = 200, body = RunList)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(filter): Query<Filter>,
) -> Answer<Json<RunList>> {
    let (filter, wanted) = filter.into_domain()?;
    let found = search::labelled(&server.app, &caller, filter, wanted).await?;
    Ok(Json(convert::compared_runs::list(found)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TaskFilter {
    /// Only tasks of this project and of those below it.
    project: Option<String>,
    /// States of runs, separated by commas.
    state: Option<String>,
    /// Tags, separated by commas: a run must have all of them.
    tag: Option<String>,
    /// `without` archived runs (the default), `with` them, or `only` them.
    archived: Option<String>,
    /// Words that all occur in the handle, name, command or project.
    q: Option<String>,
    /// The whole name of the run.
    name: Option<String>,
    /// Submitted at this time or later (RFC 3339).
    since: Option<String>,
    /// Only those of the caller.
    #[serde(default)]
    own: bool,
}

/// Counts the tasks of arrays that meet the conditions of a list of runs. Lists leave tasks out.
#[utoipa::path(get, path = "/tasks", tag = "arrays", params(TaskFilter),
    responses((status = 200, body = wire::CountedTasks)))]
pub(crate) async fn count_tasks(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(TaskFilter { project, state, tag, archived, q, name, since, own }): Query<TaskFilter>,
) -> Answer<Json<wire::CountedTasks>> {
    let filter = Filter {
        project,
        state,
        all_kinds: false,
        with_tasks: true,
        tag,
        archived,
        q,
        r#where: None,
        sort: None,
        columns: None,
        metrics: None,
        named_tags: None,
        limit: None,
        cursor: None,
    };
    let since = since.as_deref().map(convert::parsed).transpose()?;
    let more = runs::TaskFilter { name, since, is_own: own };
    let counts = runs::task_counts(&server.app, &caller, filter.into_domain()?.0, more).await?;
    Ok(Json(convert::runs::counted_tasks(&counts)))
}

/// Submits a run. Answers at once: with the new run, or with an earlier run that did the same work.
#[utoipa::path(post, path = "/runs", tag = "runs", request_body = wire::SubmitRun,
    responses((status = 201, body = wire::RunCreated), (status = 200, body = wire::RunCreated)))]
pub(crate) async fn submit(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::SubmitRun>,
) -> Answer<(StatusCode, Json<wire::RunCreated>)> {
    let submitted = submit_labelled(&server.app, &caller, key, convert::submissions::submit(new)?).await?;
    let status = if submitted.of.up_to_date { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(convert::runs::submitted(submitted))))
}

/// Answers what a submission would do, and why, without submitting.
#[utoipa::path(post, path = "/runs/lookup", tag = "runs", request_body = wire::SubmitRun,
    responses((status = 200, body = wire::LookedUp)))]
pub(crate) async fn look_up(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<wire::SubmitRun>,
) -> Answer<Json<wire::LookedUp>> {
    let looked = lookup::look_up(&server.app, &caller, convert::submissions::submit(new)?).await?;
    Ok(Json(convert::runs::looked_up(looked)))
}

/// Submits many runs that differ only in their arguments.
#[utoipa::path(post, path = "/runs/batch", tag = "runs", request_body = wire::SubmitBatch,
    responses((status = 201, body = wire::BatchCreated)))]
pub(crate) async fn submit_batch(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(batch): Body<wire::SubmitBatch>,
) -> Answer<(StatusCode, Json<wire::BatchCreated>)> {
    let template = convert::submissions::submit(batch.template)?;
    let runs = batch.runs.into_iter().map(|item| (item.argv, item.name)).collect();
    let created = submit::submit_batch(&server.app, &caller, key, template, runs).await?;
    let runs = created.into_iter().map(|(id, handle)| wire::RunName { id: id.to_string(), handle: handle.to_string() });
    let created = wire::BatchCreated { schema: "hven.batch/1".to_owned(), runs: runs.collect() };
    Ok((StatusCode::CREATED, Json(created)))
}

#[utoipa::path(get, path = "/runs/{run}", tag = "runs", params(("run" = String, Path)),
    responses((status = 200, body = wire::RunDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::RunDetail>> {
    let detail = runs::labelled_detail(&server.app, &caller, &run).await?;
    let url = format!("{}/r/{}", server.options.url, detail.of.run.handle);
    Ok(Json(convert::runs::detail(&detail, url)))
}

#[utoipa::path(post, path = "/runs/{run}/cancel", tag = "runs", params(("run" = String, Path)),
    responses((status = 202, body = wire::RunSummary)))]
pub(crate) async fn cancel(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
) -> Answer<(StatusCode, Json<wire::RunSummary>)> {
    let cancelled = runs::cancel(&server.app, &caller, &run, key).await?;
    Ok((StatusCode::ACCEPTED, Json(convert::runs::summary(&cancelled.of.run, &cancelled.labels))))
}

/// Records the interpreter and the packages of a run.
#[utoipa::path(put, path = "/runs/{run}/software", tag = "runs", params(("run" = String, Path)),
    request_body = wire::Software, responses((status = 204)))]
pub(crate) async fn set_software(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Body(software): Body<wire::Software>,
) -> Answer<StatusCode> {
    runs::set_software(&server.app, &caller, &run, convert::code::software_in(software)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Records parameters of a run. A parameter that is added to an ended run is kept separately: it is not part of what the
/// run noted, and pages show who added it and when.
#[utoipa::path(post, path = "/runs/{run}/params", tag = "runs", params(("run" = String, Path)),
    request_body = wire::LogParams,
    responses((status = 204), (status = 200, body = wire::ParamsLogged, description = "the run had ended")))]
pub(crate) async fn log_params(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
    Body(log): Body<wire::LogParams>,
) -> Answer<Response> {
    let added_later = runs::log_params(&server.app, &caller, &run, key, log.params).await?;
    Ok(if added_later {
        Json(wire::ParamsLogged { added_later }).into_response()
    } else {
        StatusCode::NO_CONTENT.into_response()
    })
}

/// The ancestors of a run down to raw bytes, and its descendants.
#[utoipa::path(get, path = "/runs/{run}/why", tag = "runs", params(("run" = String, Path)),
    responses((status = 200, body = wire::Why)))]
pub(crate) async fn why(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::Why>> {
    Ok(Json(convert::lineage::why(&lineage_answers::why(&server.app, &caller, &run).await?)))
}

/// Explains why a run waits, why it was placed on its runner, and why it ended.
#[utoipa::path(get, path = "/runs/{run}/explain", tag = "runs", params(("run" = String, Path)),
    responses((status = 200, body = wire::Explanation)))]
pub(crate) async fn explain(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::Explanation>> {
    let Explained { run, lines, expected } = explaining::explain(&server.app, &caller, &run).await?;
    let lines = lines
        .into_iter()
        .map(|line| wire::ExplanationLine { about: line.about.to_owned(), said: convert::sentence(line.said) });
    Ok(Json(wire::Explanation {
        schema: "hven.explain/1".to_owned(),
        run: convert::run_name(&run),
        state: run.state.as_str().to_owned(),
        lines: lines.collect(),
        starts: expected.starts.as_ref().map(convert::time_left),
        takes: expected.takes.as_ref().map(convert::time_left),
        ends: expected.ends.as_ref().map(convert::time_left),
    }))
}

/// Deletes runs that have ended: their content is erased. The record keeps the user, the time and the reason.
#[utoipa::path(post, path = "/runs/delete", tag = "runs", request_body = wire::DeleteRuns,
    responses((status = 200, body = wire::DeletedRuns)))]
pub(crate) async fn delete(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(wanted): Body<wire::DeleteRuns>,
) -> Answer<Json<wire::DeletedRuns>> {
    let wire::DeleteRuns { runs, because, dry_run } = wanted;
    let deletion = delete_runs::delete(&server.app, &caller, &runs, &because, dry_run).await?;
    Ok(Json(convert::runs::deletion(deletion, dry_run)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Deletion {
    /// The reason, which is kept forever. A dry run needs none.
    #[serde(default)]
    because: String,
    /// Only answer what would be erased.
    #[serde(default)]
    dry_run: bool,
}

/// Deletes a run that has ended.
#[utoipa::path(delete, path = "/runs/{run}", tag = "runs", params(("run" = String, Path), Deletion),
    responses((status = 200, body = wire::DeletedRuns)))]
pub(crate) async fn delete_one(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(Deletion { because, dry_run }): Query<Deletion>,
) -> Answer<Json<wire::DeletedRuns>> {
    let deletion = delete_runs::delete(&server.app, &caller, &[run], &because, dry_run).await?;
    Ok(Json(convert::runs::deletion(deletion, dry_run)))
}
