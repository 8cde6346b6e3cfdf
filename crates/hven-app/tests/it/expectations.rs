//! The forecast of a run, from earlier runs of its code.

use hven_app::explain::{self, Explained};
use hven_core::{
    AttemptId, Fact, RunId, RunnerId, Time,
    resources::{Resources, UnitNames},
    run::{AttemptResult, Finished, Outcome, ProcessStarted, Started, Usage},
};

use crate::{
    events::command,
    world::{World, ada},
};

const FIT: &str = "python fit.py --rows 1000";

/// A run that ends after this time; it used these processor seconds and this memory.
async fn ran(
    world: &World,
    words: &str,
    wall_s: f64,
    cpu_user_s: f64,
    memory_max_bytes: u64,
    outcome: Outcome,
) -> RunId {
    let run = world.submit(command(words, vec![], &[])).await;
    let attempt = AttemptId { run, number: 1 };
    let usage = Usage { cpu_user_s, memory_max_bytes, ..Usage::default() };
    let started = Some(Time::from_micros(1_767_225_600_000_000));
    let result = AttemptResult { started, wall_s, usage, ..AttemptResult::without_process(outcome) };
    let facts: [Fact; 2] =
        [Started { attempt, runner: RunnerId::from_u128(9) }.into(), Finished { run, attempt: Some(1), result }.into()];
    world.record(facts).await;
    run
}

async fn explained(world: &World, run: RunId) -> (Explained, String) {
    let explained = explain::explain(&world.app, &ada(), &run.to_string()).await.unwrap();
    let lines: Vec<String> = explained.lines.iter().map(|line| format!("{} {}", line.about, line.said)).collect();
    (explained, lines.join("\n"))
}

#[tokio::test]
async fn a_run_takes_as_long_as_earlier_runs_of_its_code() {
    let world = World::new().await;
    for _ in 0..3 {
        ran(&world, FIT, 60.0, 60.0, 1, Outcome::Done).await;
    }
    // Those that failed, and those of other code, tell nothing.
    ran(&world, FIT, 1.0, 1.0, 1, Outcome::Failed { exit: 1 }).await;
    ran(&world, "python other.py --rows 1000", 1.0, 1.0, 1, Outcome::Done).await;
    let waiting = world.submit(command(FIT, vec![], &[])).await;
    let (few, said) = explained(&world, waiting).await;
    assert_eq!((few.expected.takes, few.expected.starts, few.expected.ends), (None, None, None), "{said}");
    ran(&world, FIT, 60.0, 60.0, 1, Outcome::Done).await;
    let (known, said) = explained(&world, waiting).await;
    let takes = known.expected.takes.expect("four earlier runs");
    assert!((takes.seconds - 60.0).abs() < 1e-6 && takes.low > 54.0 && takes.high < 66.0, "{takes:?}");
    assert_eq!(takes.from, 4);
    for part in
        ["takes It takes about 1 min 00 s (5", "an estimate from 4 earlier runs of this command with inputs of similar"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(known.expected.starts, None, "this engine knows of no line");
    // Runs with other arguments are of the same code.
    let other = world.submit(command("python fit.py --rows 9000", vec![], &[])).await;
    let (_, said) = explained(&world, other).await;
    assert!(said.contains("4 earlier runs of this code."), "{said}");
}

#[tokio::test]
async fn a_running_run_ends_as_far_as_earlier_ones_did() {
    let world = World::new().await;
    for _ in 0..5 {
        ran(&world, FIT, 10_000.0, 60.0, 1, Outcome::Done).await;
    }
    let run = world.submit(command(FIT, vec![], &[])).await;
    let attempt = AttemptId { run, number: 1 };
    let at = Time::from_micros(1_767_225_600_000_000);
    let facts: [Fact; 2] = [
        Started { attempt, runner: RunnerId::from_u128(9) }.into(),
        ProcessStarted { attempt, at, units: UnitNames::new() }.into(),
    ];
    world.record(facts).await;
    let (found, said) = explained(&world, run).await;
    let ends = found.expected.ends.expect("five earlier runs");
    assert!(ends.seconds < 10_000.0 && ends.seconds > 9000.0 && ends.from == 5, "{ends:?}");
    assert!(said.contains("ends It ends in about 2 h"), "{said}");
    // This one started an hour before, and earlier ones took minutes.
    for _ in 0..200 {
        ran(&world, FIT, 0.5, 0.5, 1, Outcome::Done).await;
    }
    let (found, said) = explained(&world, run).await;
    assert_eq!(found.expected.ends, None, "{said}");
    assert!(said.contains("It runs longer than nearly all of 200 earlier runs of this code"), "{said}");
}

#[tokio::test]
async fn resources_that_earlier_runs_hardly_used_are_named() {
    let world = World::new().await;
    for _ in 0..12 {
        ran(&world, FIT, 60.0, 60.0, 100 << 20, Outcome::Done).await;
    }
    let mut wanted = command(FIT, vec![], &[]);
    wanted.spec.resources = Resources { cpus: 8, memory_bytes: 8 << 30, ..Resources::default() };
    let run = world.submit(wanted).await;
    let (_, said) = explained(&world, run).await;
    assert!(said.contains("asks It asks for 8 cores; 12 earlier runs of this code used 1.0 on average."), "{said}");
    assert!(
        said.contains("asks It asks for 8.6 GB of memory; 12 earlier runs of this code used at most 105 MB."),
        "{said}"
    );
    let modest = world.submit(command(FIT, vec![], &[])).await;
    assert!(!explained(&world, modest).await.1.contains("asks "));
}
