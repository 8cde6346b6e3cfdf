//! Converts claims and laws between the wire and the domain.

use hven_api::{claims as wire, laws as wire_laws, metrics::MetricValue, runs::RunSummary};
use hven_app::{
    AppResult,
    claims::{ClaimDetail, ClaimRow, ClaimStanding, CurrentClaim, NewClaim},
    labelled::{Labelled, Labels},
    laws,
    ports::{
        claims::{ClaimView, JudgementView},
        views::RunView,
    },
};
use hven_core::{
    claim::{Counted, Ledger},
    question::Question,
    run::Number,
};

use super::{
    actor, datasets, metrics::number as number_out, origins, parsed, project, reproductions, runs, sentence, text,
};

pub(crate) fn claim_in(new: wire::StateClaim) -> AppResult<NewClaim> {
    Ok(NewClaim {
        project: project(new.project.as_deref())?,
        name: parsed(&new.name)?,
        statement: new.statement,
        test: new.test,
        evidence: new.evidence,
    })
}

/// A claim as a list shows it.
pub(crate) fn row(row: &ClaimRow, labels: &Labels) -> wire::ClaimSummary {
    with_standing(&row.claim, row.standing, labels)
}

/// A claim whose evidence was examined, as a list shows it.
pub(crate) fn standpoint(at: &CurrentClaim, labels: &Labels) -> wire::ClaimSummary {
    with_standing(&at.claim, at.standing, labels)
}

fn with_standing(view: &ClaimView, standing: ClaimStanding, labels: &Labels) -> wire::ClaimSummary {
    wire::ClaimSummary { standing: standing.as_str().to_owned(), ..claim(view, labels) }
}

/// A claim with the standing `judged` or `not_judged` only.
pub(crate) fn claim(view: &ClaimView, labels: &Labels) -> wire::ClaimSummary {
    let ClaimView { stated, judgement, .. } = view;
    wire::ClaimSummary {
        id: stated.claim.to_string(),
        project: stated.project.to_string(),
        name: stated.name.to_string(),
        statement: stated.statement.clone(),
        test: stated.test.clone(),
        evidence: stated.evidence.iter().map(ToString::to_string).collect(),
        revision: stated.revision,
        stated: text(view.time),
        stated_by: actor(labels.actor(view.by)),
        soundness: labels.soundness(stated.claim).as_str().to_owned(),
        standing: if judgement.is_some() { "judged" } else { "not_judged" }.to_owned(),
        verdict: judgement.as_ref().map(|judgement| judgement.judged.verdict.as_str().to_owned()),
        because: judgement.as_ref().map(|judgement| judgement.judged.because.clone()),
        judged: judgement.as_ref().map(|judgement| text(judgement.time)),
    }
}

/// All details of a claim. `server_url` is the address of the pages.
pub(crate) fn detail(shown: &Labelled<ClaimDetail>, server_url: &str) -> wire::ClaimDetail {
    let Labelled { of: detail, labels } = shown;
    let judgements = detail.judgements.iter().map(|(judgement, runs)| wire_judgement(judgement, runs, labels));
    wire::ClaimDetail {
        schema: "hven.claim/1".to_owned(),
        judgements: judgements.collect(),
        newest_evidence: summaries(&detail.now.newest, labels),
        suspicion: detail.stands.said.clone().map(sentence),
        origin: detail.origin.as_ref().map(|origin| origins::origin(origin, labels)),
        made_again: detail.made_again.iter().map(|(run, view)| reproductions::made_again(run, view)).collect(),
        url: format!("{server_url}/knowledge/{}", detail.now.claim.stated.claim),
        summary: standpoint(&detail.now, labels),
    }
}

fn wire_judgement(judgement: &JudgementView, runs: &[RunView], labels: &Labels) -> wire::Judgement {
    let judged = &judgement.judged;
    wire::Judgement {
        revision: judged.revision,
        verdict: judged.verdict.as_str().to_owned(),
        because_said: super::recorded_sentence(&judged.because),
        because: judged.because.clone(),
        test: judged.test.clone(),
        filled_in: judged.filled_in.clone(),
        evidence: summaries(runs, labels),
        quantities: judged.quantities.iter().map(|(name, value)| (name.clone(), quantity(*value))).collect(),
        ledger: ledger(&judged.ledger),
        judged: text(judgement.time),
        judged_by: actor(labels.actor(judgement.by)),
    }
}

fn ledger(ledger: &Ledger) -> wire::Ledger {
    wire::Ledger {
        runs: ledger.runs,
        designs: ledger.designs,
        hold_out_reads: ledger.hold_out_reads,
        counted: ledger.counted.as_str().to_owned(),
        questions: ledger.questions.iter().map(question).collect(),
        is_newest: ledger.is_newest,
        hold_outs: ledger.hold_outs,
        said: ledger.to_string(),
        rule: (ledger.counted == Counted::ByQuestion).then(|| Ledger::RULE.to_owned()),
    }
}

fn question(question: &Question) -> wire::Question {
    let (kind, name, of) = match question {
        Question::Recipe { name, of } => ("recipe", name, of.clone()),
        Question::Script { path } => ("script", path, None),
        Question::Module { name } => ("module", name, None),
        Question::Program { name } => ("program", name, None),
    };
    wire::Question { kind: kind.to_owned(), name: name.clone(), of }
}

fn summaries(views: &[RunView], labels: &Labels) -> Vec<RunSummary> {
    views.iter().map(|view| runs::summary(view, labels)).collect()
}

fn quantity(number: Number) -> MetricValue {
    match number_out(number) {
        serde_json::Value::String(word) => MetricValue::Word(word),
        _ => MetricValue::Number(number.0),
    }
}

/// The result of a run of the recipe `law`.
pub(crate) fn law(shown: Labelled<laws::LawDetail>) -> wire_laws::LawDetail {
    let Labelled { of: detail, labels } = shown;
    let chosen = detail.chosen().to_owned();
    let choice = detail.choice.as_ref().map(|choice| wire_laws::LawChoice {
        candidate: choice.chosen.candidate.clone(),
        because: choice.chosen.because.clone(),
        by: actor(labels.actor(choice.by)),
        time: text(choice.time),
    });
    wire_laws::LawDetail {
        schema: "hven.law_page/1".to_owned(),
        run: runs::summary(&detail.run, &labels),
        dataset: detail.dataset.as_ref().map(|view| datasets::dataset(view, &labels)),
        law: detail.law,
        plots: detail.plots.into_iter().map(|(name, spec)| wire_laws::LawPlot { name, spec }).collect(),
        chosen,
        choice,
    }
}
