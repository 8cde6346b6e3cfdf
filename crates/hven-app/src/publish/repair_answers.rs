//! Answers about repairs, with the labels of all nodes that they show.

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        labelled::{Labelled, NeedsLabels, Wanted, label},
    },
    knowledge::repair::{
        begin, follow,
        plan::{Plan, Wish},
        shown::{self, Detail, Shown},
    },
    ports::page::{Filter, Page},
    publish::floor::Publish,
};

/// A repair that was asked for: how far its steps are, and the repair as far as it was begun.
#[derive(Clone, Debug)]
pub struct Asked {
    pub plan: Plan,
    pub repair: Option<Shown>,
}

impl NeedsLabels for Asked {
    fn add_to(&self, wanted: &mut Wanted) {
        self.plan.add_to(wanted);
        self.repair.add_to(wanted);
    }
}

impl NeedsLabels for Detail {
    fn add_to(&self, wanted: &mut Wanted) {
        self.shown.add_to(wanted);
        self.plan.add_to(wanted);
    }
}

impl NeedsLabels for Plan {
    fn add_to(&self, wanted: &mut Wanted) {
        self.of.add_to(wanted);
        self.with.add_to(wanted);
        for step in &self.steps {
            step.node.add_to(wanted);
            step.by.add_to(wanted);
        }
    }
}

/// What a repair would do, and how far it is.
pub async fn plan(publish: &Publish, caller: &Caller, wish: &Wish) -> AppResult<Labelled<Plan>> {
    label(publish, follow::plan(publish, caller, wish).await?).await
}

/// Begins a repair, or finds the same one that goes on, and does what can be done at once.
pub async fn begin(publish: &Publish, caller: &Caller, wish: &Wish, again: bool) -> AppResult<Labelled<Asked>> {
    let begin::Asked { plan, repair } = begin::begin(publish, caller, wish, again).await?;
    let repair = match repair {
        Some(repair) => Some(shown::show_one(publish, caller, repair).await?),
        None => None,
    };
    label(publish, Asked { plan, repair }).await
}

/// A page of repairs.
pub async fn list(
    publish: &Publish,
    caller: &Caller,
    filter: Filter,
    is_open: bool,
) -> AppResult<Labelled<Page<Shown>>> {
    label(publish, shown::list(publish, caller, filter, is_open).await?).await
}

/// One repair with its steps.
pub async fn detail(publish: &Publish, caller: &Caller, name: &str) -> AppResult<Labelled<Detail>> {
    label(publish, shown::detail(publish, caller, name).await?).await
}

/// Cancels a repair.
pub async fn cancel(publish: &Publish, caller: &Caller, key: Option<String>, name: &str) -> AppResult<Labelled<Shown>> {
    let repair = begin::cancel(publish, caller, key, name).await?;
    label(publish, shown::show_one(publish, caller, repair).await?).await
}
