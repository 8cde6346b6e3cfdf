//! Repairs as people see them: details and lists.

use hven_core::{RepairId, access::Role, soundness::NodeId};

use crate::{
    kernel::{
        ancestry,
        callers::Caller,
        error::{AppError, AppResult},
        find::only_one::{NameQuery, only_one},
        labelled::{NeededLabels, NeedsLabels},
        lineage::nodes::load_nodes,
    },
    knowledge::{
        floor::Knowledge,
        repair::{
            find_steps,
            repair_plan::{RepairPlan, RepairRequest, StepProgress},
        },
    },
    ports::{
        page::{ListFilter, ListQuery, Page},
        repairs::StartedRepair,
    },
};

/// A repair with its nodes, as the caller may see them.
#[derive(Clone, Debug)]
pub struct RepairSummary {
    pub repair: StartedRepair,
    pub of: ancestry::LineageNode,
    pub with: Option<ancestry::LineageNode>,
}

/// The nodes are shown only by their names.
impl NeedsLabels for RepairSummary {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.repair.by);
        if let Some(closed) = &self.repair.closed {
            wanted.actor(closed.by);
        }
        self.of.add_to(wanted);
        self.with.add_to(wanted);
    }
}

/// A repair with its current steps; without steps when they cannot be determined.
#[derive(Clone, Debug)]
pub struct RepairDetail {
    pub shown: RepairSummary,
    pub plan: Option<RepairPlan>,
}

/// The repair with this number (`3` or `repair/3`) or id, if the caller has the role in its project.
pub async fn find(knowledge: &Knowledge, caller: &Caller, text: &str, role: Role) -> AppResult<StartedRepair> {
    caller.require_user()?;
    let name = text.strip_prefix("repair/").unwrap_or(text);
    let views = &knowledge.ports.views;
    let found = match (name.parse::<RepairId>(), name.parse::<u32>()) {
        (Ok(id), _) => views.repair(id).await?,
        (_, Ok(number)) => views.repair_numbered(number).await?,
        _ => None,
    };
    let query = NameQuery { noun: "repair", text, project: None, role };
    only_one(caller, &query, found.into_iter().collect(), |repair| {
        let begun = &repair.begun;
        (begun.project.clone(), format!("repair/{}", begun.number))
    })
}

/// Repairs with their nodes, which are loaded together.
pub async fn show(
    knowledge: &Knowledge,
    caller: &Caller,
    repairs: Vec<StartedRepair>,
) -> AppResult<Vec<RepairSummary>> {
    let nodes: Vec<NodeId> =
        repairs.iter().flat_map(|repair| [Some(repair.begun.of), repair.begun.with]).flatten().collect();
    let mut nodes = load_nodes(knowledge, caller, &nodes).await?.into_iter();
    let mut next = || nodes.next().unwrap_or(ancestry::LineageNode::Hidden);
    let shown = repairs.into_iter().map(|repair| {
        let of = next();
        let with = repair.begun.with.map(|_| next());
        RepairSummary { repair, of, with }
    });
    Ok(shown.collect())
}

/// One repair.
pub async fn show_one(knowledge: &Knowledge, caller: &Caller, repair: StartedRepair) -> AppResult<RepairSummary> {
    let name = repair.begun.repair;
    show(knowledge, caller, vec![repair]).await?.pop().ok_or_else(|| AppError::not_found("repair", name))
}

/// The repairs that the caller may see, newest first. With `is_open`, only open repairs.
pub async fn list(
    knowledge: &Knowledge,
    caller: &Caller,
    filter: ListFilter,
    is_open: bool,
) -> AppResult<Page<RepairSummary>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    let Page { items, next } = knowledge.ports.views.repair_page(&query, is_open).await?;
    Ok(Page { items: show(knowledge, caller, items).await?, next })
}

/// One repair with its steps.
pub async fn detail(knowledge: &Knowledge, caller: &Caller, name: &str) -> AppResult<RepairDetail> {
    let repair = find(knowledge, caller, name, Role::Viewer).await?;
    let plan = match find_steps::plan(knowledge, caller, &request_of(&repair)).await {
        Ok(plan) => Some(with_failures(plan, &repair)),
        Err(error @ AppError::Store(_)) => return Err(error),
        // The replacement may belong to a project that the caller may not see.
        Err(_) => None,
    };
    Ok(RepairDetail { shown: show_one(knowledge, caller, repair).await?, plan })
}

/// The request of the repair, by ids.
pub(super) fn request_of(repair: &StartedRepair) -> RepairRequest {
    let begun = &repair.begun;
    RepairRequest { of: begun.of.to_string(), with: begun.with.map(|with| with.to_string()), project: None }
}

/// The plan of a repair that has ended. A step that could not be started gets the reason.
fn with_failures(mut plan: RepairPlan, repair: &StartedRepair) -> RepairPlan {
    let ended = repair.closed.as_ref().and_then(|closed| closed.ended.as_ref());
    let failed = ended.map(|ended| ended.failed.as_slice()).unwrap_or_default();
    for step in plan.steps.iter_mut().filter(|step| step.progress == StepProgress::Ready) {
        let node = step.node.id().map(|(node, _)| node);
        if let Some(failed) = failed.iter().find(|failed| Some(failed.node) == node) {
            (step.progress, step.because) = (StepProgress::Failed, Some(failed.because.clone()));
        }
    }
    plan
}
