//! Finds a run by the id in a request, with everything that MLflow shows of it.

use hven_app::{App, AppError, Caller, find::run::run_for, metrics, ports::run::RunView};
use hven_core::{RunId, access::Role, params::Params};

use crate::{
    answer::{Answer, Fault},
    experiment_names::{self, Experiment},
    kept::{self, Collection},
    run_json::{ShownRun, experiment_of},
};

/// The id of a run in a request. Names by which people call runs mean nothing here.
pub(crate) fn parse_id(text: &str) -> Answer<RunId> {
    text.parse().map_err(|_| unknown(text))
}

pub(crate) fn unknown(id: &str) -> Fault {
    Fault::missing(format!("Run with id={id} not found"))
}

/// The run of the process that calls.
pub(crate) fn task_of(caller: &Caller) -> Option<String> {
    match caller {
        Caller::Tracker { attempt, .. } => Some(attempt.run.to_string()),
        _ => None,
    }
}

/// The run with an id. A deleted run is not found: it has no content, and MLflow has no word for this.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str, role: Role) -> Answer<RunView> {
    let run = parse_id(id)?;
    match run_for(app, caller, &run.to_string(), role).await {
        Err(AppError::NotFound { .. }) => Err(unknown(id)),
        Ok(run) if run.deleted.is_some() => Err(unknown(id)),
        other => Ok(other?),
    }
}

/// The document of a run.
pub(crate) async fn body(app: &App, caller: &Caller, run: RunId) -> Answer<Params> {
    let view = kept::one(app, caller, Collection::Run, &run.to_string()).await?;
    Ok(view.map(|view| view.kept.body).unwrap_or_default())
}

/// A run as MLflow shows it, with its experiment.
pub(crate) async fn shown(app: &App, caller: &Caller, id: &str) -> Answer<(ShownRun, Experiment)> {
    let view = find(app, caller, id, Role::Viewer).await?;
    let (summaries, _) = metrics::summaries(app, caller, &view.id.to_string()).await?;
    let body = body(app, caller, view.id).await?;
    let run = ShownRun::of_view(view, summaries, body);
    let experiments = experiment_names::all(app, caller).await?;
    let experiment = experiment_of(&run, &experiments).ok_or_else(|| unknown(id))?.clone();
    Ok((run, experiment))
}
