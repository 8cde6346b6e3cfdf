//! Turns the claims of an imported publication into facts of this home.

use std::collections::BTreeSet;

use hven_core::{
    RunId,
    access::Role,
    claim::{Evidence, Judged, Stated},
    name::Name,
    publication::{ImportedNode, description::Claim},
};

use crate::{
    kernel::error::{AppError, AppResult},
    knowledge::claim_test,
    publish::publications::import::import_plan::{ImportContext, ImportPlan, id_conflict},
};

impl<'a> ImportContext<'a> {
    pub(super) async fn claim(&self, claim: &Claim, plan: &mut ImportPlan<'a>) -> AppResult<()> {
        let project = self.place(&claim.project)?;
        let name: Name = claim.name.parse()?;
        let known = self.publish.ports.views.claim(claim.id).await?;
        if let Some(known) = &known
            && !self.caller.may(Role::Viewer, &known.stated.project)
        {
            return Err(id_conflict("a claim"));
        }
        let is_ours = known.is_some() && self.publish.ports.views.origin(claim.id.into()).await?.is_none();
        if is_ours {
            // A claim of this home cannot be changed by an import.
            return Ok(());
        }
        let namesakes = self.publish.ports.views.claims_named(&name).await?;
        if namesakes.iter().any(|other| other.stated.project == project && other.stated.claim != claim.id) {
            return Err(AppError::Conflict(format!(
                "another claim is called {name} in {project} already: bring it into another project with --project"
            )));
        }
        claim_test::check(&claim.test)?;
        let evidence = claim.evidence.split(", ").map(str::parse).collect::<Result<Vec<Evidence>, _>>()?;
        let project = known.as_ref().map_or(project, |known| known.stated.project.clone());
        let stated = Stated {
            claim: claim.id,
            project: project.clone(),
            name,
            statement: claim.statement.clone(),
            test: claim.test.clone(),
            grammar: claim.grammar,
            evidence,
            revision: claim.revision,
        };
        if known.as_ref().is_none_or(|known| known.stated.revision < stated.revision) {
            self.add_project(&project, plan).await?;
            plan.facts.push(stated.into());
        }
        if known.is_none() {
            plan.nodes.push(ImportedNode { node: claim.id.into(), name: claim.name.clone() });
        }
        self.judgements(claim, plan).await
    }

    /// The verdicts that are not here yet and whose evidence is here.
    pub(super) async fn judgements(&self, claim: &Claim, plan: &mut ImportPlan<'a>) -> AppResult<()> {
        let there = self.publish.ports.views.judgements(claim.id).await?;
        let here: BTreeSet<RunId> = self.publication.runs.iter().map(|run| run.id).collect();
        for judgement in &claim.judgements {
            let is_known = there.iter().any(|known| {
                let known = &known.judged;
                known.revision == claim.revision
                    && known.evidence == judgement.evidence
                    && known.filled_in == judgement.filled_in
            });
            if is_known || !judgement.evidence.iter().all(|run| here.contains(run)) {
                continue;
            }
            plan.facts.push(
                Judged {
                    claim: claim.id,
                    revision: claim.revision,
                    verdict: judgement.verdict,
                    because: judgement.because.clone(),
                    test: claim.test.clone(),
                    filled_in: judgement.filled_in.clone(),
                    evidence: judgement.evidence.clone(),
                    quantities: judgement.quantities.clone(),
                    ledger: judgement.ledger.clone(),
                }
                .into(),
            );
        }
        Ok(())
    }
}
