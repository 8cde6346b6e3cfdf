//! Claims, laws and lineage, inwards and outwards.

use hven_api::{claims as wire, laws as wire_laws, lineage as wire_lineage, metrics::MetricValue, runs::RunSummary};
use hven_app::{
    App, AppResult,
    ancestry::{self, Ancestry, Node},
    claims::{Detail, NewClaim, Standpoint},
    facts::Teller,
    laws,
    ports::{
        claims::{ClaimView, JudgementView},
        views::RunView,
    },
    soundness::of_one,
};
use hven_core::{
    claim::{Counted, Ledger},
    question::Question,
    run::Number,
};

use super::{actor, datasets, file, parsed, project, publications, reproductions, sentence, summary, text};
use crate::Server;

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
pub(crate) async fn standpoint(app: &App, teller: &mut Teller, at: &Standpoint) -> AppResult<wire::ClaimSummary> {
    let claim = claim(app, teller, &at.claim).await?;
    Ok(wire::ClaimSummary { standing: at.standing.as_str().to_owned(), ..claim })
}

/// A claim whose standing is only whether it was judged.
pub(crate) async fn claim(app: &App, teller: &mut Teller, view: &ClaimView) -> AppResult<wire::ClaimSummary> {
    let ClaimView { stated, judgement, .. } = view;
    Ok(wire::ClaimSummary {
        id: stated.claim.to_string(),
        project: stated.project.to_string(),
        name: stated.name.to_string(),
        statement: stated.statement.clone(),
        test: stated.test.clone(),
        evidence: stated.evidence.iter().map(ToString::to_string).collect(),
        revision: stated.revision,
        stated: text(view.time),
        stated_by: actor(teller.actor(app, view.by).await?),
        soundness: of_one(app, stated.claim).await?.as_str().to_owned(),
        standing: if judgement.is_some() { "judged" } else { "not_judged" }.to_owned(),
        verdict: judgement.as_ref().map(|judgement| judgement.judged.verdict.as_str().to_owned()),
        because: judgement.as_ref().map(|judgement| judgement.judged.because.clone()),
        judged: judgement.as_ref().map(|judgement| text(judgement.time)),
    })
}

pub(crate) async fn claim_detail(server: &Server, detail: &Detail) -> AppResult<wire::ClaimDetail> {
    let app = &server.app;
    let mut teller = Teller::default();
    let mut judgements = Vec::with_capacity(detail.judgements.len());
    for (judgement, runs) in &detail.judgements {
        judgements.push(wire_judgement(app, &mut teller, judgement, runs).await?);
    }
    Ok(wire::ClaimDetail {
        schema: "hven.claim/1".to_owned(),
        judgements,
        newest_evidence: summaries(app, &mut teller, &detail.now.newest).await?,
        suspicion: detail.stands.said.clone().map(sentence),
        origin: publications::origin(app, detail.now.claim.stated.claim).await?,
        made_again: detail.made_again.iter().map(|(run, view)| reproductions::made_again(run, view)).collect(),
        url: format!("{}/knowledge/{}", server.options.url, detail.now.claim.stated.claim),
        summary: standpoint(app, &mut teller, &detail.now).await?,
    })
}

