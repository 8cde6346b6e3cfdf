//! Answers about repairs, with the labels of all their nodes.

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    knowledge::repair::{
        find_steps,
        repair_detail::{self, RepairDetail, RepairSummary},
        repair_plan::{RepairPlan, RepairRequest},
        start::{self, RequestedRepair},
    },
    ports::page::{ListFilter, Page},
    publish::floor::Publish,
};

/// The answer to a request for a repair: the plan, and the repair if one was started.
#[derive(Clone, Debug)]
pub struct RequestedRepairAnswer {
    pub plan: RepairPlan,
    pub repair: Option<RepairSummary>,
}

impl NeedsLabels for RequestedRepairAnswer {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.plan.add_to(wanted);
        self.repair.add_to(wanted);
    }
}

impl NeedsLabels for RepairDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.shown.add_to(wanted);
        self.plan.add_to(wanted);
    }
}

impl NeedsLabels for RepairPlan {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.of.add_to(wanted);
        self.with.add_to(wanted);
        for step in &self.steps {
            step.node.add_to(wanted);
            step.by.add_to(wanted);
        }
    }
}

/// The steps of a repair, and their progress.
pub async fn plan(publish: &Publish, caller: &Caller, request: &RepairRequest) -> AppResult<Labelled<RepairPlan>> {
    label(publish, find_steps::plan(publish, caller, request).await?).await
}

/// Starts a repair, or finds the same open one, and takes the steps that are possible at once.
pub async fn start(
    publish: &Publish,
    caller: &Caller,
    request: &RepairRequest,
    again: bool,
) -> AppResult<Labelled<RequestedRepairAnswer>> {
    let RequestedRepair { plan, repair } = start::start(publish, caller, request, again).await?;
    let repair = match repair {
        Some(repair) => Some(repair_detail::show_one(publish, caller, repair).await?),
        None => None,
    };
    label(publish, RequestedRepairAnswer { plan, repair }).await
}

/// A page of repairs.
pub async fn list(
    publish: &Publish,
    caller: &Caller,
    filter: ListFilter,
    is_open: bool,
) -> AppResult<Labelled<Page<RepairSummary>>> {
    label(publish, repair_detail::list(publish, caller, filter, is_open).await?).await
}

/// One repair with its steps.
pub async fn detail(publish: &Publish, caller: &Caller, name: &str) -> AppResult<Labelled<RepairDetail>> {
    label(publish, repair_detail::detail(publish, caller, name).await?).await
}

/// Cancels a repair.
pub async fn cancel(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    name: &str,
) -> AppResult<Labelled<RepairSummary>> {
    let repair = start::cancel(publish, caller, key, name).await?;
    label(publish, repair_detail::show_one(publish, caller, repair).await?).await
}
