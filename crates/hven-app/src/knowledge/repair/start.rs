//! Starts a repair. The server continues it from then on, without its caller.

use hven_core::{
    RepairId,
    access::Role,
    repair::{Cancelled, Started},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        random::random,
    },
    knowledge::{
        floor::Knowledge,
        repair::{
            find_steps::{self, RepairSubject, subject},
            options::RepairOptions,
            repair_detail::find,
            repair_plan::{RepairPlan, RepairRequest},
        },
    },
    ports::repairs::StartedRepair,
};

/// The result of a request for a repair: the plan, and the repair if one was started.
#[derive(Clone, Debug)]
pub struct RequestedRepair {
    pub plan: RepairPlan,
    pub repair: Option<StartedRepair>,
}

/// Starts a repair, and takes the steps that are possible at once. If the same repair is open, it continues that one.
/// `again`: retries failed work, and starts a new repair when the last one has ended.
pub async fn start(
    knowledge: &Knowledge,
    caller: &Caller,
    request: &RepairRequest,
    again: bool,
) -> AppResult<RequestedRepair> {
    let subject = subject(knowledge, caller, request, Role::Member).await?;
    let _turn = knowledge.repair_turn.lock().await;
    let views = &knowledge.ports.views;
    let mut repair = views.repair_newest(subject.retracted, subject.replaced_by()).await?;
    let is_open = |repair: &Option<StartedRepair>| repair.as_ref().is_some_and(|repair| repair.closed.is_none());
    if !is_open(&repair) && (again || repair.is_none()) {
        repair = record(knowledge, caller, &subject, again).await?;
    }
    let open = repair.as_ref().filter(|repair| repair.closed.is_none()).map(|repair| repair.begun.repair);
    let options = RepairOptions { retry_before: again.then(|| knowledge.ports.record.head().seq), repair: open };
    let plan = Box::pin(find_steps::advance(knowledge, caller, &subject, options)).await?;
    // A client that drives a repair itself asks again after the end. The repair continues when there is more to do.
    if !is_open(&repair) && plan.can_proceed() {
        repair = record(knowledge, caller, &subject, false).await?;
    }
    Ok(RequestedRepair { plan, repair })
}

async fn record(
    knowledge: &Knowledge,
    caller: &Caller,
    subject: &RepairSubject,
    again: bool,
) -> AppResult<Option<StartedRepair>> {
    let begun = Started {
        repair: RepairId::mint(knowledge.now(), random()),
        number: knowledge.ports.views.repair_number_last().await?.saturating_add(1),
        project: subject.project.clone(),
        of: subject.retracted,
        with: subject.replaced_by(),
        again,
    };
    let repair = begun.repair;
    knowledge.record(caller.actor(), None, vec![begun.into()]).await?;
    Ok(knowledge.ports.views.repair(repair).await?)
}

/// Cancels a repair and its unfinished runs. A second call changes nothing more.
pub async fn cancel(
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    name: &str,
) -> AppResult<StartedRepair> {
    let repair = find(knowledge, caller, name, Role::Member).await?;
    let id = repair.begun.repair;
    // A step that is being taken now starts no further run.
    let _stopping = knowledge.stop_repair(id);
    let _turn = knowledge.repair_turn.lock().await;
    let repair = knowledge.ports.views.repair(id).await?.ok_or_else(|| AppError::not_found("repair", name))?;
    match &repair.closed {
        None => {
            knowledge.record(caller.actor(), key, vec![Cancelled { repair: id }.into()]).await?;
            knowledge.ports.views.repair(id).await?.ok_or_else(|| AppError::not_found("repair", name))
        }
        Some(closed) if closed.ended.is_none() => Ok(repair),
        Some(closed) => {
            let (number, state) = (repair.begun.number, closed.state.as_str());
            Err(AppError::Conflict(format!("repair/{number} has ended already: {state}")))
        }
    }
}
