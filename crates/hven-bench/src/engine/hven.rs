//! Hven's engine as a policy of the simulation. Each node is a runner, and each user has one project.
//!
//! Runners get nothing in advance, so a placement is a start. A node has its GPUs as the named resource `gpu`. For each set of
//! models that tasks accept it has one more, such as `gpu.T4|A10`, if its model is in the set: a task takes both.

use std::time::{Duration, Instant};

use anyhow::bail;
use hven_app::ports::engine::{Engine, EngineAction, EngineEvent, Queueing};
use hven_compute::fair_share::FairShare;
use hven_core::{
    ActorId, AttemptId, RunId, RunnerId, Time,
    project::ProjectPath,
    resources::{Resources, UnitNames},
    run::{AttemptResult, Outcome},
};
use serde::Serialize;

use super::{
    cluster::Cluster,
    figures::percentile,
    policy::{Event, Policy},
    workload::{Amounts, Kind, Node, TaskId, Workload},
};

/// While tasks of several users wait, a server checks their order each second. The simulation does it at least each minute: there
/// are submissions and ends in between.
const ORDER_CHECK_US: u64 = 60_000_000;

#[derive(Debug)]
pub(super) struct HvenEngine {
    engine: FairShare,
    /// By kind.
    wants: Vec<Resources>,
    attaching: Duration,
    decisions: Vec<u64>,
}

/// The time that the engine needs for an event, in milliseconds: submissions, ends and order checks. Messages that a process
/// started are left out, because the engine decides nothing then.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Decisions {
    pub(super) events: usize,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
    pub(super) events_per_s: f64,
    /// The attachment of all nodes, one after the other.
    pub(super) attaching_ms: f64,
}

impl HvenEngine {
    pub(super) fn new(workload: &Workload) -> Self {
        let mut engine = FairShare::default();
        let sets = || workload.kinds.iter().filter(|kind| !kind.models.is_empty());
        let start = Instant::now();
        for (place, node) in (1..).zip(&workload.nodes) {
            let mut capacity = resources(&node.capacity);
            capacity
                .named
                .extend(sets().filter(|kind| is_in(node, kind)).map(|kind| (named(kind), node.capacity.gpus)));
            let runner = RunnerId::from_u128(place);
            let attached = EngineEvent::RunnerAttached { runner, capacity, prefetch: 0, holds: Vec::new() };
            engine.on_event(attached, Time::from_micros(0));
        }
        let wants = |kind: &Kind| {
            let mut wants = resources(&kind.wants);
            wants.named.extend((!kind.models.is_empty()).then(|| (named(kind), kind.wants.gpus)));
            wants
        };
        let wants = workload.kinds.iter().map(wants).collect();
        Self { engine, wants, attaching: start.elapsed(), decisions: Vec::new() }
    }

    /// How long the decisions took.
    pub(super) fn decisions(&self) -> Decisions {
        let mut sorted = self.decisions.clone();
        sorted.sort_unstable();
        let ms = |ns: u64| ns as f64 / 1e6;
        let total_s = sorted.iter().sum::<u64>() as f64 / 1e9;
        Decisions {
            events: sorted.len(),
            p50_ms: ms(percentile(&sorted, 0.5)),
            p99_ms: ms(percentile(&sorted, 0.99)),
            max_ms: ms(percentile(&sorted, 1.0)),
            events_per_s: sorted.len() as f64 / total_s,
            attaching_ms: self.attaching.as_secs_f64() * 1e3,
        }
    }

    fn submitted(&self, task: TaskId, workload: &Workload) -> EngineEvent {
        let found = &workload.tasks[task];
        let user = ActorId::from_u128(found.user as u128 + 1);
        EngineEvent::Submitted {
            run: RunId::from_u128(task as u128 + 1),
            resources: self.wants[found.kind].clone(),
            retries_max: None,
            attempts_made: 0,
            queueing: Box::new(Queueing::of(user, ProjectPath::home())),
        }
    }
}

