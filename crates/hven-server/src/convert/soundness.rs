//! What still stands, outwards.

use hven_api::soundness as wire;
use hven_app::{
    ancestry,
    labelled::Labelled,
    repair::{Plan, Progress},
    soundness::{Detail, Told},
};

use super::{actor, lineage::node, runs, sentence, text};

pub(crate) fn detail(shown: Labelled<Detail>) -> wire::SoundnessDetail {
    let Labelled { of: detail, labels } = shown;
    let independences = detail.independences.into_iter().map(|said| wire::Independence {
        of: node(&said.of, &labels),
        on: node(&said.on, &labels),
        because: said.because,
        by: actor(said.by),
        time: text(said.time),
    });
    let overrides = detail.overrides.into_iter().map(|said| wire::Override {
        made: node(&said.made, &labels),
        because: said.because,
        by: actor(said.by),
        time: text(said.time),
    });
    wire::SoundnessDetail {
        schema: "hven.soundness/1".to_owned(),
        of: node(&detail.of, &labels),
        soundness: detail.stands.soundness.as_str().to_owned(),
        suspicion: detail.stands.said.map(sentence),
        way: detail.way.iter().map(|of| node(of, &labels)).collect(),
        retraction: detail.retraction.map(|(view, by)| wire::Retraction {
            because: view.because,
            by: actor(by),
            time: text(view.time),
        }),
        independences: independences.collect(),
        overrides: overrides.collect(),
    }
}

pub(crate) fn reach(shown: &Labelled<Told>) -> wire::Reach {
    let Labelled { of: told, labels } = shown;
    let items = told.items.iter().map(|item| wire::Reached {
        depth: item.depth,
        soundness: item.soundness.as_str().to_owned(),
        node: node(&item.node, labels),
        way: item.way.iter().map(|node| sentence(ancestry::said(node))).collect(),
    });
    let counted = &told.counted;
    wire::Reach {
        schema: "hven.reach/1".to_owned(),
        of: node(&told.of, labels),
        soundness: told.soundness.as_str().to_owned(),
        total: counted.total as u64,
        runs: counted.runs as u64,
        datasets: counted.datasets as u64,
        claims: counted.claims as u64,
        publications: counted.publications as u64,
        items: items.collect(),
        next: told.next.map(|next| next.to_string()),
    }
}

pub(crate) fn repair(shown: &Labelled<Plan>) -> wire::RepairPlan {
    let Labelled { of: plan, labels } = shown;
    let steps = plan.steps.iter().map(|step| wire::RepairStep {
        progress: step.progress.as_str().to_owned(),
        node: node(&step.node, labels),
        wall_s: step.wall_s,
        cpu_s: step.cpu_s,
        by: step.by.as_ref().map(|run| runs::summary(run, labels)),
        because: step.because.clone(),
    });
    let left = || plan.steps.iter().filter(|step| step.progress != Progress::Done);
    wire::RepairPlan {
        schema: "hven.repair/1".to_owned(),
        of: node(&plan.of, labels),
        with: plan.with.as_ref().map(|with| node(with, labels)),
        wall_s: left().filter_map(|step| step.wall_s).fold(0.0, |sum, wall_s| sum + wall_s),
        cpu_s: left().filter_map(|step| step.cpu_s).fold(0.0, |sum, cpu_s| sum + cpu_s),
        goes_on: plan.steps.iter().any(|step| matches!(step.progress, Progress::Ready | Progress::Running)),
        is_done: plan.steps.iter().all(|step| step.progress == Progress::Done),
        steps: steps.collect(),
    }
}
