//! The rule of the queue on generated runs: the first run is not delayed by later ones. And the engine's state stays
//! consistent after any events in any order.

use std::collections::{BTreeMap, BTreeSet};

use hven_app::ports::engine::{
    Engine, EngineAction, EngineEvent, EngineStanding, Queueing, SharingRules, UseLimit, WaitReason,
};
use hven_compute::fair_share::FairShare;
use hven_core::{
    ActorId, AttemptId, RunId, RunnerId, Time,
    project::ProjectPath,
    resources::{Resources, UnitNames},
    run::{AttemptResult, Outcome},
};
use proptest::{
    collection::{btree_map, vec},
    option::of,
    prelude::*,
};

const RUNNER: RunnerId = RunnerId::from_u128(1);

fn amount(cpus: u32, gpus: u64) -> Resources {
    Resources { cpus, memory_bytes: 0, named: [("gpu".to_owned(), gpus)].into() }
}

#[derive(Clone, Debug)]
struct PlannedRun {
    at_s: u64,
    want: Resources,
    takes_s: u64,
}

fn plan() -> impl Strategy<Value = Vec<PlannedRun>> {
    let planned = (0_u64..60, 0_u32..5, 0_u64..3, 1_u64..20).prop_map(|(at_s, cpus, gpus, takes_s)| PlannedRun {
        at_s,
        want: amount(cpus, gpus),
        takes_s,
    });
    vec(planned, 1..60)
}

/// A runner with four cores and two GPUs and without prefetch.
struct Setup {
    engine: FairShare,
    running: BTreeMap<RunId, (u64, Resources)>,
}

impl Setup {
    fn send(&mut self, event: EngineEvent, now_s: u64, plan: &[PlannedRun]) {
        for action in self.engine.on_event(event, Time::from_micros(now_s as i64 * 1_000_000)) {
            if let EngineAction::Place { attempt, .. } = action {
                let planned = &plan[attempt.run.as_u128() as usize];
                self.running.insert(attempt.run, (now_s + planned.takes_s, planned.want.clone()));
            }
        }
    }

    /// When there would be room for `want` if no other run were started.
    fn room_at_s(&self, want: &Resources) -> Option<u64> {
        let mut free = amount(4, 2);
        for (_, used) in self.running.values() {
            free.take(used);
        }
        let mut ends: Vec<_> = self.running.values().collect();
        ends.sort_by_key(|(end_s, _)| *end_s);
        ends.into_iter().find_map(|(end_s, used)| {
            free.give_back(used);
            free.shortage(want).is_none().then_some(*end_s)
        })
    }
}

proptest! {
    #[test]
    fn the_first_run_in_the_queue_starts_as_if_it_were_alone(mut plan in plan()) {
        plan.sort_by_key(|planned| planned.at_s);
        let mut setup = Setup { engine: FairShare::default(), running: BTreeMap::new() };
        let attached = EngineEvent::RunnerAttached { runner: RUNNER, capacity: amount(4, 2), prefetch: 0, holds: Vec::new() };
        setup.send(attached, 0, &plan);
        let mut promised: Option<(RunId, u64)> = None;
        let mut started = BTreeSet::new();
        for now_s in 0..2000 {
            // Runs that end at this second end before others are submitted or checked.
            let ended: Vec<RunId> =
                setup.running.iter().filter(|(_, (end_s, _))| *end_s == now_s).map(|(run, _)| *run).collect();
            for run in ended {
                setup.running.remove(&run);
                let attempt = AttemptId { run, number: 1 };
                let result = Box::new(AttemptResult::without_process(Outcome::Done));
                setup.send(EngineEvent::Ended { attempt, result }, now_s, &plan);
            }
            for (n, planned) in plan.iter().enumerate().filter(|(_, planned)| planned.at_s == now_s) {
                let run = RunId::from_u128(n as u128);
                let resources = planned.want.clone();
                setup.send(EngineEvent::Submitted { run, resources, retries_max: Some(0), attempts_made: 0, queueing: Box::default() }, now_s, &plan);
            }
            started.extend(setup.running.keys().copied());
            if let Some((run, at_s)) = promised {
                prop_assert!(started.contains(&run) || now_s < at_s, "{run} should have started at {at_s} s");
                if started.contains(&run) {
                    promised = None;
                }
            }
            let first = (0..plan.len() as u128).map(RunId::from_u128).find(|run| {
                let standing = setup.engine.standing(*run, Time::from_micros(0));
                matches!(standing, Some(EngineStanding::Waiting(WaitReason::Busy { .. })))
            });
            if let (None, Some(run)) = (promised, first) {
                let want = &plan[run.as_u128() as usize].want;
                promised = setup.room_at_s(want).map(|at_s| (run, at_s));
                prop_assert!(promised.is_some(), "the run waits although no running run blocks it");
            }
        }
        prop_assert_eq!(started.len(), plan.len(), "all runs have started");
    }

    #[test]
    fn the_engine_stays_consistent_after_any_events(events in vec(any_event(), 1..150)) {
        let limit = UseLimit { runs: Some(3), cpus: Some(6) };
        let rules = SharingRules { user: limit, project: limit, ..SharingRules::default() };
        let mut engine = FairShare::new(rules);
        let mut finished = BTreeSet::new();
        for (n, (event, step_s)) in events.into_iter().enumerate() {
            let now = Time::from_micros(n as i64 * step_s * 1_000_000);
            for action in engine.on_event(event, now) {
                if let EngineAction::Finish { run, .. } = action {
                    prop_assert!(finished.insert(run), "{} ends twice", run);
                }
            }
            if let Err(why) = engine.audit() {
                prop_assert!(false, "{}", why);
            }
        }
    }
}

