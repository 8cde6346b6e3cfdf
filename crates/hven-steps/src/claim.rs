//! `[claim.NAME]`: states the claim of the manifest, and judges it unless it was judged on the newest evidence.

use hven_api::claims::{ClaimDetail, StateClaim};
use hven_client::Failure;
use hven_core::{
    manifest::StepId,
    workflow::{StepEnd, StepReport, StepResult},
};
use hven_terminal::ledger;

use crate::{
    context::{StepContext, missing},
    host::StepHost,
    step_forecast::StepForecast,
};

/// States the claim, and judges it unless it was judged on the same evidence.
pub fn carry_out<H: StepHost>(context: &StepContext<'_, H>, name: &str) -> anyhow::Result<StepReport> {
    let stated = context.client.state_claim(&submission(context, name)?)?;
    let is_judged = stated.standing == "judged" && stated.soundness == "sound" && !context.options.fresh;
    let claim = if is_judged {
        context.client.claim(&stated.id, None)?
    } else {
        context.client.judge_claim(&stated.id, None, context.options.despite_suspicion.as_deref())?
    };
    let end = verdict_end(&claim, is_judged);
    let id = claim.summary.id.parse();
    let id = id.map_err(|_| Failure::new("internal", format!("the server named a claim {:?}", claim.summary.id)))?;
    Ok(StepReport::Ended(StepResult { end, claim: Some(id), ..StepResult::default() }))
}

/// Predicts the result of the step.
pub fn predict<H: StepHost>(context: &StepContext<'_, H>, name: &str) -> anyhow::Result<StepForecast> {
    let wanted = submission(context, name)?;
    let Ok(claim) = context.client.claim(name, context.project.as_deref()) else {
        return Ok(StepForecast::would_run("it was never stated"));
    };
    let now = &claim.summary;
    if (&now.statement, &now.test, &now.evidence) != (&wanted.statement, &wanted.test, &wanted.evidence) {
        return Ok(StepForecast::would_run("it is stated again"));
    }
    Ok(match now.standing.as_str() {
        "judged" if now.soundness != "sound" => {
            let why =
                claim.suspicion.as_ref().map_or_else(|| now.soundness.clone(), |suspicion| suspicion.text.clone());
            StepForecast::would_run(why)
        }
        "judged" => {
            let (state, text) = (verdict_end(&claim, true).into(), verdict_text(&claim));
            StepForecast { page: Some(claim.url), ..StepForecast::new(state, text) }
        }
        "newer_run" => StepForecast::would_run("a newer run of its evidence is there"),
        _ => StepForecast::would_run("it was never judged"),
    })
}

fn submission<H: StepHost>(context: &StepContext<'_, H>, name: &str) -> anyhow::Result<StateClaim> {
    let claim = context.manifest.claim(name).ok_or_else(|| missing(&StepId::Claim(name.to_owned())))?;
    Ok(StateClaim {
        project: context.project.clone(),
        name: name.to_owned(),
        statement: claim.statement.trim().to_owned(),
        test: claim.test.value.source().trim().to_owned(),
        evidence: claim.evidence.iter().map(|piece| format!("run.{}", piece.value)).collect(),
    })
}

fn verdict_end(claim: &ClaimDetail, was_judged_before: bool) -> StepEnd {
    match claim.summary.verdict.as_deref() {
        Some("holds") if was_judged_before => StepEnd::StillHolds,
        Some("holds") => StepEnd::Holds,
        Some("fails") => StepEnd::Fails,
        _ => StepEnd::CannotTell,
    }
}

/// The test with its values, and the number of tries.
pub fn verdict_text(claim: &ClaimDetail) -> String {
    let cannot_tell = verdict_end(claim, false) == StepEnd::CannotTell;
    claim.judgements.first().map_or_else(String::new, |judgement| {
        let filled_in = if cannot_tell { &judgement.because } else { &judgement.filled_in };
        format!("{filled_in}   ({})", ledger(judgement))
    })
}
