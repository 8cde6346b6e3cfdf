//! Workflows as people see them.

use hven_core::{
    access::Role,
    soundness::NodeId,
    workflow::{Step, WorkflowId},
};

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        find::only_one::{NameQuery, only_one},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        lineage::nodes::{LineageNode, load_nodes},
    },
    ports::{
        page::{ListFilter, ListQuery, Page},
        workflows::{StepProgress, WorkflowView},
    },
    work::floor::Work,
};

/// A workflow with its steps.
#[derive(Clone, Debug)]
pub struct WorkflowDetail {
    pub workflow: WorkflowView,
    pub steps: Vec<StepDetail>,
}

/// A step of a workflow.
#[derive(Clone, Debug)]
pub struct StepDetail {
    pub step: Step,
    pub progress: StepProgress,
    /// A process carries it out at this moment.
    pub is_carried_out: bool,
    /// The run of the step.
    pub run: Option<LineageNode>,
    /// The dataset or the claim of the step.
    pub result: Option<LineageNode>,
}

impl NeedsLabels for WorkflowView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
        if let Some(closed) = &self.closed {
            wanted.actor(closed.by);
        }
    }
}

impl NeedsLabels for WorkflowDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.workflow.add_to(wanted);
        for step in &self.steps {
            step.run.add_to(wanted);
            step.result.add_to(wanted);
        }
    }
}

/// The workflow of that number (`3` or `workflow/3`) or id, if the caller has the role in its project.
pub(super) async fn find(work: &Work, caller: &Caller, text: &str, role: Role) -> AppResult<WorkflowView> {
    caller.require_user()?;
    let name = text.strip_prefix("workflow/").unwrap_or(text);
    let views = &work.ports.views;
    let found = match (name.parse::<WorkflowId>(), name.parse::<u32>()) {
        (Ok(id), _) => views.workflow(id).await?,
        (_, Ok(number)) => views.workflow_numbered(number).await?,
        _ => None,
    };
    let query = NameQuery { noun: "workflow", text, project: None, role };
    only_one(caller, &query, found.into_iter().collect(), |workflow| {
        (workflow.started.project.clone(), format!("workflow/{}", workflow.started.number))
    })
}

/// One workflow with its steps.
pub async fn detail(work: &Work, caller: &Caller, name: &str) -> AppResult<Labelled<WorkflowDetail>> {
    let workflow = find(work, caller, name, Role::Viewer).await?;
    label(work, with_steps(work, caller, workflow).await?).await
}

pub(super) async fn with_steps(work: &Work, caller: &Caller, workflow: WorkflowView) -> AppResult<WorkflowDetail> {
    let started = &workflow.started;
    let progress = work.ports.views.workflow_steps(started).await?;
    let nodes: Vec<[Option<NodeId>; 2]> = progress.iter().map(nodes_of).collect();
    let wanted: Vec<NodeId> = nodes.iter().flatten().flatten().copied().collect();
    let mut found = load_nodes(work, caller, &wanted).await?.into_iter();
    let carried_out = work.running_steps.of(started.workflow).map(|carried_out| carried_out.step);
    let steps =
        started.steps.iter().zip(progress).zip(nodes).enumerate().map(|(position, ((step, progress), nodes))| {
            let [run, result] = nodes.map(|node| node.and_then(|_| found.next()));
            StepDetail { step: step.clone(), progress, is_carried_out: carried_out == Some(position), run, result }
        });
    let steps = steps.collect();
    Ok(WorkflowDetail { workflow, steps })
}

/// The run of a step, and its dataset or claim.
fn nodes_of(progress: &StepProgress) -> [Option<NodeId>; 2] {
    let Some(result) = &progress.result else { return [progress.run.map(NodeId::from), None] };
    let run = result.run.or(progress.run);
    [run.map(NodeId::from), result.dataset.map(NodeId::from).or(result.claim.map(NodeId::from))]
}

/// The workflows that the caller may see, newest first; `is_open`: only those that go on.
pub async fn list(
    work: &Work,
    caller: &Caller,
    filter: ListFilter,
    is_open: bool,
) -> AppResult<Labelled<Page<WorkflowView>>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    label(work, work.ports.views.workflow_page(&query, is_open).await?).await
}
