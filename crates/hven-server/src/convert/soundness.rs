//! What still stands, outwards.

use hven_api::{runs::RunSummary, soundness as wire};
use hven_app::{
    App, AppResult, ancestry,
    facts::Teller,
    ports::views::RunRow,
    repair::{Plan, Progress},
    soundness::{Detail, Told},
};
use hven_core::soundness::Node;

use super::{actor, claims, sentence, text};

/// Runs as a list shows them.
pub(crate) async fn rows(app: &App, rows: &[RunRow]) -> AppResult<Vec<RunSummary>> {
    let nodes: Vec<Node> = rows.iter().map(|row| row.id.into()).collect();
    let stands = hven_app::soundness::of(app, &nodes).await?;
    let mut teller = Teller::default();
    let mut items = Vec::with_capacity(rows.len());
    for (row, stands) in rows.iter().zip(stands) {
        let by = teller.actor(app, row.submitted_by).await?;
        items.push(super::row(row, stands, by, app.now()));
    }
    Ok(items)
}

pub(crate) async fn detail(app: &App, detail: Detail) -> AppResult<wire::SoundnessDetail> {
    let mut teller = Teller::default();
    let mut way = Vec::with_capacity(detail.way.len());
    for node in &detail.way {
        way.push(claims::node(app, &mut teller, node).await?);
    }
    let mut independences = Vec::with_capacity(detail.independences.len());
    for said in detail.independences {
        independences.push(wire::Independence {
            of: claims::node(app, &mut teller, &said.of).await?,
            on: claims::node(app, &mut teller, &said.on).await?,
            because: said.because,
            by: actor(said.by),
            time: text(said.time),
        });
    }
    let mut overrides = Vec::with_capacity(detail.overrides.len());
    for said in detail.overrides {
        overrides.push(wire::Override {
            made: claims::node(app, &mut teller, &said.made).await?,
            because: said.because,
            by: actor(said.by),
            time: text(said.time),
        });
    }
    Ok(wire::SoundnessDetail {
        schema: "hven.soundness/1".to_owned(),
        of: claims::node(app, &mut teller, &detail.of).await?,
        soundness: detail.stands.soundness.as_str().to_owned(),
        suspicion: detail.stands.said.map(sentence),
        way,
        retraction: detail.retraction.map(|(view, by)| wire::Retraction {
            because: view.because,
            by: actor(by),
            time: text(view.time),
        }),
        independences,
        overrides,
    })
}

pub(crate) async fn reach(app: &App, told: Told) -> AppResult<wire::Reach> {
    let mut teller = Teller::default();
    let mut items = Vec::with_capacity(told.items.len());
    for item in &told.items {
        items.push(wire::Reached {
            depth: item.depth,
            soundness: item.soundness.as_str().to_owned(),
            node: claims::node(app, &mut teller, &item.node).await?,
            way: item.way.iter().map(|node| sentence(ancestry::said(node))).collect(),
        });
    }
    let counted = &told.counted;
    Ok(wire::Reach {
        schema: "hven.reach/1".to_owned(),
        of: claims::node(app, &mut teller, &told.of).await?,
        soundness: told.soundness.as_str().to_owned(),
        total: counted.total as u64,
        runs: counted.runs as u64,
        datasets: counted.datasets as u64,
        claims: counted.claims as u64,
        publications: counted.publications as u64,
        items,
        next: told.next.map(|next| next.to_string()),
    })
}

pub(crate) async fn repair(app: &App, plan: Plan) -> AppResult<wire::RepairPlan> {
    let mut teller = Teller::default();
    let mut steps = Vec::with_capacity(plan.steps.len());
    let (mut wall_s, mut cpu_s) = (0.0, 0.0);
    for step in &plan.steps {
        if step.progress != Progress::Done {
            wall_s += step.wall_s.unwrap_or(0.0);
            cpu_s += step.cpu_s.unwrap_or(0.0);
        }
        steps.push(wire::RepairStep {
            progress: step.progress.as_str().to_owned(),
            node: claims::node(app, &mut teller, &step.node).await?,
            wall_s: step.wall_s,
            cpu_s: step.cpu_s,
            by: match &step.by {
                Some(run) => Some(claims::run(app, &mut teller, run).await?),
                None => None,
            },
            because: step.because.clone(),
        });
    }
    let with = match &plan.with {
        Some(with) => Some(claims::node(app, &mut teller, with).await?),
        None => None,
    };
    Ok(wire::RepairPlan {
        schema: "hven.repair/1".to_owned(),
        of: claims::node(app, &mut teller, &plan.of).await?,
        with,
        wall_s,
        cpu_s,
        goes_on: plan.steps.iter().any(|step| matches!(step.progress, Progress::Ready | Progress::Running)),
        is_done: plan.steps.iter().all(|step| step.progress == Progress::Done),
        steps,
    })
}
