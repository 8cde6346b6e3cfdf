//! The runs on which a claim rests.

use hven_core::{
    RunId,
    claim::{Evidence, Stated},
};

use crate::{
    App, AppResult,
    ports::{
        claims::ClaimView,
        views::{RunName, RunView},
    },
};

/// The runs that would be judged now, one for each piece of evidence: the newest of the step that is done, or the run
/// that the claim names.
pub(crate) async fn newest_evidence(app: &App, stated: &Stated) -> AppResult<Vec<Option<RunView>>> {
    let mut newest = Vec::with_capacity(stated.evidence.len());
    for piece in &stated.evidence {
        newest.push(match piece {
            Evidence::Step(step) => app.ports.views.step_done(&stated.project, step).await?,
            Evidence::Run(run) => app.ports.views.runs_named(&RunName::Id(*run)).await?.pop(),
        });
    }
    Ok(newest)
}

/// The runs that the claim rests on: those that were judged, else those that would be.
pub(crate) async fn evidence_of(app: &App, claim: &ClaimView) -> AppResult<Vec<RunId>> {
    match &claim.judgement {
        Some(judgement) => Ok(judgement.judged.evidence.clone()),
        None => Ok(newest_evidence(app, &claim.stated).await?.into_iter().flatten().map(|run| run.id).collect()),
    }
}
