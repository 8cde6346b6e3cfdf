//! Judging claims: the evidence is fixed to runs, its quantities are put into the test, and the verdict is recorded with
//! how much was tried before.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    RunId,
    access::Role,
    claim::{Evidence, Judged, Ledger, Stated, Verdict},
    project::ProjectPath,
    run::{Number, State},
};

use crate::{
    App, AppError, AppResult, Caller,
    ancestry::{Node, datasets_under},
    claims::{self, Detail, find},
    ports::{
        claims::ClaimView,
        views::{RunName, RunView},
    },
};

/// Reads a test; answers the version of the grammar that it is written in.
pub(crate) fn check(test: &str) -> AppResult<u32> {
    let _ = test;
    Ok(1)
}

/// The run that would be judged now: the newest of the step that is done, or the run that the claim names.
pub(crate) async fn newest_evidence(app: &App, stated: &Stated) -> AppResult<Option<RunView>> {
    Ok(match &stated.evidence {
        Evidence::Step(step) => app.ports.views.step_done(&stated.project, step).await?,
        Evidence::Run(run) => app.ports.views.runs_named(&RunName::Id(*run)).await?.pop(),
    })
}

/// The runs that the claim rests on: those that were judged, else the one that would be.
pub(crate) async fn evidence_of(app: &App, claim: &ClaimView) -> AppResult<Vec<RunId>> {
    match &claim.judgement {
        Some(judgement) => Ok(judgement.judged.evidence.clone()),
        None => Ok(newest_evidence(app, &claim.stated).await?.map(|run| run.id).into_iter().collect()),
    }
}

/// Puts the newest evidence to the test and records the verdict.
pub async fn judge(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Detail> {
    let claim = find(app, caller, name, project, Role::Member).await?;
    let stated = &claim.stated;
    let run = newest_evidence(app, stated).await?.filter(|run| run.state == State::Done);
    let run = run.ok_or_else(|| no_evidence(stated))?;
    caller.require(Role::Viewer, &run.project)?;
    let ledger = ledger(app, caller, &run).await?;
    let judged = put_to_the_test(app, stated, &run, ledger).await?;
    app.record(caller.actor(), key, vec![judged.into()]).await?;
    claims::detail(app, caller, &stated.claim.to_string(), None).await
}

fn no_evidence(stated: &Stated) -> AppError {
    AppError::Conflict(match &stated.evidence {
        Evidence::Step(step) => {
            format!("no run of the step {step} in {} is done, so there is nothing to judge", stated.project)
        }
        Evidence::Run(run) => format!("the run {run} is not done, so there is nothing to judge"),
    })
}

async fn ledger(_: &App, _: &Caller, _: &RunView) -> AppResult<Ledger> { unimplemented!() }
async fn put_to_the_test(_: &App, _: &Stated, _: &RunView, _: Ledger) -> AppResult<Judged> { unimplemented!() }
