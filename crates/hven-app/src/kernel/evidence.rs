//! The runs that a claim rests on.

use hven_core::{
    RunId,
    claim::{Evidence, Stated},
};

use crate::{
    kernel::{error::AppResult, floor::Kernel},
    ports::{
        claims::ClaimView,
        run::{RunName, RunView},
    },
};

/// The runs that would be judged now, one for each piece of evidence: the newest of the step that is done, or the run
/// that the claim names.
pub(crate) async fn newest_evidence(kernel: &Kernel, stated: &Stated) -> AppResult<Vec<Option<RunView>>> {
    let mut newest = Vec::with_capacity(stated.evidence.len());
    for piece in &stated.evidence {
        newest.push(match piece {
            Evidence::Step(step) => kernel.ports.views.step_done(&stated.project, step).await?,
            Evidence::Run(run) => kernel.ports.views.runs_named(&RunName::Id(*run)).await?.pop(),
        });
    }
    Ok(newest)
}

/// The runs that the claim rests on: those that were judged, else those that would be.
pub(crate) async fn evidence_of(kernel: &Kernel, claim: &ClaimView) -> AppResult<Vec<RunId>> {
    match &claim.judgement {
        Some(judgement) => Ok(judgement.judged.evidence.clone()),
        None => Ok(newest_evidence(kernel, &claim.stated).await?.into_iter().flatten().map(|run| run.id).collect()),
    }
}
