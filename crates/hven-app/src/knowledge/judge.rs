//! Judges claims: the evidence is fixed to runs, the test is evaluated with their quantities, and the verdict is
//! recorded with the number of earlier tries.

use std::collections::BTreeSet;

use hven_core::{
    access::Role,
    claim::{Counted, Evidence, Judged, Ledger, Stated},
    project::ProjectPath,
    question::Question,
    run::State,
};

use crate::{
    kernel::{
        ancestry::{self, datasets_under},
        callers::Caller,
        error::{AppError, AppResult},
        evidence::newest_evidence,
        find::claim::find,
        labelled::Labelled,
        soundness,
    },
    knowledge::{
        claim_test::evaluate,
        claims::{self, ClaimDetail},
        floor::Knowledge,
        quantities::names_of,
    },
    ports::run::RunView,
};

/// Evaluates the test with the newest evidence, and records the verdict.
pub async fn judge(
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    project: Option<&ProjectPath>,
    despite_suspicion: Option<&str>,
) -> AppResult<Labelled<ClaimDetail>> {
    let claim = find(knowledge, caller, name, project, Role::Member).await?;
    let stated = &claim.stated;
    let mut runs = Vec::with_capacity(stated.evidence.len());
    for (piece, newest) in stated.evidence.iter().zip(newest_evidence(knowledge, stated).await?) {
        let run = newest.filter(|run| run.state == State::Done).ok_or_else(|| no_evidence(stated, piece))?;
        caller.require(Role::Viewer, &run.project)?;
        runs.push(run);
    }
    let evidence: Vec<_> = runs.iter().map(|run| run.id.into()).collect();
    let overridden = soundness::require(knowledge, caller, &evidence, despite_suspicion).await?;
    let names = names_of(knowledge, &runs).await?;
    let outcome = evaluate(&stated.test, &names);
    let judged = Judged {
        claim: stated.claim,
        revision: stated.revision,
        verdict: outcome.verdict,
        because: outcome.because,
        test: stated.test.clone(),
        filled_in: outcome.filled_in,
        evidence: runs.iter().map(|run| run.id).collect(),
        quantities: outcome.quantities,
        ledger: ledger(knowledge, caller, runs).await?,
    };
    let mut facts = vec![judged.into()];
    facts.extend(soundness::override_facts(&overridden, stated.claim.into(), despite_suspicion));
    knowledge.record(caller.actor(), key, facts).await?;
    claims::detail(knowledge, caller, &stated.claim.to_string(), None).await
}

fn no_evidence(stated: &Stated, missing: &Evidence) -> AppError {
    AppError::Conflict(match missing {
        Evidence::Step(step) => {
            format!("no run of the step {step} in {} is done, so there is nothing to judge", stated.project)
        }
        Evidence::Run(run) => format!("the run {run} is not done, so there is nothing to judge"),
    })
}

/// The earlier tries: runs that asked the same questions, and reads of the held-out data under the evidence.
async fn ledger(knowledge: &Knowledge, caller: &Caller, evidence: Vec<RunView>) -> AppResult<Ledger> {
    let mut ledger = Ledger { counted: Counted::ByQuestion, is_newest: true, hold_outs: Some(0), ..Ledger::default() };
    let mut asked = BTreeSet::new();
    let mut datasets = BTreeSet::new();
    for run in evidence {
        match question_here(&run) {
            Some(question) => {
                let tries = knowledge.ports.views.tries(&run.project, &question).await?;
                ledger.is_newest &= tries.newest == Some(run.id);
                if asked.insert((run.project.clone(), question.clone())) {
                    ledger.runs += tries.ended;
                    ledger.questions.push(question);
                }
            }
            None => ledger.counted = Counted::NotKnown,
        }
        let under = datasets_under(knowledge, caller, &ancestry::LineageNode::Run(Box::new(run))).await?;
        datasets.extend(under.into_iter().map(|dataset| dataset.version.dataset));
    }
    for dataset in datasets {
        ledger.hold_out_reads += knowledge.ports.views.hold_out_read_count(dataset).await?;
        let splits = knowledge.ports.views.splits(dataset).await?;
        let holds_out = splits.iter().flat_map(|split| &split.parts).any(|part| part.hold_out);
        ledger.hold_outs = ledger.hold_outs.map(|count| count + u64::from(holds_out));
    }
    Ok(ledger)
}

/// The question of a run that was tried in this home. The other tries of an imported run are not known here.
fn question_here(run: &RunView) -> Option<Question> {
    run.spec().filter(|_| run.attempts > 0).and_then(Question::of)
}
