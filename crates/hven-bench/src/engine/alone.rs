//! The engine without a simulation: the whole life of equal tasks on one runner.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use hven_app::ports::engine::{Engine, EngineAction, EngineEvent};
use hven_compute::fair_share::FairShare;
use hven_core::{
    AttemptId, RunId, RunnerId, Time,
    resources::{Resources, UnitNames},
    run::{AttemptResult, Outcome},
};
use serde::Serialize;

/// How many tasks wait at any time.
const WAITING: usize = 1000;
const CORES: u32 = 64;

#[derive(Clone, Debug, Serialize)]
pub(super) struct Alone {
    pub(super) tasks: usize,
    pub(super) waiting: usize,
    pub(super) cores: u32,
    /// A task is submitted, placed, started and ended.
    pub(super) tasks_per_s: f64,
}

pub(super) fn alone(tasks: usize) -> Alone {
    let elapsed = lives(tasks, WAITING);
    Alone { tasks, waiting: WAITING, cores: CORES, tasks_per_s: tasks as f64 / elapsed.as_secs_f64() }
}

/// How long it takes until `tasks` tasks have ended while as many wait.
fn lives(tasks: usize, waiting: usize) -> Duration {
    let mut engine = FairShare::default();
    let now = Time::from_micros(0);
    let capacity = Resources { cpus: CORES, ..Resources::none() };
    let attached =
        EngineEvent::RunnerAttached { runner: RunnerId::from_u128(1), capacity, prefetch: 0, holds: Vec::new() };
    engine.on_event(attached, now);
    let mut running: VecDeque<AttemptId> = VecDeque::new();
    let (mut submitted, mut ended) = (0, 0);
    let start = Instant::now();
    while ended < tasks {
        let event = match running.front() {
            Some(&attempt) if submitted >= ended + waiting + CORES as usize || submitted == tasks => {
                running.pop_front();
                ended += 1;
                let result = Box::new(AttemptResult::without_process(Outcome::Done));
                EngineEvent::Ended { attempt, result }
            }
            _ => {
                submitted += 1;
                let run = RunId::from_u128(submitted as u128);
                let (resources, queueing) = (Resources::default(), Box::default());
                EngineEvent::Submitted { run, resources, retries_max: None, attempts_made: 0, queueing }
            }
        };
        for action in engine.on_event(event, now) {
            if let EngineAction::Place { attempt, .. } = action {
                engine.on_event(EngineEvent::ProcessStarted { attempt, at: now, units: UnitNames::new() }, now);
                running.push_back(attempt);
            }
        }
    }
    start.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tasks_end() {
        assert!(lives(500, 100) > Duration::ZERO);
    }
}
