//! A run is repeated from its record and its outputs are compared. Services do this and continue after a kill.

use std::time::Duration;

use hven_app::{
    ports::{Record, Reproductions, fact_feed::FactFeed},
    reproduce::{self, ReproduceStart},
    services::{self, Services},
    submit::RunRequest,
    verdicts,
};
use hven_core::{
    Fact, RunId,
    access::Role,
    catalogue::Purpose,
    reproduction::{ComparedAs, Comparison, FileComparison, Level, Likeness, Reproduced},
    run::Outcome,
};

use crate::{
    events::{command, file},
    world::{KEPLER, World, ada, ben},
};

/// A service reacts within this time, or never.
const SOON: Duration = Duration::from_secs(30);

impl World {
    /// The services run until the returned value is dropped.
    async fn serves(&mut self) -> Services {
        services::spawn(&self.app, self.decided.take().unwrap()).await.unwrap()
    }

    async fn begins(&self, run: RunId) -> RunId {
        let started =
            reproduce::start(&self.app, &ada(), None, &run.to_string(), reproduce::ReproduceRequest::default()).await;
        match started.unwrap().of {
            ReproduceStart::Running(again) => again.id,
            ReproduceStart::Cannot(verdict) => panic!("it can be made again: {:?}", verdict.view.reproduced.because),
        }
    }

    fn listens(&self) -> FactFeed {
        Record::subscribe(&*self.home)
    }
}

/// The next fact that is wanted.
async fn next<T>(facts: &mut FactFeed, wanted: impl Fn(&Fact) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = facts.recv().await.unwrap().fact.as_ref().and_then(&wanted) {
                return found;
            }
        }
    };
    tokio::time::timeout(SOON, found).await.unwrap()
}

/// The run that compares outputs.
fn comparing(fact: &Fact) -> Option<RunId> {
    match fact {
        Fact::RunSubmitted(submitted) if matches!(submitted.purpose, Some(Purpose::Compare { .. })) => {
            Some(submitted.run)
        }
        _ => None,
    }
}

fn judged(fact: &Fact) -> Option<Reproduced> {
    if let Fact::RunReproduced(reproduced) = fact { Some(reproduced.clone()) } else { None }
}

fn compared(likeness: Likeness) -> String {
    let file =
        FileComparison { path: "law.json".to_owned(), compared_as: ComparedAs::Json, likeness, notes: Vec::new() };
    serde_json::to_string(&Comparison { schema: Comparison::SCHEMA.to_owned(), files: vec![file] }).unwrap()
}

#[tokio::test]
async fn the_same_outputs_and_metrics_are_the_same_bytes() {
    let mut world = World::new().await;
    let planets = world.planets("a,b").await;
    let law = world.law(&planets, 1.5).await;
    let _services = world.serves().await;
    let mut facts = world.listens();
    let again = world.begins(law).await;
    assert_eq!(world.view(again).await.spec().unwrap().inputs, world.view(law).await.spec().unwrap().inputs);
    world.finds_law(again, 1.5).await;
    let compares = next(&mut facts, comparing).await;
    let inputs: Vec<String> =
        world.view(compares).await.spec().unwrap().inputs.iter().map(|file| file.path.clone()).collect();
    assert_eq!(inputs, ["before/law.json", "after/law.json"]);
    world.makes(compares, &[("comparison.json", &compared(Likeness::SameBytes))]).await;
    let verdict = next(&mut facts, judged).await;
    assert_eq!((verdict.run, verdict.again, verdict.level), (law, Some(again), Level::SameBytes));
    assert_eq!((verdict.counts.same_bytes, verdict.metrics_compared), (2, Some(1)), "a file and a metric");
    let shown = verdicts::of(&world.app, &ada(), &law.to_string()).await.unwrap().of;
    assert_eq!((shown.len(), shown[0].comparison.as_ref().unwrap().files.len()), (1, 1));
    assert!(world.home.reproducing().await.unwrap().is_empty());
}

#[tokio::test]
async fn another_metric_differs_although_the_files_are_the_same() {
    let mut world = World::new().await;
    let planets = world.planets("a,b").await;
    let law = world.law(&planets, 1.5).await;
    let _services = world.serves().await;
    let mut facts = world.listens();
    let again = world.begins(law).await;
    world.finds_law(again, 1.75).await;
    let compares = next(&mut facts, comparing).await;
    world.makes(compares, &[("comparison.json", &compared(Likeness::SameBytes))]).await;
    let verdict = next(&mut facts, judged).await;
    assert_eq!((verdict.level, verdict.counts.differs, verdict.counts.same_bytes), (Level::Differs, 1, 1));
    assert_eq!(verdict.metrics[0].key, "exponent");
    let because = verdict.because.unwrap();
    assert!(because.contains("1.5") && because.contains("1.75"), "{because}");
}

