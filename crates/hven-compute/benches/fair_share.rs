//! The cost of one event in the engine while many runs wait: `cargo bench -p hven-compute`.

use std::time::Instant;

use hven_app::ports::engine::{Engine, EngineAction, EngineEvent};
use hven_compute::fair_share::FairShare;
use hven_core::{
    RunId, RunnerId, Time,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

const WAITING: u128 = 100_000;
const MEASURED: u128 = 10_000;

#[allow(clippy::print_stdout)] // the output of the benchmark
fn main() {
    for (name, kinds) in
        [("runs that want the same", 1), ("runs of 100 kinds", 100), ("each of its own kind", u64::MAX)]
    {
        let (submit_us, end_us) = measure(kinds);
        println!("{WAITING} {name}: {submit_us:.2} µs per submit, {end_us:.2} µs per end and its successor's placing");
    }
}

fn measure(kinds: u64) -> (f64, f64) {
    let mut engine = FairShare::default();
    let now = Time::from_micros(0);
    let capacity = Resources { cpus: 16, memory_bytes: 1 << 40, ..Resources::default() };
    let runner = RunnerId::from_u128(1);
    let attached = EngineEvent::RunnerAttached { runner, capacity, prefetch: 32, holds: Vec::new() };
    engine.on_event(attached, now);
    let mut placed = Vec::new();
    let submit = |engine: &mut FairShare, placed: &mut Vec<_>, n: u128| {
        // Ids in an order that is random for the engine's maps.
        let run = RunId::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let resources = Resources { cpus: 1, memory_bytes: (n as u64 % kinds) << 16, ..Resources::default() };
        take(
            placed,
            engine.on_event(
                EngineEvent::Submitted {
                    run,
                    resources,
                    retries_max: Some(0),
                    attempts_made: 0,
                    queueing: Box::default(),
                },
                now,
            ),
        );
    };
    for n in 0..WAITING {
        submit(&mut engine, &mut placed, n);
    }
    let clock = Instant::now();
    for n in WAITING..WAITING + MEASURED {
        submit(&mut engine, &mut placed, n);
    }
    let submit_us = clock.elapsed().as_secs_f64() * 1e6 / MEASURED as f64;
    let clock = Instant::now();
    for _ in 0..MEASURED {
        let attempt = placed.remove(0);
        let result = Box::new(AttemptResult::without_process(Outcome::Done));
        take(&mut placed, engine.on_event(EngineEvent::Ended { attempt, result }, now));
    }
    let end_us = clock.elapsed().as_secs_f64() * 1e6 / MEASURED as f64;
    assert_eq!(engine.load().0 as u128, WAITING);
    (submit_us, end_us)
}

fn take(placed: &mut Vec<hven_core::AttemptId>, actions: Vec<EngineAction>) {
    for action in actions {
        if let EngineAction::Place { attempt, .. } = action {
            placed.push(attempt);
        }
    }
}
