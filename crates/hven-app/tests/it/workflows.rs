//! Workflows by themselves: who may start one, what is kept, how reports become facts, and what a kill changes.

use std::{collections::BTreeMap, io, time::Duration};

use hven_app::{
    AppError,
    ports::Launches,
    services::{self, Services},
    workflows::{
        start::{self, NewWorkflow},
        workflow_detail::{self, WorkflowDetail},
    },
};
use hven_core::{
    RunId, UserId,
    access::{Role, RoleGranted, Scope},
    recorded::Recorded,
    run::Outcome,
    workflow::{CallerProcess, Options, State, Step, StepEnd, StepError, StepReport, StepResult},
};

use crate::{
    events::command,
    world::{ADA, KEPLER, World, ada, ben, project},
};

fn ended(end: StepEnd) -> StepReport {
    StepReport::Ended(StepResult { end, ..StepResult::default() })
}

fn new(steps: &[(&str, &[u32])]) -> NewWorkflow {
    let step = |(name, needs): &(&str, &[u32])| Step { name: (*name).to_owned(), needs: needs.to_vec() };
    NewWorkflow {
        project: project(KEPLER),
        folder: "/work/kepler".to_owned(),
        manifest: "[run.fit]\ncommand = \"true\"\n".to_owned(),
        steps: steps.iter().map(step).collect(),
        options: Options::default(),
        caller: CallerProcess::default(),
        environment: BTreeMap::from([("TOKEN".to_owned(), "hunter22".to_owned())]),
    }
}

/// Starts the services of a home whose owner has the role of one.
async fn spawned(world: &mut World) -> Services {
    let user = UserId::from_u128(ADA);
    world.record([RoleGranted { project: Scope::Home, user, role: Role::Owner, may_run_as_server: false }]).await;
    services::spawn(&world.app, world.decided.take().unwrap()).await.unwrap()
}

async fn shown(world: &World) -> WorkflowDetail {
    workflow_detail::detail(&world.app, &ada(), "workflow/1").await.unwrap().of
}