#[tokio::test]
async fn a_reproduction_continues_after_a_kill_and_has_one_verdict() {
    let mut world = World::new().await;
    let planets = world.planets("a,b").await;
    let law = world.law(&planets, 1.5).await;
    let again = world.begins(law).await;
    // No service runs when the run ends.
    world.finds_law(again, 1.5).await;
    for _ in 0..2 {
        let mut facts = world.listens();
        let services = world.serves().await;
        // The second time it exists already.
        if world.count("run.submitted").await == 3 {
            next(&mut facts, comparing).await;
        }
        drop(services);
        world = world.after_a_kill().await;
    }
    assert_eq!(world.count("run.submitted").await, 4, "compared once");
    let purpose = |run| matches!(run, Some(Purpose::Compare { .. }));
    let reproducing = world.home.reproducing().await.unwrap();
    let mut compares = None;
    for run in reproducing.into_iter().map(|one| one.run) {
        if purpose(world.view(run).await.purpose) {
            compares = Some(run);
        }
    }
    world.makes(compares.unwrap(), &[("comparison.json", &compared(Likeness::SameBytes))]).await;
    let mut facts = world.listens();
    let services = world.serves().await;
    assert_eq!(next(&mut facts, judged).await.level, Level::SameBytes);
    drop(services);
    let mut world = world.after_a_kill().await;
    let _services = world.serves().await;
    assert_eq!(world.count("run.reproduced").await, 1);
}

#[tokio::test]
async fn a_run_that_fails_the_second_time_cannot_be_run_again() {
    let mut world = World::new().await;
    let planets = world.planets("a,b").await;
    let law = world.law(&planets, 1.5).await;
    let _services = world.serves().await;
    let mut facts = world.listens();
    let again = world.begins(law).await;
    world.ends(again, Outcome::Failed { exit: 1 }, vec![]).await;
    let verdict = next(&mut facts, judged).await;
    assert_eq!((verdict.level, verdict.again), (Level::CannotRerun, Some(again)));
    let because = verdict.because.unwrap();
    assert!(because.starts_with("it ended otherwise: failed with exit status 1"), "{because}");
}

#[tokio::test]
async fn an_impossible_comparison_does_not_count_as_the_same() {
    let mut world = World::new().await;
    let planets = world.planets("a,b").await;
    let law = world.law(&planets, 1.5).await;
    let _services = world.serves().await;
    let mut facts = world.listens();
    let again = world.begins(law).await;
    world.finds_law(again, 1.5).await;
    let compares = next(&mut facts, comparing).await;
    world.makes(compares, &[("comparison.json", "not what it should be")]).await;
    let verdict = next(&mut facts, judged).await;
    assert_eq!((verdict.level, verdict.counts.total()), (Level::CannotRerun, 0));
    assert!(verdict.because.unwrap().starts_with("the outputs could not be compared"));
}

#[tokio::test]
async fn a_run_that_cannot_be_repeated_names_the_missing_part() {
    let world = World::new().await;
    let no_code = world.ran("python3 fit.py", &[("a.csv", "a")], &[("fit.json", "1")]).await;
    let mut with_secret = command("python3 fit.py", vec![], &[]);
    with_secret.secrets.insert("TOKEN".to_owned(), "xyzzy-plugh".to_owned());
    let with_secret = world.submit(with_secret).await;
    world.makes(with_secret, &[]).await;
    let absent =
        RunRequest { name: None, ..command("python3 fit.py", vec![file("/data/large.h5", "never kept")], &[]) };
    let absent = world.submit(absent).await;
    for (run, expected) in [
        (no_code, "its code was not captured: the folder is too large"),
        (with_secret, "it needs the secret TOKEN, which is never recorded: give it with --secret TOKEN"),
    ] {
        let started =
            reproduce::start(&world.app, &ada(), None, &run.to_string(), reproduce::ReproduceRequest::default()).await;
        let ReproduceStart::Cannot(verdict) = started.unwrap().of else { panic!("nothing can be started") };
        assert_eq!((verdict.view.reproduced.because.as_deref(), verdict.view.reproduced.again), (Some(expected), None));
    }
    let refused =
        reproduce::start(&world.app, &ada(), None, &absent.to_string(), reproduce::ReproduceRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), "conflict", "it is not done yet");
    let viewer = ben(Role::Viewer, KEPLER);
    let refused =
        reproduce::start(&world.app, &viewer, None, &no_code.to_string(), reproduce::ReproduceRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), "access.denied");
    assert_eq!(world.count("run.submitted").await, 3, "nothing was started");
}
