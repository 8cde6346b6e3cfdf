//! Runs that are there: looking, cancelling, noting parameters and software.

use std::collections::BTreeMap;

use hven_core::{
    access::Role,
    capture::Note,
    project::ProjectPath,
    run::{CancelRequested, ParamsLogged, Software, SoftwareCaptured, State},
    sentence::Sentence,
    stream::check_key,
};
use serde_json::Value;

use crate::{
    App, AppError, AppResult, Caller,
    access::run_for,
    explain,
    ports::{
        engine::{Event, Standing},
        reproductions::ReproductionView,
        views::{AttemptView, Page, RunOrder, RunQuery, RunRow, RunView},
    },
    soundness::{self, Stands},
    submit::mask,
};

/// Everything about one run.
#[derive(Clone, Debug)]
pub struct Detail {
    pub run: RunView,
    pub attempts: Vec<AttemptView>,
    pub standing: Option<Standing>,
    pub metrics: Vec<hven_core::run::MetricSummary>,
    /// Why it waits.
    pub waiting: Option<Sentence>,
    pub stands: Stands,
    /// The newest verdict on making it again.
    pub made_again: Option<ReproductionView>,
    /// What was left out when its code and inputs were taken down.
    pub capture_notes: Vec<Note>,
}

pub async fn detail(app: &App, caller: &Caller, name: &str) -> AppResult<Detail> {
    let run = run_for(app, caller, name, Role::Viewer).await?;
    let attempts = app.ports.views.attempts(run.id).await?;
    let standing = app.schedule.standing(run.id, app.now());
    let metrics = app.ports.series.summaries(run.id).await?;
    let waiting = match &standing {
        Some(Standing::Waiting(waiting)) => Some(explain::waiting(waiting)),
        _ => None,
    };
    let stands = match caller {
        // A process of a run sees itself, and nothing of what it rests on.
        Caller::Attempt { .. } => Stands::default(),
        _ => soundness::stands(app, caller, run.id.into()).await?,
    };
    let made_again = app.ports.views.reproductions(run.id, 1).await?.pop();
    let capture_notes = app.ports.views.capture_notes(run.id).await?;
    Ok(Detail { run, attempts, standing, metrics, waiting, stands, made_again, capture_notes })
}

/// Which runs a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub project: Option<ProjectPath>,
    pub states: Vec<State>,
    pub words: Vec<String>,
    pub order: RunOrder,
    pub cursor: Option<String>,
    pub limit: usize,
}

pub async fn list(app: &App, caller: &Caller, filter: Filter) -> AppResult<Page<RunRow>> {
    caller.require_user()?;
    let Filter { project, states, words, order, cursor, limit } = filter;
    let query = RunQuery { scopes: caller.scopes(), project, states, words, order, cursor, limit };
    Ok(app.ports.views.runs(&query).await?)
}

pub async fn counts(app: &App, caller: &Caller) -> AppResult<BTreeMap<State, u64>> {
    caller.require_user()?;
    Ok(app.ports.views.run_counts(&caller.scopes()).await?)
}

/// Asks for the end of a run. Asking twice is fine; a run that has ended stays as it is.
pub async fn cancel(app: &App, caller: &Caller, name: &str, key: Option<String>) -> AppResult<RunView> {
    let run = run_for(app, caller, name, Role::Member).await?;
    if run.state.is_final() {
        return Err(AppError::Conflict(format!("run {} has ended already: {}", run.handle, run.state.as_str())));
    }
    if run.state != State::Stopping {
        app.record(caller.actor(), key, vec![CancelRequested { run: run.id }.into()]).await?;
    }
    app.schedule.tell_durably(Event::CancelRequested { run: run.id }, app.now()).await;
    run_for(app, caller, &run.id.to_string(), Role::Viewer).await
}

const PARAMS_MAX: usize = 1000;
const PARAM_BYTES_MAX: usize = 8 * 1024;

/// Notes parameters. A process may do so for its own run.
pub async fn log_params(
    app: &App,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    params: BTreeMap<String, Value>,
) -> AppResult<()> {
    let role = Role::Member;
    let run = run_for(app, caller, name, role).await?;
    if params.len() > PARAMS_MAX {
        return Err(AppError::invalid("parameters", "are more than 1,000 at once"));
    }
    for (name, value) in &params {
        check_key(name)?;
        if value.to_string().len() > PARAM_BYTES_MAX {
            return Err(AppError::invalid(format!("the parameter {name}"), "is larger than 8 KiB: make it an output"));
        }
    }
    let params = mask(params, &app.schedule.secrets(run.id));
    if !params.is_empty() {
        app.record(caller.actor(), key, vec![ParamsLogged { run: run.id, params }.into()]).await?;
    }
    Ok(())
}

const PACKAGES_MAX: usize = 10_000;

/// Notes the interpreter and packages, found while the run went on.
pub async fn set_software(app: &App, caller: &Caller, name: &str, software: Software) -> AppResult<()> {
    let run = run_for(app, caller, name, Role::Member).await?;
    if software.packages.len() > PACKAGES_MAX {
        return Err(AppError::invalid("packages", "are more than 10,000"));
    }
    if run.software.as_ref() != Some(&software) {
        app.record(caller.actor(), None, vec![SoftwareCaptured { run: run.id, software }.into()]).await?;
    }
    Ok(())
}
