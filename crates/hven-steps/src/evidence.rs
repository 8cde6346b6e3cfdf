//! `[claim.NAME]`: stated as the manifest says, and judged when that has not been done on the newest evidence.

use hven_api::claims::{ClaimDetail, StateClaim};
use hven_core::manifest::StepId;
use hven_terminal::{StepState, ledger};

use crate::{
    hands::Hands,
    study::{Study, Went, missing},
};

pub fn work<H: Hands>(study: &Study<'_, H>, name: &str) -> anyhow::Result<Went> {
    let stated = study.client.state_claim(&submission(study, name)?)?;
    if stated.standing == "judged" && stated.soundness == "sound" && !study.wanted.fresh {
        return Ok(told(&study.client.claim(&stated.id, None)?, true));
    }
    Ok(told(&study.client.judge_claim(&stated.id, None, study.wanted.despite_suspicion.as_deref())?, false))
}

pub fn look<H: Hands>(study: &Study<'_, H>, name: &str) -> anyhow::Result<Went> {
    let wanted = submission(study, name)?;
    let Ok(claim) = study.client.claim(name, study.project.as_deref()) else {
        return Ok(Went::new(StepState::WouldRun, "it was never stated"));
    };
    let now = &claim.summary;
    if (&now.statement, &now.test, &now.evidence) != (&wanted.statement, &wanted.test, &wanted.evidence) {
        return Ok(Went::new(StepState::WouldRun, "it is stated again"));
    }
    Ok(match now.standing.as_str() {
        "judged" if now.soundness != "sound" => {
            let why = claim.suspicion.as_ref().map_or_else(|| now.soundness.clone(), |said| said.text.clone());
            Went::new(StepState::WouldRun, why)
        }
        "judged" => told(&claim, true),
        "newer_run" => Went::new(StepState::WouldRun, "a newer run of its evidence is there"),
        _ => Went::new(StepState::WouldRun, "it was never judged"),
    })
}

fn submission<H: Hands>(study: &Study<'_, H>, name: &str) -> anyhow::Result<StateClaim> {
    let claim = study.manifest.claim(name).ok_or_else(|| missing(&StepId::Claim(name.to_owned())))?;
    Ok(StateClaim {
        project: study.project.clone(),
        name: name.to_owned(),
        statement: claim.statement.trim().to_owned(),
        test: claim.test.value.source().trim().to_owned(),
        evidence: claim.evidence.iter().map(|piece| format!("run.{}", piece.value)).collect(),
    })
}

fn told(claim: &ClaimDetail, up_to_date: bool) -> Went {
    let state = match claim.summary.verdict.as_deref() {
        Some("holds") if up_to_date => StepState::StillHolds,
        Some("holds") => StepState::Holds,
        Some("fails") => StepState::Fails,
        _ => StepState::CannotTell,
    };
    let text = claim.judgements.first().map_or_else(String::new, |judgement| {
        let filled_in = if state == StepState::CannotTell { &judgement.because } else { &judgement.filled_in };
        format!("{filled_in}   ({})", ledger(judgement))
    });
    Went { page: Some(claim.url.clone()), ..Went::new(state, text) }
}