/// Waits until the workflow is as wanted.
async fn until(world: &World, wanted: impl Fn(&WorkflowDetail) -> bool) -> WorkflowDetail {
    for _ in 0..2000 {
        let detail = shown(world).await;
        if wanted(&detail) {
            return detail;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the workflow is not as wanted: {:?}", shown(world).await);
}

fn ends(detail: &WorkflowDetail) -> Vec<Option<StepEnd>> {
    detail.steps.iter().map(|step| step.progress.result.as_ref().map(|result| result.end)).collect()
}

#[tokio::test]
async fn only_the_owner_of_the_files_starts_a_workflow() {
    let world = World::new().await;
    let new = || new(&[("run.fit", &[])]);
    for caller in [ben(Role::Member, KEPLER), ben(Role::Owner, KEPLER)] {
        let refused = start::start(&world.app, &caller, None, new()).await.map(drop).unwrap_err();
        assert!(matches!(refused, AppError::MayNotRunAsServer), "{refused}");
    }
    let viewer = start::start(&world.app, &ben(Role::Viewer, KEPLER), None, new()).await.map(drop);
    assert_eq!(viewer.unwrap_err().code(), "access.denied");
    let bad = [
        NewWorkflow { steps: Vec::new(), ..new() },
        NewWorkflow { folder: "work".to_owned(), ..new() },
        NewWorkflow { manifest: "x".repeat((1 << 20) + 1), ..new() },
        NewWorkflow { manifest: "[run.fit\n".to_owned(), ..new() },
        NewWorkflow { steps: vec![Step { name: "run.fit".to_owned(), needs: vec![0] }], ..new() },
        NewWorkflow { steps: vec![Step { name: "a\u{1b}".to_owned(), needs: Vec::new() }], ..new() },
    ];
    for new in bad {
        let refused = start::start(&world.app, &ada(), None, new).await.map(drop).unwrap_err();
        assert_eq!(refused.code(), "invalid", "{refused}");
    }
    let exposed = "[run.fit]\ncommand = \"login hunter22\"\nsecrets = \"TOKEN\"\n".to_owned();
    let exposed = start::start(&world.app, &ada(), None, NewWorkflow { manifest: exposed, ..new() }).await.map(drop);
    assert_eq!(exposed.unwrap_err().code(), "secret.exposed");
    assert_eq!(world.count("workflow.started").await, 0);
    let key = || Some("once".to_owned());
    let first = start::start(&world.app, &ada(), key(), new()).await.unwrap().of;
    assert_eq!(start::start(&world.app, &ada(), key(), new()).await.unwrap().of.workflow, first.workflow);
    assert_eq!(world.count("workflow.started").await, 1);
    // A user without a role in the project sees no workflow.
    let hidden = workflow_detail::detail(&world.app, &ben(Role::Viewer, "other"), "1").await.map(drop);
    assert_eq!(hidden.unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn steps_are_carried_out_in_order_and_a_failure_blocks_what_needs_it() {
    let mut world = World::new().await;
    for (step, end) in [("data.a", StepEnd::Done), ("run.b", StepEnd::Failed), ("claim.d", StepEnd::StillHolds)] {
        world.steps.prepare(step, Ok(ended(end)));
    }
    let steps: [(&str, &[u32]); 4] = [("data.a", &[]), ("run.b", &[0]), ("run.c", &[1]), ("claim.d", &[0])];
    let _services = spawned(&mut world).await;
    start::start(&world.app, &ada(), None, new(&steps)).await.unwrap();
    let detail = until(&world, |detail| detail.workflow.closed.is_some()).await;
    assert_eq!(detail.workflow.state(), State::Incomplete);
    let wanted = [StepEnd::Done, StepEnd::Failed, StepEnd::Blocked, StepEnd::StillHolds];
    assert_eq!(ends(&detail), wanted.map(Some));
    assert_eq!((detail.workflow.steps_ended, detail.workflow.steps_not_well), (4, 2));
    let tasks = world.steps.tasks.lock().unwrap().clone();
    assert_eq!(tasks.iter().map(|(task, _)| task.step.as_str()).collect::<Vec<_>>(), ["data.a", "run.b", "claim.d"]);
    assert!(tasks.iter().all(|(_, environment)| environment["TOKEN"] == "hunter22"));
    // The environment is neither recorded nor kept after the end.
    let launch = detail.workflow.started.launch.clone();
    for _ in 0..1000 {
        if world.home.get(&launch).await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the environment is still there");
}

#[tokio::test]
async fn a_step_waits_for_its_run_also_when_that_ended_before_the_report() {
    let mut world = World::new().await;
    let run = world.submit(command("./fit", Vec::new(), &["fit.svg"])).await;
    world.makes(run, &[("fit.svg", "a picture")]).await;
    let report = StepReport::Submitted { run, because: vec!["its code changed".to_owned()] };
    world.steps.prepare("run.fit", Ok(report));
    let done = StepResult { end: StepEnd::Done, run: Some(run), ..StepResult::default() };
    world.steps.prepare("run.fit", Ok(StepReport::Ended(done)));
    let _services = spawned(&mut world).await;
    start::start(&world.app, &ada(), None, new(&[("run.fit", &[])])).await.unwrap();
    let detail = until(&world, |detail| detail.workflow.closed.is_some()).await;
    assert_eq!((detail.workflow.state(), ends(&detail)), (State::Done, vec![Some(StepEnd::Done)]));
    assert_eq!(detail.steps[0].progress.because, ["its code changed"]);
    let tasks = world.steps.tasks.lock().unwrap().clone();
    assert_eq!(tasks.iter().map(|(task, _)| task.after).collect::<Vec<Option<RunId>>>(), [None, Some(run)]);
    assert_ne!(tasks[0].0.key, tasks[1].0.key);
}

#[tokio::test]
async fn a_process_without_a_report_is_started_again_and_a_workflow_goes_on_after_a_kill() {
    let mut world = World::new().await;
    world.steps.prepare("run.a", Err(io::Error::other("it died")));
    world.steps.prepare("run.a", Ok(ended(StepEnd::Done)));
    let services = spawned(&mut world).await;
    start::start(&world.app, &ada(), None, new(&[("run.a", &[]), ("run.b", &[0])])).await.unwrap();
    // The process of the second step takes long, and the server is killed meanwhile.
    until(&world, |detail| detail.steps[1].is_carried_out).await;
    drop(services);
    let mut world = world.after_a_kill().await;
    world.steps.prepare("run.b", Ok(ended(StepEnd::UpToDate)));
    let _services = spawned(&mut world).await;
    let detail = until(&world, |detail| detail.workflow.closed.is_some()).await;
    assert_eq!(ends(&detail), [Some(StepEnd::Done), Some(StepEnd::UpToDate)]);
    assert_eq!(world.count("workflow.step_ended").await, 2);
    let tasks = world.steps.tasks.lock().unwrap().clone();
    let steps: Vec<&str> = tasks.iter().map(|(task, _)| task.step.as_str()).collect();
    assert_eq!(steps, ["run.a", "run.a", "run.b", "run.b"]);
    assert_eq!(tasks[2].0.key, tasks[3].0.key, "the second process repeats the requests of the first");
}

#[tokio::test]
async fn a_step_whose_program_is_missing_fails_at_once() {
    let mut world = World::new().await;
    world.steps.prepare("run.a", Err(io::ErrorKind::NotFound.into()));
    let _services = spawned(&mut world).await;
    start::start(&world.app, &ada(), None, new(&[("run.a", &[])])).await.unwrap();
    let detail = until(&world, |detail| detail.workflow.closed.is_some()).await;
    let result = detail.steps[0].progress.result.clone().unwrap();
    assert!(matches!(result.error, Some(StepError { ref code, .. }) if code == "internal"), "{result:?}");
}

#[tokio::test]
async fn a_workflow_without_its_environment_is_stopped_with_the_reason() {
    let mut world = World::new().await;
    let started = start::start(&world.app, &ada(), None, new(&[("run.a", &[])])).await.unwrap().of;
    world.home.discard(&started.workflow.started.launch).await.unwrap();
    let _services = spawned(&mut world).await;
    let detail = until(&world, |detail| detail.workflow.closed.is_some()).await;
    assert_eq!(detail.workflow.state(), State::Stopped);
    let because = detail.workflow.closed.unwrap().ended.unwrap().because;
    assert_eq!(because, Some(Recorded::WorkflowEnvironmentLost.to_string()));
}

#[tokio::test]
async fn a_cancelled_workflow_cancels_its_run_and_carries_out_no_further_step() {
    let mut world = World::new().await;
    let run = world.submit(command("./fit", Vec::new(), &["fit.svg"])).await;
    world.steps.prepare("run.a", Ok(StepReport::Submitted { run, because: Vec::new() }));
    let _services = spawned(&mut world).await;
    start::start(&world.app, &ada(), None, new(&[("run.a", &[]), ("run.b", &[0])])).await.unwrap();
    until(&world, |detail| detail.steps[0].progress.run.is_some()).await;
    let refused = start::cancel(&world.app, &ben(Role::Viewer, KEPLER), None, "1").await.map(drop);
    assert_eq!(refused.unwrap_err().code(), "access.denied");
    for _ in 0..2 {
        let cancelled = start::cancel(&world.app, &ada(), None, "workflow/1").await.unwrap().of;
        assert_eq!(cancelled.state(), State::Cancelled);
    }
    for _ in 0..1000 {
        if world.count("run.cancel_requested").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(world.count("run.cancel_requested").await, 1);
    world.ends(run, Outcome::Cancelled, Vec::new()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(world.steps.tasks.lock().unwrap().len(), 1, "no further step");
    assert_eq!(world.count("workflow.cancelled").await, 1);
}

#[tokio::test]
async fn a_report_that_finds_a_full_disk_is_recorded_later() {
    let mut world = World::new().await;
    let _services = spawned(&mut world).await;
    start::start(&world.app, &ada(), None, new(&[("run.a", &[])])).await.unwrap();
    until(&world, |detail| detail.steps[0].is_carried_out).await;
    world.disk.fill(true);
    world.steps.prepare("run.a", Ok(ended(StepEnd::Done)));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ends(&shown(&world).await), [None]);
    world.disk.fill(false);
    let detail = until(&world, |detail| detail.workflow.closed.is_some()).await;
    assert_eq!((detail.workflow.state(), ends(&detail)), (State::Done, vec![Some(StepEnd::Done)]));
}