fn resources(amounts: &Amounts) -> Resources {
    let named = (amounts.gpus > 0).then(|| ("gpu".to_owned(), amounts.gpus));
    // The simulation holds amounts of single nodes and tasks, which are small.
    let cpus = u32::try_from(amounts.cores).unwrap_or(u32::MAX);
    Resources { cpus, memory_bytes: amounts.memory_bytes, named: named.into_iter().collect() }
}

fn is_in(node: &Node, kind: &Kind) -> bool {
    node.capacity.gpus > 0 && kind.models.contains(&node.model)
}

/// The named resource of a set of models.
fn named(kind: &Kind) -> String {
    let models: Vec<&str> = kind.models.iter().map(String::as_str).collect();
    format!("gpu.{}", models.join("|"))
}

impl Policy for HvenEngine {
    fn on_event(&mut self, event: Event, cluster: &mut Cluster<'_>) -> anyhow::Result<()> {
        let now = Time::from_micros(cluster.now_us as i64);
        let event = match event {
            Event::Submitted(task) => self.submitted(task, cluster.workload),
            Event::Ended { task, .. } => EngineEvent::Ended {
                attempt: AttemptId { run: RunId::from_u128(task as u128 + 1), number: 1 },
                result: Box::new(AttemptResult::without_process(Outcome::Done)),
            },
            Event::Tick => EngineEvent::Tick,
        };
        let start = Instant::now();
        let actions = self.engine.on_event(event, now);
        self.decisions.push(start.elapsed().as_nanos() as u64);
        for action in actions {
            match action {
                EngineAction::Place { attempt, runner } => {
                    cluster.start(attempt.run.as_u128() as TaskId - 1, runner.as_u128() as usize - 1)?;
                    self.engine
                        .on_event(EngineEvent::ProcessStarted { attempt, at: now, units: UnitNames::new() }, now);
                }
                EngineAction::Forget { .. } | EngineAction::Finish { .. } | EngineAction::Run { .. } => {}
                other => bail!("the engine did what no task asks for: {other:?}"),
            }
        }
        Ok(())
    }

    fn wakes_at_us(&self, now_us: u64) -> Option<u64> {
        let wait = self.engine.wakes_after(Time::from_micros(now_us as i64))?;
        Some(now_us + (wait.as_micros() as u64).max(ORDER_CHECK_US))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::policy_tests::{cores, starts_s, workload},
        *,
    };

    #[test]
    fn the_first_task_is_not_delayed_and_others_use_the_rest() {
        // Nodes with 4 and 2 cores. The third task gets the first node at 10 s; its free core is reserved. The fourth, with 1
        // core, waits for the second node.
        let workload = cores(&[4, 2], &[(0, 3, 10), (0, 2, 5), (1, 4, 5), (2, 1, 30)]);
        assert_eq!(starts_s(&workload, &mut HvenEngine::new(&workload)), [0, 0, 10, 5]);
    }

    #[test]
    fn users_take_turns() {
        let core = Amounts { cores: 1, ..Amounts::default() };
        // One core. Both tasks of the first user are submitted before those of the second.
        let workload = workload(&[core], &[(0, core, 10, 0), (1, core, 10, 0), (2, core, 10, 1), (3, core, 10, 1)]);
        assert_eq!(starts_s(&workload, &mut HvenEngine::new(&workload)), [0, 20, 10, 30]);
    }

    #[test]
    fn a_set_of_models_is_a_resource() {
        let node =
            |gpus, model: &str| Node { capacity: Amounts { cores: 4, memory_bytes: 0, gpus }, model: model.into() };
        let wants = Amounts { cores: 1, memory_bytes: 0, gpus: 1 };
        let mut workload = workload(&[], &[(0, wants, 10, 0), (1, wants, 10, 0)]);
        workload.kinds[0].models = ["A10".to_owned(), "P100".to_owned()].into();
        workload.nodes = vec![node(1, "T4"), node(0, "A10"), node(1, "P100")];
        let outcome =
            super::super::simulator::simulate(&workload, &mut HvenEngine::new(&workload)).expect("a schedule");
        assert_eq!(outcome.starts, [(0, 2), (10_000_000, 2)]);
    }
}