/// Events about few runs and runners, most of them unexpected.
fn any_event() -> impl Strategy<Value = (EngineEvent, i64)> {
    let run = || (0_u128..8).prop_map(RunId::from_u128);
    let runner = || (1_u128..4).prop_map(RunnerId::from_u128);
    let attempt = || (run(), 1_u32..4).prop_map(|(run, number)| AttemptId { run, number });
    let resources = || (0_u32..5, 0_u64..3).prop_map(|(cpus, gpus)| amount(cpus, gpus));
    let user = || (0_u128..3).prop_map(ActorId::from_u128);
    let queueing = move || {
        let after = btree_map(run(), Just("a run".to_owned()), 0..3);
        let start_by = of((-100_i64..100).prop_map(|s| Time::from_micros(s * 1_000_000)));
        let cannot_start = of(Just("of a test".to_owned()));
        (user(), -1_i8..2, any::<bool>(), after, start_by, cannot_start).prop_map(
            |(user, priority, held, after, start_by, cannot_start)| {
                Box::new(Queueing { user, project: ProjectPath::home(), priority, held, after, start_by, cannot_start })
            },
        )
    };
    let outcome = prop_oneof![
        Just(Outcome::Done),
        Just(Outcome::Cancelled),
        Just(Outcome::Failed { exit: 1 }),
        Just(Outcome::Lost { why: "it was killed".to_owned() }),
    ];
    let event = prop_oneof![
        4 => (run(), resources(), of(0_u32..3), 0_u32..3, queueing()).prop_map(
            |(run, resources, retries_max, attempts_made, queueing)| {
                EngineEvent::Submitted { run, resources, retries_max, attempts_made, queueing }
            }
        ),
        2 => (attempt(), runner(), any::<bool>(), resources(), of(0_u32..3), queueing()).prop_map(
            |(attempt, runner, process, resources, retries_max, queueing)| {
                EngineEvent::Resumed { attempt, runner, process, resources, retries_max, queueing }
            }
        ),
        2 => (run(), of(-1_i8..2), of(any::<bool>())).prop_map(|(run, priority, held)| {
            EngineEvent::QueueingChanged { run, priority, held }
        }),
        1 => (user(), 0_f64..100.0).prop_map(|(user, core_seconds)| {
            let project = ProjectPath::home();
            EngineEvent::UsedBefore { user, project, core_seconds, ended: Time::from_micros(0) }
        }),
        3 => (runner(), resources(), 0_u32..4, vec(attempt(), 0..4)).prop_map(|(runner, capacity, prefetch, holds)| {
            EngineEvent::RunnerAttached { runner, capacity, prefetch, holds }
        }),
        1 => runner().prop_map(|runner| EngineEvent::RunnerGone { runner, why: "it was killed".to_owned() }),
        3 => attempt().prop_map(|attempt| EngineEvent::ProcessStarted { attempt, at: Time::from_micros(0), units: UnitNames::new() }),
        4 => (attempt(), outcome).prop_map(|(attempt, outcome)| {
            EngineEvent::Ended { attempt, result: Box::new(AttemptResult::without_process(outcome)) }
        }),
        2 => run().prop_map(|run| EngineEvent::CancelRequested { run }),
        2 => Just(EngineEvent::Tick),
    ];
    (event, -2_i64..3)
}
