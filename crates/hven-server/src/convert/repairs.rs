//! Converts repairs to wire types.

use hven_api::{repair_summary, repairs as wire, soundness};
use hven_app::{
    labelled::{Labelled, Labels},
    repair::{RepairDetail, RepairPlan, RepairSummary, StepProgress},
    repair_answers::RequestedRepairAnswer,
};

use super::{actor, lineage::node, recorded_sentence, runs, text};

pub(crate) fn summary(shown: &RepairSummary, labels: &Labels) -> repair_summary::RepairSummary {
    let RepairSummary { repair, of, with } = shown;
    let ended = repair.closed.as_ref().and_then(|closed| closed.ended.as_ref());
    let because = ended.and_then(|ended| ended.because.clone());
    repair_summary::RepairSummary {
        id: repair.begun.repair.to_string(),
        name: format!("repair/{}", repair.begun.number),
        project: repair.begun.project.to_string(),
        of: node(of, labels),
        with: with.as_ref().map(|with| node(with, labels)),
        state: repair.state().as_str().to_owned(),
        begun_by: actor(labels.actor(repair.by)),
        begun: text(repair.time),
        ended: repair.closed.as_ref().map(|closed| text(closed.time)),
        ended_by: repair.closed.as_ref().map(|closed| actor(labels.actor(closed.by))),
        steps: ended.map(|ended| ended.steps),
        done: ended.map(|ended| ended.done),
        because_said: because.as_deref().and_then(recorded_sentence),
        because,
    }
}

pub(crate) fn detail(shown: &Labelled<RepairDetail>) -> wire::RepairDetail {
    let Labelled { of: detail, labels } = shown;
    wire::RepairDetail {
        schema: "hven.repair_detail/1".to_owned(),
        repair: summary(&detail.shown, labels),
        plan: detail.plan.as_ref().map(|plan| steps(plan, labels)),
    }
}

pub(crate) fn plan(shown: &Labelled<RepairPlan>) -> soundness::RepairPlan {
    steps(&shown.of, &shown.labels)
}

/// The plan of a requested repair, with the repair itself if there is one.
pub(crate) fn requested(shown: &Labelled<RequestedRepairAnswer>) -> soundness::RepairPlan {
    let Labelled { of: RequestedRepairAnswer { plan, repair }, labels } = shown;
    soundness::RepairPlan { repair: repair.as_ref().map(|repair| summary(repair, labels)), ..steps(plan, labels) }
}

fn steps(plan: &RepairPlan, labels: &Labels) -> soundness::RepairPlan {
    let steps = plan.steps.iter().map(|step| soundness::RepairStep {
        progress: step.progress.as_str().to_owned(),
        node: node(&step.node, labels),
        wall_s: step.wall_s,
        cpu_s: step.cpu_s,
        by: step.by.as_ref().map(|run| runs::summary(run, labels)),
        because: step.because.clone(),
    });
    let left = || plan.steps.iter().filter(|step| step.progress != StepProgress::Done);
    soundness::RepairPlan {
        schema: "hven.repair/1".to_owned(),
        of: node(&plan.of, labels),
        with: plan.with.as_ref().map(|with| node(with, labels)),
        wall_s: left().filter_map(|step| step.wall_s).fold(0.0, |sum, wall_s| sum + wall_s),
        cpu_s: left().filter_map(|step| step.cpu_s).fold(0.0, |sum, cpu_s| sum + cpu_s),
        goes_on: plan.can_proceed(),
        is_done: plan.is_done(),
        steps: steps.collect(),
        repair: None,
    }
}
