//! Workflows: the list, one with its steps, starting one, cancelling one.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::{page::Page, workflows as wire};
use hven_app::{
    AppResult,
    labelled::{Labelled, Labels},
    ports::workflows::WorkflowView,
    workflows::{
        start::{self, NewWorkflow},
        workflow_detail::{self, StepDetail, WorkflowDetail},
    },
};
use hven_core::{
    project::ProjectPath,
    workflow::{CallerProcess, Options, State as WorkflowState, Step},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert::{actor, lineage::node, parsed, process::settings_in, recorded_sentence, text},
};

super::operations::operations![list, start, show, cancel];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkflowFilter {
    /// Only what belongs to this project or to those below it.
    project: Option<String>,
    /// Words that all occur in the name, the project or the folder.
    q: Option<String>,
    /// `running`: only those that go on.
    state: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The workflows, newest first.
#[utoipa::path(get, path = "/workflows", tag = "workflows", params(WorkflowFilter),
    responses((status = 200, body = Page<wire::WorkflowSummary>)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(WorkflowFilter { project, q, state, limit, cursor }): Query<WorkflowFilter>,
) -> Answer<Json<Page<wire::WorkflowSummary>>> {
    let filter = lists::Filter { project, q, limit, cursor }.read()?;
    let rows = workflow_detail::list(&server.app, &caller, filter, lists::is_running_only(state.as_deref())?).await?;
    Ok(Json(lists::page("hven.workflows/1", rows, summary)))
}

/// Starts the steps of a manifest. The server carries them out, one after the other, also when the caller is gone.
#[utoipa::path(post, path = "/workflows", tag = "workflows", request_body = wire::StartWorkflow,
    responses((status = 200, body = wire::WorkflowDetail)))]
pub(crate) async fn start(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::StartWorkflow>,
) -> Answer<Json<wire::WorkflowDetail>> {
    let started = start::start(&server.app, &caller, key, workflow_in(new)?).await?;
    Ok(Json(detail(&started)))
}

/// A workflow, named by its number or its id, with its steps.
#[utoipa::path(get, path = "/workflows/{workflow}", tag = "workflows", params(("workflow" = String, Path)),
    responses((status = 200, body = wire::WorkflowDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(workflow): Path<String>,
) -> Answer<Json<wire::WorkflowDetail>> {
    Ok(Json(detail(&workflow_detail::detail(&server.app, &caller, &workflow).await?)))
}

/// Cancels a workflow and the run for which it waits. The results of its steps stay.
#[utoipa::path(post, path = "/workflows/{workflow}/cancel", tag = "workflows", params(("workflow" = String, Path)),
    responses((status = 200, body = wire::WorkflowSummary)))]
pub(crate) async fn cancel(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(workflow): Path<String>,
    Key(key): Key,
) -> Answer<Json<wire::WorkflowSummary>> {
    let cancelled = start::cancel(&server.app, &caller, key, &workflow).await?;
    Ok(Json(summary(&cancelled.of, &cancelled.labels)))
}

/// The mask of a caller that names none.
const UMASK: u32 = 0o022;

fn workflow_in(new: wire::StartWorkflow) -> AppResult<NewWorkflow> {
    let step = |wire::NewStep { name, needs }| Step { name, needs };
    let tags = new.tags.iter().map(|tag| parsed(tag)).collect::<AppResult<_>>()?;
    Ok(NewWorkflow {
        project: new.project.as_deref().map_or_else(|| Ok(ProjectPath::home()), parsed)?,
        folder: new.folder,
        manifest: new.manifest,
        steps: new.steps.into_iter().map(step).collect(),
        options: Options {
            fresh: new.fresh,
            tags,
            despite_checks: new.despite_checks,
            despite_suspicion: new.despite_suspicion,
        },
        caller: CallerProcess {
            umask: new.umask.unwrap_or(UMASK),
            process: new.process.map(settings_in).transpose()?.unwrap_or_default(),
            prints_to: new.prints_to,
        },
        environment: new.environment,
    })
}

fn summary(workflow: &WorkflowView, labels: &Labels) -> wire::WorkflowSummary {
    let WorkflowView { started, time, by, closed, steps_ended, steps_not_well } = workflow;
    let because = closed.as_ref().and_then(|closed| closed.ended.as_ref()?.because.clone());
    wire::WorkflowSummary {
        id: started.workflow.to_string(),
        name: format!("workflow/{}", started.number),
        project: started.project.to_string(),
        folder: started.folder.clone(),
        manifest: started.manifest.to_string(),
        state: workflow.state().as_str().to_owned(),
        started_by: actor(labels.actor(*by)),
        started: text(*time),
        ended: closed.as_ref().map(|closed| text(closed.time)),
        ended_by: closed.as_ref().map(|closed| actor(labels.actor(closed.by))),
        steps: u32::try_from(started.steps.len()).unwrap_or(u32::MAX),
        steps_ended: *steps_ended,
        steps_not_well: *steps_not_well,
        because_said: because.as_deref().and_then(recorded_sentence),
        because,
    }
}

fn detail(shown: &Labelled<WorkflowDetail>) -> wire::WorkflowDetail {
    let Labelled { of: WorkflowDetail { workflow, steps }, labels } = shown;
    let is_open = workflow.state() == WorkflowState::Running;
    wire::WorkflowDetail {
        schema: "hven.workflow/1".to_owned(),
        workflow: summary(workflow, labels),
        steps: steps.iter().map(|shown| step(shown, is_open, labels)).collect(),
    }
}

fn step(shown: &StepDetail, is_open: bool, labels: &Labels) -> wire::WorkflowStep {
    let StepDetail { step, progress, is_carried_out, run, result } = shown;
    let ended = progress.result.as_ref();
    let state = match ended {
        Some(ended) => ended.end.as_str(),
        None if !is_open => "not_done",
        None if *is_carried_out => "preparing",
        None if progress.run.is_some() => "running",
        None => "waiting",
    };
    let put_back = ended.map(|ended| ended.put_back).unwrap_or_default();
    let error = ended.and_then(|ended| ended.error.clone());
    wire::WorkflowStep {
        name: step.name.clone(),
        needs: step.needs.clone(),
        state: state.to_owned(),
        run: run.as_ref().map(|run| node(run, labels)),
        result: result.as_ref().map(|result| node(result, labels)),
        because: progress.because.clone(),
        put_back: wire::PutBack { files: put_back.files, replaced: put_back.replaced, folders: put_back.folders },
        error: error.map(|error| wire::StepError { code: error.code, message: error.message, hint: error.hint }),
    }
}
