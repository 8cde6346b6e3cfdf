//! The claims of a repair: they are judged again after the runs below them were repeated.

use std::collections::BTreeSet;

use hven_core::{
    access::Role,
    claim::{Evidence, Stated},
};

use crate::{
    kernel::{
        ancestry,
        error::{AppError, AppResult},
        evidence,
    },
    knowledge::{
        judge,
        repair::{
            repair_plan::{RepairStep, StepProgress},
            steps::RepairContext,
        },
    },
    ports::claims::ClaimView,
};

impl RepairContext<'_> {
    /// The claims that are still suspect, and the claims that were already judged on repeated runs.
    pub(super) async fn claims(&self, suspect: Vec<ClaimView>) -> AppResult<Vec<RepairStep>> {
        let mut steps = Vec::new();
        let mut seen = BTreeSet::new();
        for claim in suspect {
            seen.insert(claim.stated.claim);
            steps.push(self.claim(claim).await?);
        }
        for by in self.replacements.runs.values() {
            for claim in self.knowledge.ports.views.claims_resting_on(by.id).await? {
                if self.caller.may(Role::Viewer, &claim.stated.project) && seen.insert(claim.stated.claim) {
                    steps.push(claim_step(claim, StepProgress::Done, None));
                }
            }
        }
        Ok(steps)
    }

    pub(super) async fn claim(&self, claim: ClaimView) -> AppResult<RepairStep> {
        // A step refers to its newest run. All runs of the step must be repeated before a claim is judged on it.
        let is_pending = |piece: &Evidence| match piece {
            Evidence::Step(step) => {
                let step = (claim.stated.project.clone(), step.to_string());
                self.replacements.steps_pending.contains(&step)
            }
            Evidence::Run(_) => false,
        };
        if claim.stated.evidence.iter().any(is_pending) {
            return Ok(claim_step(claim, StepProgress::Waiting, None));
        }
        let evidence = evidence::evidence_of(self.knowledge, &claim).await?;
        for run in &evidence {
            if !self.replacements.runs.contains_key(run) && !self.is_sound(*run).await? {
                return Ok(claim_step(claim, StepProgress::Waiting, None));
            }
        }
        if self.options.is_none() || self.is_stopping() {
            return Ok(claim_step(claim, StepProgress::Ready, None));
        }
        match self.judge(&claim.stated).await {
            Ok(judged) => Ok(claim_step(judged, StepProgress::Done, None)),
            Err(error @ AppError::Store(_)) => Err(error),
            Err(error) => Ok(claim_step(claim, StepProgress::Failed, Some(error.to_string()))),
        }
    }

    /// Judges a claim again. A claim that names the runs themselves gets a new statement with their replacements.
    pub(super) async fn judge(&self, stated: &Stated) -> AppResult<ClaimView> {
        self.caller.require(Role::Member, &stated.project)?;
        let exchanged = |piece: &Evidence| match piece {
            Evidence::Run(run) => Evidence::Run(self.replacements.runs.get(run).map_or(*run, |by| by.id)),
            Evidence::Step(step) => Evidence::Step(step.clone()),
        };
        let evidence: Vec<Evidence> = stated.evidence.iter().map(exchanged).collect();
        if evidence != stated.evidence {
            let restated = Stated { evidence, revision: stated.revision + 1, ..stated.clone() };
            self.knowledge.record(self.caller.actor(), None, vec![restated.into()]).await?;
        }
        let id = stated.claim.to_string();
        Ok(judge::judge(self.knowledge, self.caller, None, &id, None, None).await?.of.now.claim)
    }
}

fn claim_step(claim: ClaimView, progress: StepProgress, because: Option<String>) -> RepairStep {
    RepairStep {
        node: ancestry::LineageNode::Claim(Box::new(claim)),
        progress,
        wall_s: None,
        cpu_s: None,
        by: None,
        because,
    }
}
