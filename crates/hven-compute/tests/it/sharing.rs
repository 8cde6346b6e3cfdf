//! How users and projects share the runners, each rule as a short sequence of events.

use std::{collections::BTreeMap, time::Duration};

use hven_app::ports::engine::{
    Engine, EngineAction, EngineEvent, EngineStanding, LimitOf, Queueing, SharingRules, UseLimit, WaitReason,
};
use hven_compute::fair_share::FairShare;
use hven_core::{
    ActorId, AttemptId, RunId, RunnerId, Time,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

const MIRA: ActorId = ActorId::from_u128(1);
const JUN: ActorId = ActorId::from_u128(2);
const R: RunnerId = RunnerId::from_u128(0xa);

/// An engine with one runner. Started runs are collected in order.
struct Machine {
    engine: FairShare,
    now: Time,
    started: Vec<u128>,
    ended: Vec<(u128, String)>,
}

impl Machine {
    fn new(cpus: u32, rules: SharingRules) -> Self {
        Self::with_prefetch(cpus, 0, rules)
    }

    fn with_prefetch(cpus: u32, prefetch: u32, rules: SharingRules) -> Self {
        let now = Time::from_micros(1_000_000_000);
        let mut machine = Self { engine: FairShare::new(rules), now, started: Vec::new(), ended: Vec::new() };
        let capacity = Resources { cpus, ..Resources::none() };
        machine.send(EngineEvent::RunnerAttached { runner: R, capacity, prefetch, holds: Vec::new() });
        machine
    }

    fn send(&mut self, event: EngineEvent) {
        for action in self.engine.on_event(event, self.now) {
            match action {
                EngineAction::Place { attempt, .. } => self.started.push(attempt.run.as_u128()),
                EngineAction::Finish { run, result, .. } => {
                    self.ended.push((run.as_u128(), result.outcome.to_string()));
                }
                _ => {}
            }
        }
    }

    fn audit(&self) {
        self.engine.audit().expect("the engine is consistent");
    }

    fn submit(&mut self, run: u128, queueing: Queueing) {
        self.submit_cores(run, 1, queueing);
    }

    fn submit_cores(&mut self, run: u128, cpus: u32, queueing: Queueing) {
        let resources = Resources { cpus, ..Resources::none() };
        let queueing = Box::new(queueing);
        let run = RunId::from_u128(run);
        self.send(EngineEvent::Submitted { run, resources, retries_max: Some(0), attempts_made: 0, queueing });
    }

    fn end(&mut self, run: u128, outcome: Outcome) {
        self.end_with(run, AttemptResult::without_process(outcome));
    }

    /// The run's process ended well after this time.
    fn end_after(&mut self, run: u128, wall_s: f64) {
        let started = Some(self.now);
        self.end_with(run, AttemptResult { started, wall_s, ..AttemptResult::without_process(Outcome::Done) });
    }

    fn end_with(&mut self, run: u128, result: AttemptResult) {
        let attempt = AttemptId { run: RunId::from_u128(run), number: 1 };
        self.send(EngineEvent::Ended { attempt, result: Box::new(result) });
    }

    fn change(&mut self, run: u128, priority: Option<i8>, held: Option<bool>) {
        self.send(EngineEvent::QueueingChanged { run: RunId::from_u128(run), priority, held });
        self.audit();
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.plus_micros(time.as_micros() as i64);
        self.send(EngineEvent::Tick);
    }

    fn why(&self, run: u128) -> WaitReason {
        match self.engine.standing(RunId::from_u128(run), self.now) {
            Some(EngineStanding::Waiting(why)) => why,
            other => panic!("run {run} does not wait: {other:?}"),
        }
    }

    /// Ends the runs in the order in which they started, each after this time, until this many have started.
    fn work_until(&mut self, started: usize, each: Duration) {
        let mut next = self.ended.len();
        while self.started.len() < started {
            self.pass(each);
            self.end(self.started[next], Outcome::Done);
            next += 1;
        }
        self.audit();
    }
}

fn of(user: ActorId) -> Queueing {
    Queueing { user, ..Queueing::default() }
}

fn within(user: ActorId, project: &str) -> Queueing {
    Queueing::of(user, project.parse().expect("a project"))
}

fn after(runs: &[u128]) -> Queueing {
    let after: BTreeMap<_, _> = runs.iter().map(|run| (RunId::from_u128(*run), format!("R{run}"))).collect();
    Queueing { after, ..of(MIRA) }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_single_run_starts_before_the_many_of_another_user() {
    let mut machine = Machine::new(2, SharingRules::default());
    for run in 0..100_000 {
        machine.submit(run, of(MIRA));
    }
    machine.pass(10 * SECOND);
    machine.submit(500_000, of(JUN));
    assert_eq!(
        machine.why(500_000),
        WaitReason::Busy {
            shortage: hven_core::resources::Shortage { resource: "cpus".to_owned(), wanted: 1, available: 0 }
        }
    );
    assert_eq!(machine.why(5), WaitReason::Queue { ahead: 3, due: Some(JUN) });
    machine.end(0, Outcome::Done);
    assert_eq!(machine.started, [0, 1, 500_000]);
    assert_eq!(machine.why(5), WaitReason::Queue { ahead: 3, due: None });
}

#[test]
fn two_users_get_equal_shares_in_the_long_run() {
    let mut machine = Machine::new(4, SharingRules::default());
    for run in 0..400 {
        machine.submit(run, of(MIRA));
    }
    for run in 1000..1400 {
        machine.submit(run, of(JUN));
    }
    machine.work_until(200, SECOND);
    let of_jun = machine.started.iter().filter(|run| **run >= 1000).count();
    assert!((95..=105).contains(&of_jun), "{of_jun} of 200");
}

#[test]
fn an_idle_machine_is_divided_at_once() {
    let mut machine = Machine::new(0, SharingRules::default());
    for run in 0..20 {
        machine.submit(run, of(MIRA));
        machine.submit(1000 + run, of(JUN));
    }
    let capacity = Resources { cpus: 8, ..Resources::none() };
    machine.send(EngineEvent::RunnerAttached { runner: R, capacity, prefetch: 0, holds: Vec::new() });
    assert_eq!(machine.started.iter().filter(|run| **run >= 1000).count(), 4);
}

#[test]
fn the_projects_of_one_user_take_turns_too() {
    let mut machine = Machine::new(1, SharingRules::default());
    for run in 0..50 {
        machine.submit(run, within(MIRA, "astro"));
    }
    for run in 1000..1050 {
        machine.submit(run, within(MIRA, "bio"));
    }
    machine.work_until(40, SECOND);
    let of_bio = machine.started.iter().filter(|run| **run >= 1000).count();
    assert!((18..=22).contains(&of_bio), "{of_bio} of 40");
}

#[test]
fn earlier_use_counts_and_is_forgotten() {
    let rules = SharingRules { half_life: Duration::from_hours(1), ..SharingRules::default() };
    let first = |hours_ago: i64| {
        let mut machine = Machine::new(1, rules);
        let ended = machine.now.plus_micros(-hours_ago * 3_600_000_000);
        let (user, project) = (MIRA, hven_core::project::ProjectPath::home());
        machine.send(EngineEvent::UsedBefore { user, project, core_seconds: 3600.0, ended });
        machine.submit(1, of(JUN));
        machine.submit(2, of(MIRA));
        machine.submit(3, of(JUN));
        // Jun uses the machine for five minutes.
        machine.pass(300 * SECOND);
        machine.end(1, Outcome::Done);
        machine.started[1]
    };
    assert_eq!(first(1), 3, "Mira used half an hour, Jun five minutes");
    assert_eq!(first(8), 2, "of Mira's hour, 14 seconds are left");
}

#[test]
fn a_higher_priority_is_first_and_can_be_changed() {
    let mut machine = Machine::new(1, SharingRules::default());
    machine.submit(1, of(MIRA));
    for run in 2..6 {
        machine.submit(run, of(MIRA));
    }
    machine.submit(6, Queueing { priority: 5, ..of(MIRA) });
    assert_eq!(machine.why(2), WaitReason::Queue { ahead: 1, due: None });
    machine.change(5, Some(7), None);
    machine.change(2, Some(-1), None);
    assert_eq!(machine.why(2), WaitReason::Queue { ahead: 4, due: None });
    machine.work_until(6, SECOND);
    assert_eq!(machine.started, [1, 5, 6, 3, 4, 2]);
}

#[test]
fn a_held_run_starts_when_it_is_released() {
    let mut machine = Machine::new(1, SharingRules::default());
    machine.submit(1, Queueing { held: true, ..of(MIRA) });
    assert_eq!((machine.why(1), machine.started.len()), (WaitReason::Held, 0));
    machine.submit(2, of(MIRA));
    machine.submit(3, of(MIRA));
    machine.submit(4, of(MIRA));
    machine.change(3, None, Some(true));
    machine.end(2, Outcome::Done);
    assert_eq!(machine.started, [2, 4], "a held run delays no other");
    machine.change(1, None, Some(false));
    machine.end(4, Outcome::Done);
    assert_eq!(machine.started, [2, 4, 1]);
    machine.send(EngineEvent::CancelRequested { run: RunId::from_u128(3) });
    assert_eq!(machine.ended.last(), Some(&(3, "cancelled".to_owned())));
    machine.audit();
}

#[test]
fn holding_the_first_run_lets_the_next_start() {
    let mut machine = Machine::new(4, SharingRules::default());
    machine.submit_cores(1, 3, of(MIRA));
    machine.submit_cores(2, 4, of(MIRA));
    machine.submit_cores(3, 1, of(MIRA));
    assert_eq!(machine.started, [1], "the cores are reserved for run 2");
    machine.change(2, None, Some(true));
    assert_eq!(machine.started, [1, 3]);
}

#[test]
fn a_run_after_others_starts_when_all_have_succeeded() {
    let mut machine = Machine::new(4, SharingRules::default());
    machine.submit(1, of(MIRA));
    machine.submit(2, of(MIRA));
    machine.submit(3, after(&[1, 2]));
    machine.submit(4, after(&[3]));
    assert_eq!(machine.why(3), WaitReason::After { run: RunId::from_u128(1), name: "R1".to_owned() });
    machine.end(1, Outcome::Done);
    assert_eq!(machine.why(3), WaitReason::After { run: RunId::from_u128(2), name: "R2".to_owned() });
    machine.audit();
    machine.end(2, Outcome::Done);
    assert_eq!(machine.started, [1, 2, 3]);
    machine.end(3, Outcome::Done);
    assert_eq!(machine.started, [1, 2, 3, 4]);
    machine.submit(5, after(&[77]));
    assert_eq!(machine.started.last(), Some(&5), "a run that is not waiting or running blocks none");
    machine.audit();
}

#[test]
fn runs_after_an_unsuccessful_one_end_without_a_start() {
    let mut machine = Machine::new(1, SharingRules::default());
    machine.submit(1, of(MIRA));
    machine.submit(2, after(&[1]));
    machine.submit(3, after(&[2]));
    machine.submit(4, Queueing { held: true, ..after(&[1, 3]) });
    machine.end(1, Outcome::Failed { exit: 3 });
    machine.audit();
    let ended: BTreeMap<_, _> = machine.ended.iter().cloned().collect();
    assert_eq!(ended[&1], "failed with exit status 3");
    let why = |name: &str| format!("not started: run {name}, after which it was to start, did not succeed");
    assert_eq!(ended[&2], why("R1"));
    assert_eq!(ended[&3], why("R2"));
    assert!(ended[&4] == why("R1") || ended[&4] == why("R3"), "{}", ended[&4]);
    assert_eq!(machine.engine.load(), (0, 0));
}

#[test]
fn a_run_that_has_not_started_in_time_ends() {
    let mut machine = Machine::new(1, SharingRules::default());
    let by = machine.now.plus_micros(60_000_000);
    machine.submit(1, Queueing { start_by: Some(by), ..of(MIRA) });
    machine.submit(2, Queueing { start_by: Some(by), ..of(MIRA) });
    assert_eq!(machine.engine.wakes_after(machine.now), Some(Duration::from_mins(1)));
    machine.pass(59 * SECOND);
    assert!(machine.ended.is_empty());
    machine.pass(SECOND);
    machine.audit();
    let want = "not started: it was to start by 1970-01-01 00:17:40 UTC, and had not started then".to_owned();
    assert_eq!(machine.ended, [(2, want)], "run 1 has started in time");
    assert_eq!(machine.engine.wakes_after(machine.now), None);
}

#[test]
fn a_run_above_a_limit_waits_and_delays_no_other() {
    let user = UseLimit { runs: None, cpus: Some(2) };
    let project = UseLimit { runs: Some(3), cpus: None };
    let mut machine = Machine::new(8, SharingRules { user, project, ..SharingRules::default() });
    for run in 1..5 {
        machine.submit(run, within(MIRA, "astro"));
    }
    assert_eq!(machine.started, [1, 2]);
    let limit = |of, resource: &str, limit, in_use| WaitReason::Limit {
        of,
        resource: resource.to_owned(),
        wanted: 1,
        limit,
        in_use,
    };
    assert_eq!(machine.why(3), limit(LimitOf::User, "cpus", 2, 2));
    for run in 11..14 {
        machine.submit(run, within(JUN, "astro"));
    }
    assert_eq!(machine.started, [1, 2, 11]);
    assert_eq!(machine.why(12), limit(LimitOf::Project, "runs", 3, 3));
    machine.end(1, Outcome::Done);
    assert_eq!(machine.started.len(), 4);
    machine.audit();
}

#[test]
fn an_idle_machine_is_used_however_much_a_user_used_before() {
    let mut machine = Machine::new(2, SharingRules::default());
    let (user, project, ended) = (MIRA, hven_core::project::ProjectPath::home(), machine.now);
    machine.send(EngineEvent::UsedBefore { user, project, core_seconds: 1e9, ended });
    machine.submit(1, of(MIRA));
    assert_eq!(machine.started, [1]);
}

#[test]
fn a_cancelled_run_lets_the_runs_after_it_end_also_when_it_never_started() {
    let mut machine = Machine::new(2, SharingRules::default());
    machine.submit(1, Queueing { held: true, ..of(MIRA) });
    machine.submit(2, after(&[1]));
    machine.submit(3, after(&[2]));
    machine.send(EngineEvent::CancelRequested { run: RunId::from_u128(1) });
    let ended: Vec<u128> = machine.ended.iter().map(|(run, _)| *run).collect();
    assert_eq!((ended, machine.started.len()), (vec![1, 2, 3], 0));
    machine.audit();
}

#[test]
fn a_released_run_keeps_its_priority() {
    let mut machine = Machine::new(1, SharingRules::default());
    machine.submit(1, of(MIRA));
    machine.submit(2, of(MIRA));
    machine.submit(3, Queueing { held: true, priority: 5, ..of(MIRA) });
    machine.change(3, None, Some(false));
    machine.end(1, Outcome::Done);
    assert_eq!(machine.started, [1, 3]);
}

#[test]
fn a_runner_gets_only_work_of_a_moment_in_advance() {
    let rules = SharingRules { prefetch_window: Some(Duration::from_millis(500)), ..SharingRules::default() };
    let mut machine = Machine::with_prefetch(2, 64, rules);
    for run in 0..200 {
        machine.submit(run, of(MIRA));
    }
    assert_eq!(machine.started.len(), 4, "how long they take is not known: one in advance for each running one");
    for run in 0..8 {
        machine.end_after(run, 0.1);
    }
    let in_advance = |machine: &Machine, ended: usize| machine.started.len() - ended - 2;
    assert_eq!(in_advance(&machine, 8), 10, "two at once, five each in half a second");
    machine.submit(1000, of(JUN));
    for run in 8..19 {
        machine.end_after(run, 0.1);
    }
    assert!(machine.started.contains(&1000), "half a second later it is Jun's turn");
    // After long runs, one is in advance for each running one.
    let ended = machine.started.len() - 2;
    for at in 19..ended {
        machine.end_after(machine.started[at], 20.0);
    }
    machine.end_after(machine.started[ended], 20.0);
    assert_eq!(in_advance(&machine, ended + 1), 2);
    machine.audit();
}

#[test]
fn a_reservation_of_an_overdue_run_is_released_at_once() {
    let mut machine = Machine::new(4, SharingRules::default());
    let start_by = Some(machine.now.plus_micros(10_000_000));
    machine.submit_cores(1, 3, of(MIRA));
    machine.submit_cores(2, 4, Queueing { start_by, ..of(MIRA) });
    machine.submit_cores(3, 1, of(MIRA));
    assert_eq!(machine.started, [1], "the last core is reserved for run 2");
    machine.pass(10 * SECOND);
    assert_eq!(machine.started, [1, 3]);
    machine.audit();
}
