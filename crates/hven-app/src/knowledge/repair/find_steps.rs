//! Reads the reach of a retraction, and finds the work to repeat.

use hven_core::{access::Role, project::ProjectPath, run::State, soundness::NodeId};
use tokio::sync::Mutex;

use crate::{
    kernel::{
        ancestry,
        callers::Caller,
        error::{AppError, AppResult},
        lineage::nodes::load_nodes,
        soundness,
    },
    knowledge::{
        floor::Knowledge,
        repair::{
            options::RepairOptions,
            repair_plan::{RepairPlan, RepairRequest, RepairStep, StepProgress},
            replacements::Replacements,
            steps::RepairContext,
        },
    },
    ports::{run::RunView, soundness::Direction},
};

/// A larger repair is refused, because its plan is too long to read.
const STEPS_MAX: usize = 10_000;

/// The node to repair, and its replacement.
#[derive(Clone, Debug)]
pub struct RepairSubject {
    pub of: ancestry::LineageNode,
    pub retracted: NodeId,
    pub project: ProjectPath,
    pub with: Option<(ancestry::LineageNode, NodeId)>,
}

impl RepairSubject {
    pub fn replaced_by(&self) -> Option<NodeId> {
        self.with.as_ref().map(|(_, node)| *node)
    }
}

/// Finds the subject of a repair, or gives the reason why such a repair is impossible.
pub async fn subject(
    knowledge: &Knowledge,
    caller: &Caller,
    request: &RepairRequest,
    role: Role,
) -> AppResult<RepairSubject> {
    let project = request.project.as_ref();
    let (of, retracted) = soundness::find_named(knowledge, caller, &request.of, project, role).await?;
    if knowledge.ports.views.retraction(retracted).await?.is_none() {
        return Err(AppError::Conflict(format!("{} is not retracted, so there is nothing to repair", request.of)));
    }
    let with = match &request.with {
        Some(with) => Some(soundness::find_named(knowledge, caller, with, project, Role::Viewer).await?),
        None => None,
    };
    match (&of, with.as_ref().map(|(shown, _)| shown)) {
        (ancestry::LineageNode::Dataset(before), Some(ancestry::LineageNode::Dataset(after))) => {
            soundness::require(knowledge, caller, &[after.version.dataset.into()], None).await?;
            if before.version.content.digest == after.version.content.digest {
                return Err(AppError::invalid("the dataset that takes its place", "has the same bytes"));
            }
        }
        (ancestry::LineageNode::Dataset(_), _) => {
            return Err(AppError::invalid("the repair of a dataset", "needs the corrected one: --with planets@2"));
        }
        (ancestry::LineageNode::Run(_), None) => {}
        (ancestry::LineageNode::Run(_), Some(_)) => {
            return Err(AppError::invalid("the repair of a run", "repeats it: nothing else can take its place"));
        }
        _ => return Err(AppError::invalid("a repair", "begins at a dataset or a run that was retracted")),
    }
    let project = of.id().map(|(_, project)| project.clone());
    let project = project.ok_or_else(|| AppError::not_found("node", &request.of))?;
    Ok(RepairSubject { of, retracted, project, with })
}

/// The steps of a repair, and their progress.
pub async fn plan(knowledge: &Knowledge, caller: &Caller, request: &RepairRequest) -> AppResult<RepairPlan> {
    let subject = subject(knowledge, caller, request, Role::Viewer).await?;
    Box::pin(find_steps(knowledge, caller, &subject, None)).await
}

/// Takes all steps that are possible now. The caller holds the lock of repairs.
pub(super) async fn advance(
    knowledge: &Knowledge,
    caller: &Caller,
    subject: &RepairSubject,
    options: RepairOptions,
) -> AppResult<RepairPlan> {
    Box::pin(find_steps(knowledge, caller, subject, Some(options))).await
}

async fn find_steps(
    knowledge: &Knowledge,
    caller: &Caller,
    subject: &RepairSubject,
    options: Option<RepairOptions>,
) -> AppResult<RepairPlan> {
    let retracted = subject.retracted;
    let mut repair = RepairContext {
        knowledge,
        caller,
        retracted,
        replaced_by: subject.replaced_by(),
        options,
        replacements: Replacements::default(),
        readers: Mutex::default(),
    };
    let mut steps = Vec::new();
    match (&subject.of, subject.with.as_ref().map(|(shown, _)| shown)) {
        (ancestry::LineageNode::Dataset(before), Some(ancestry::LineageNode::Dataset(after))) => {
            let (before, after) = (&before.version, &after.version);
            repair.replacements.files.insert(before.content.digest, after.content.clone());
            if let (Some(before), Some(after)) = (&before.source, &after.source) {
                repair.replacements.files.insert(before.digest, after.clone());
            }
            repair.replacements.datasets.insert(before.dataset, after.dataset);
        }
        (ancestry::LineageNode::Run(run), _) => steps.push(repair.run((**run).clone()).await?),
        _ => {}
    }
    let reach = knowledge.ports.views.reach(retracted, Direction::Consequences, 0, STEPS_MAX).await?;
    if reach.total > STEPS_MAX {
        return Err(AppError::invalid("the repair", format!("has {} steps; 10,000 are the most", reach.total)));
    }
    let (mut runs, mut claims) = (Vec::new(), Vec::new());
    let reached: Vec<NodeId> = reach.items.into_iter().map(|found| found.node).collect();
    for found in load_nodes(knowledge, caller, &reached).await? {
        match found {
            ancestry::LineageNode::Run(run) if run.state == State::Done && !is_for_comparison(&run) => runs.push(*run),
            // A run without outputs, or a run for a comparison: there is nothing to repeat.
            ancestry::LineageNode::Run(_) => {}
            ancestry::LineageNode::Claim(claim) => claims.push(*claim),
            ancestry::LineageNode::Hidden => steps.push(RepairStep {
                node: ancestry::LineageNode::Hidden,
                progress: StepProgress::ByHand,
                wall_s: None,
                cpu_s: None,
                by: None,
                because: Some("it belongs to a project that you may not see".to_owned()),
            }),
            _ => {}
        }
    }
    // The inputs of a run were made before its submission, so this order works.
    runs.sort_by_key(|run| run.submitted_seq);
    for run in runs {
        steps.push(repair.run(run).await?);
    }
    for claim in repair.claims(claims).await? {
        steps.push(claim);
    }
    let with = subject.with.as_ref().map(|(shown, _)| shown.clone());
    Ok(RepairPlan { of: subject.of.clone(), with, steps })
}

fn is_for_comparison(run: &RunView) -> bool {
    run.purpose.as_ref().is_some_and(|purpose| !purpose.is_catalogued())
}
