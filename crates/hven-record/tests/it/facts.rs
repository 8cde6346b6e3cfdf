//! Facts for tests, in which runs are submitted, started and finished.

use std::collections::BTreeMap;

use hven_core::{
    ActorId, AttemptId, Digest, Fact, RunId, RunnerId, Time,
    fact::Batch,
    handle::Handle,
    object::{FileKind, FileRef},
    resources::UnitNames,
    run::{AttemptResult, Finished, Outcome, ProcessStarted, Spec, Started, Submitted},
};

pub fn time(seconds: i64) -> Time {
    Time::from_micros(1_767_225_600_000_000 + seconds * 1_000_000)
}

pub fn run_id(n: u64) -> RunId {
    RunId::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

pub fn runner_id(n: u64) -> RunnerId {
    RunnerId::from_u128(0x0180_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

pub fn file(path: &str, content: &str) -> FileRef {
    FileRef {
        path: path.to_owned(),
        digest: Digest::of(content.as_bytes()),
        size: content.len() as u64,
        kind: FileKind::File,
    }
}

pub fn spec(argv: &[&str]) -> Spec {
    Spec {
        environment: BTreeMap::from([("LANG".to_owned(), "C.UTF-8".to_owned())]),
        ..Spec::of_command(argv.iter().map(|word| (*word).to_owned()).collect(), "/home/tycho/uraniborg")
    }
}

pub fn submitted(n: u64) -> Submitted {
    Submitted {
        run: run_id(n),
        handle: Handle { count: n },
        project: "astro/exoplanets".parse().unwrap(),
        name: Some(format!("fit {n}")),
        spec: spec(&["python3", "fit.py", "--seed", &n.to_string()]),
        launch: "0123456789abcdef0123456789abcdef".to_owned(),
        cache_key: None,
        purpose: None,
        tolerances: Default::default(),
        absent: None,
        task: None,
    }
}

pub fn started(n: u64, number: u32) -> Started {
    Started { attempt: AttemptId { run: run_id(n), number }, runner: runner_id(0) }
}

pub fn process_started(n: u64, number: u32) -> ProcessStarted {
    ProcessStarted { attempt: started(n, number).attempt, at: time(1), units: UnitNames::new() }
}

pub fn result(outcome: Outcome) -> AttemptResult {
    AttemptResult {
        started: Some(time(1)),
        ended: Some(time(2)),
        wall_s: 1.25,
        ..AttemptResult::without_process(outcome)
    }
}

pub fn finished(n: u64, outcome: Outcome) -> Finished {
    Finished { run: run_id(n), attempt: Some(1), result: result(outcome) }
}

pub fn batch(facts: impl IntoIterator<Item = impl Into<Fact>>) -> Batch {
    Batch::new(time(0), ActorId::from_u128(77), facts.into_iter().map(Into::into).collect())
}