async fn wire_judgement(
    app: &App,
    teller: &mut Teller,
    judgement: &JudgementView,
    runs: &[RunView],
) -> AppResult<wire::Judgement> {
    let judged = &judgement.judged;
    Ok(wire::Judgement {
        revision: judged.revision,
        verdict: judged.verdict.as_str().to_owned(),
        because_said: super::told(&judged.because),
        because: judged.because.clone(),
        test: judged.test.clone(),
        filled_in: judged.filled_in.clone(),
        evidence: summaries(app, teller, runs).await?,
        quantities: judged.quantities.iter().map(|(name, value)| (name.clone(), quantity(*value))).collect(),
        ledger: ledger(&judged.ledger),
        judged: text(judgement.time),
        judged_by: actor(teller.actor(app, judgement.by).await?),
    })
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

async fn summaries(app: &App, teller: &mut Teller, runs: &[RunView]) -> AppResult<Vec<RunSummary>> {
    let mut summaries = Vec::with_capacity(runs.len());
    for view in runs {
        summaries.push(run(app, teller, view).await?);
    }
    Ok(summaries)
}

fn quantity(number: Number) -> MetricValue {
    match super::number(number) {
        serde_json::Value::String(word) => MetricValue::Word(word),
        _ => MetricValue::Number(number.0),
    }
}

pub(crate) async fn run(app: &App, teller: &mut Teller, view: &RunView) -> AppResult<hven_api::runs::RunSummary> {
    let by = teller.actor(app, view.submitted_by).await?;
    let metrics = app.ports.series.summaries(view.last_attempt()).await?;
    Ok(summary(view, of_one(app, view.id).await?, &metrics, by, app.now()))
}

pub(crate) async fn law(app: &App, detail: laws::Detail) -> AppResult<wire_laws::LawDetail> {
    let mut teller = Teller::default();
    let chosen = detail.chosen().to_owned();
    let choice = match &detail.choice {
        Some(choice) => Some(wire_laws::LawChoice {
            candidate: choice.chosen.candidate.clone(),
            because: choice.chosen.because.clone(),
            by: actor(teller.actor(app, choice.by).await?),
            time: text(choice.time),
        }),
        None => None,
    };
    Ok(wire_laws::LawDetail {
        schema: "hven.law_page/1".to_owned(),
        run: run(app, &mut teller, &detail.run).await?,
        law: detail.law,
        plots: detail.plots.into_iter().map(|(name, spec)| wire_laws::LawPlot { name, spec }).collect(),
        chosen,
        choice,
        dataset: match &detail.dataset {
            Some(view) => Some(datasets::dataset(app, &mut teller, view).await?),
            None => None,
        },
    })
}

pub(crate) async fn lineage(app: &App, found: &Ancestry) -> AppResult<wire_lineage::Lineage> {
    let mut teller = Teller::default();
    Ok(wire_lineage::Lineage {
        schema: "hven.lineage/1".to_owned(),
        of: node(app, &mut teller, &found.of).await?,
        rests_on: steps(app, &mut teller, &found.rests_on).await?,
        supports: steps(app, &mut teller, &found.supports).await?,
        truncated: found.truncated,
    })
}

async fn steps(app: &App, teller: &mut Teller, steps: &[ancestry::Step]) -> AppResult<Vec<wire_lineage::Step>> {
    let mut out = Vec::with_capacity(steps.len());
    for step in steps {
        out.push(wire_lineage::Step {
            depth: step.depth,
            node: node(app, teller, &step.node).await?,
            through: step.through.as_ref().map(file),
        });
    }
    Ok(out)
}

pub(crate) async fn node(app: &App, teller: &mut Teller, node: &Node) -> AppResult<wire_lineage::Node> {
    let kind = match node {
        Node::Run(_) => "run",
        Node::Dataset(_) => "dataset",
        Node::Claim(_) => "claim",
        Node::Publication(_) => "publication",
        Node::Raw(_) => "file",
        Node::Code(_) => "code",
        Node::Hidden => "hidden",
    };
    let mut out = wire_lineage::Node {
        kind: kind.to_owned(),
        run: None,
        dataset: None,
        claim: None,
        publication: None,
        file: None,
        said: sentence(ancestry::said(node)),
    };
    match node {
        Node::Run(view) => out.run = Some(run(app, teller, view).await?),
        Node::Dataset(view) => out.dataset = Some(datasets::dataset(app, teller, view).await?),
        Node::Claim(view) => out.claim = Some(claim(app, teller, view).await?),
        Node::Publication(view) => {
            out.publication = Some(publications::summary(app, teller, view).await?);
        }
        Node::Raw(raw) => out.file = Some(file(raw)),
        Node::Code(_) | Node::Hidden => {}
    }
    Ok(out)
}
