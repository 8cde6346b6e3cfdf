//! The runs that are the evidence of claims.

use std::collections::{HashMap, HashSet};

use hven_core::{
    RunId,
    claim::{Evidence, Stated},
    name::Name,
    project::ProjectPath,
};

use crate::{
    kernel::{error::AppResult, floor::Kernel},
    ports::{
        claims::ClaimView,
        run::{NamedRun, RunView},
    },
};

/// The runs on which each claim would be judged now, one for each piece of evidence: the newest finished run of the
/// step, or the run that the claim names. A thousand claims take as many look-ups as one.
pub(crate) async fn newest_named(kernel: &Kernel, stated: &[&Stated]) -> AppResult<Vec<Vec<Option<NamedRun>>>> {
    let (mut steps, mut runs) = (HashSet::new(), HashSet::new());
    for claim in stated {
        for piece in &claim.evidence {
            match piece {
                Evidence::Step(step) => drop(steps.insert((claim.project.clone(), step.clone()))),
                Evidence::Run(run) => drop(runs.insert(*run)),
            }
        }
    }
    let (steps, runs): (Vec<_>, Vec<_>) = (steps.into_iter().collect(), runs.into_iter().collect());
    let done = if steps.is_empty() { Vec::new() } else { kernel.ports.views.steps_done(&steps).await? };
    let named = if runs.is_empty() { Vec::new() } else { kernel.ports.views.run_names(&runs).await? };
    let done: HashMap<(&ProjectPath, &Name), &NamedRun> =
        done.iter().map(|done| ((&done.run.project, &done.step), &done.run)).collect();
    let named: HashMap<RunId, &NamedRun> = named.iter().map(|run| (run.id, run)).collect();
    let newest = |claim: &&Stated| {
        let of = |piece: &Evidence| match piece {
            Evidence::Step(step) => done.get(&(&claim.project, step)).map(|run| (*run).clone()),
            Evidence::Run(run) => named.get(run).map(|run| (*run).clone()),
        };
        claim.evidence.iter().map(of).collect()
    };
    Ok(stated.iter().map(newest).collect())
}

/// The same for one claim, with the full views of the runs.
pub(crate) async fn newest_evidence(kernel: &Kernel, stated: &Stated) -> AppResult<Vec<Option<RunView>>> {
    let named = newest_named(kernel, &[stated]).await?.pop().unwrap_or_default();
    let runs: Vec<RunId> = named.iter().flatten().map(|run| run.id).collect();
    let runs = kernel.ports.views.runs_by_id(&runs).await?.into_iter().map(|run| (run.id, run));
    let runs: HashMap<RunId, RunView> = runs.collect();
    Ok(named.into_iter().map(|run| runs.get(&run?.id).cloned()).collect())
}

/// The evidence of each claim: the runs on which it was judged, otherwise the runs on which it would be judged.
pub(crate) async fn evidence_of_each(kernel: &Kernel, claims: &[&ClaimView]) -> AppResult<Vec<Vec<RunId>>> {
    let open: Vec<&Stated> =
        claims.iter().filter(|claim| claim.judgement.is_none()).map(|claim| &claim.stated).collect();
    let mut newest = newest_named(kernel, &open).await?.into_iter();
    let of = |claim: &&ClaimView| match &claim.judgement {
        Some(judgement) => judgement.judged.evidence.clone(),
        None => newest.next().unwrap_or_default().into_iter().flatten().map(|run| run.id).collect(),
    };
    Ok(claims.iter().map(of).collect())
}

/// The runs that are the evidence of one claim.
pub(crate) async fn evidence_of(kernel: &Kernel, claim: &ClaimView) -> AppResult<Vec<RunId>> {
    Ok(evidence_of_each(kernel, &[claim]).await?.pop().unwrap_or_default())
}
