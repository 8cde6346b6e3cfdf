//! Follows the reach of a retraction, and finds out what of it is to be made anew.

use hven_core::{access::Role, run::State, soundness::Node};
use tokio::sync::Mutex;

use crate::{
    kernel::{
        ancestry,
        callers::Caller,
        error::{AppError, AppResult},
        lineage::labels::look,
        soundness,
    },
    knowledge::{
        floor::Knowledge,
        repair::{
            exchange::Exchange,
            plan::{Plan, Progress, Step, Wish},
            steps::Repair,
        },
    },
    ports::{run::RunView, soundness::Direction},
};

/// A repair of more is refused: nobody reads such a plan.
const STEPS_MAX: usize = 10_000;

/// What would be done, and how far it is.
pub async fn plan(knowledge: &Knowledge, caller: &Caller, wish: &Wish) -> AppResult<Plan> {
    Box::pin(follow(knowledge, caller, wish, None)).await
}

/// Does what can be done now; `again`: also what failed before.
pub async fn proceed(knowledge: &Knowledge, caller: &Caller, wish: &Wish, again: bool) -> AppResult<Plan> {
    let _turn = knowledge.repair_turn.lock().await;
    Box::pin(follow(knowledge, caller, wish, Some(again))).await
}

async fn follow(knowledge: &Knowledge, caller: &Caller, wish: &Wish, go: Option<bool>) -> AppResult<Plan> {
    let role = if go.is_some() { Role::Member } else { Role::Viewer };
    let project = wish.project.as_ref();
    let (of, retracted) = soundness::named(knowledge, caller, &wish.of, project, role).await?;
    if knowledge.ports.views.retraction(retracted).await?.is_none() {
        return Err(AppError::Conflict(format!("{} is not retracted, so there is nothing to repair", wish.of)));
    }
    let with = match &wish.with {
        Some(with) => Some(soundness::named(knowledge, caller, with, project, Role::Viewer).await?),
        None => None,
    };
    let mut repair = Repair {
        knowledge,
        caller,
        retracted,
        replaced_by: with.as_ref().map(|(_, node)| *node),
        go,
        exchange: Exchange::default(),
        readers: Mutex::default(),
    };
    let mut steps = Vec::new();
    match (&of, with.as_ref().map(|(shown, _)| shown)) {
        (ancestry::Node::Dataset(before), Some(ancestry::Node::Dataset(after))) => {
            soundness::require(knowledge, caller, &[after.version.dataset.into()], None).await?;
            let (before, after) = (&before.version, &after.version);
            if before.content.digest == after.content.digest {
                return Err(AppError::invalid("the dataset that takes its place", "has the same bytes"));
            }
            repair.exchange.files.insert(before.content.digest, after.content.clone());
            if let (Some(before), Some(after)) = (&before.source, &after.source) {
                repair.exchange.files.insert(before.digest, after.clone());
            }
            repair.exchange.datasets.insert(before.dataset, after.dataset);
        }
        (ancestry::Node::Dataset(_), _) => {
            return Err(AppError::invalid("the repair of a dataset", "needs the corrected one: --with planets@2"));
        }
        (ancestry::Node::Run(run), None) => steps.push(repair.run((**run).clone()).await?),
        (ancestry::Node::Run(_), Some(_)) => {
            return Err(AppError::invalid("the repair of a run", "repeats it: nothing else can take its place"));
        }
        _ => return Err(AppError::invalid("a repair", "begins at a dataset or a run that was retracted")),
    }
    let reach = knowledge.ports.views.reach(retracted, Direction::Consequences, 0, STEPS_MAX).await?;
    if reach.total > STEPS_MAX {
        return Err(AppError::invalid("the repair", format!("has {} steps; 10,000 are the most", reach.total)));
    }
    let (mut runs, mut claims) = (Vec::new(), Vec::new());
    let reached: Vec<Node> = reach.items.into_iter().map(|found| found.node).collect();
    for found in look(knowledge, caller, &reached).await? {
        match found {
            ancestry::Node::Run(run) if run.state == State::Done && !is_for_comparison(&run) => runs.push(*run),
            // What made nothing, or was there to be compared, leaves nothing to be made anew.
            ancestry::Node::Run(_) => {}
            ancestry::Node::Claim(claim) => claims.push(*claim),
            ancestry::Node::Hidden => steps.push(Step {
                node: ancestry::Node::Hidden,
                progress: Progress::ByHand,
                wall_s: None,
                cpu_s: None,
                by: None,
                because: Some("it belongs to a project that you may not see".to_owned()),
            }),
            _ => {}
        }
    }
    // What a run reads was made before it was submitted, so this order can be followed.
    runs.sort_by_key(|run| run.submitted_seq);
    for run in runs {
        steps.push(repair.run(run).await?);
    }
    for claim in repair.claims(claims).await? {
        steps.push(claim);
    }
    Ok(Plan { of, with: with.map(|(shown, _)| shown), steps })
}

fn is_for_comparison(run: &RunView) -> bool {
    run.purpose.as_ref().is_some_and(|purpose| !purpose.is_catalogued())
}
